"""Graph × rules → Report."""
