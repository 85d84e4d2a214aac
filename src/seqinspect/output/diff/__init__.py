"""What changed between two models in every format."""
