"""The YAML dialect: a tree becomes a Graph."""
