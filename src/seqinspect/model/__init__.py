"""Plain, immutable data: the graph of a model, what a layer states, the report."""
