"""Blocks of recipes that belong to studies: reference, mapping, models, simulation."""
