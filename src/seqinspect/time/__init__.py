"""Which time steps: of one layer, and through a graph.

`reach` has what a rule states: `each`, `prefix`, `window`, … of the layer's own input. `dependence`
composes reaches through a graph, down to the steps of a model input.
"""
