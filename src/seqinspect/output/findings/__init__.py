"""Formats of what `check` found: one file a format, each made from the same findings."""
