"""The twin of a model that runs a step at a time: `source.twin_source`, `spec.twin_graph`."""
