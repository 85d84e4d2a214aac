"""The report on one model in every format."""
