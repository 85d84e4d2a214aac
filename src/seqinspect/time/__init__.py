"""Which time steps: of one layer, and through a graph.

`reach` has what a rule states: `each`, `prefix`, `window`, … of the layer's own input. `dependence`
composes reaches through a graph, down to the steps of a model input, as formulas in the names of
sizes; these may be bounds that are not proved to be reached. `relation` does it exactly, by
`pieces`, with numbers for the sizes; `envelope` has first and last steps alone, `extent` says how
far they see, `formulas` writes that. `work` counts what all this may cost for one graph.
"""
