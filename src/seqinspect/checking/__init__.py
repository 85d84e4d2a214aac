"""Checking specs: which files, what is allowed where, and every file to its outcome."""
