"""Which time steps: of one layer, and through a graph."""
