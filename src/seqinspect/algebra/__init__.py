"""Exact integer formulas in named sizes."""
