"""Exact whole-number formulas in named sizes."""
