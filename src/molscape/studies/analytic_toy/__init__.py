"""Analytic toys: models whose exact answer is known."""
