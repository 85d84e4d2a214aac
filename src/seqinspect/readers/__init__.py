"""Everything that becomes a Graph, each node with its place."""
