"""Bytes → tree: files, limits, YAML, JSON, archives, HDF5.

The entries: `files.read_bytes` returns the text of any file that holds a model, and
`yaml_text.read_yaml` and `json_text.read_json` make a tree of it, every value with its place.
"""
