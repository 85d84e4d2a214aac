"""The findings, one family a file; a docstring is the manual page."""
