"""The YAML dialect: a tree becomes a Graph.

The entries: `entries.fill_body` reads the inputs and layers of a model, `wiring.wire` connects
them, and `dims.read_dims` reads the named sizes.
"""
