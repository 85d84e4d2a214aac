"""Bytes → tree: files, limits, YAML, JSON, archives, HDF5."""
