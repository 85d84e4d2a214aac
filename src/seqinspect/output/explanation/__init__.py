"""The long answer in every format."""
