"""Coarse-graining studies: one reference, one or more models, one report."""
