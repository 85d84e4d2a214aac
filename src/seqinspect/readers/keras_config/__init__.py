"""What Keras saves, of all eras: a tree becomes a Graph.

The entries: `saved.find_config` finds the config in a file and the version that wrote it,
`layer_config.read_layer_config` reads one layer, and `functional.read_functional` the calls.
"""
