"""Pages of the rule book in every format."""
