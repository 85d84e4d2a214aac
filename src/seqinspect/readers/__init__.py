"""Everything that becomes a Graph, each node with its place in the file.

`spec.read_spec` is the entry. `source` turns bytes into a tree, `dialect` and `keras_config` turn
a tree into a graph; `elements` is what both share: the context, entries, inputs, sizes, names.
"""
