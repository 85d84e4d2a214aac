"""A space of models: the same spec at other sizes, and what each of them costs.

`quantities.cost` says what a model costs, as formulas in the sizes; `amounts.budget` reads what it
may cost. `ranges.solutions` finds the integers at which a formula keeps a budget, and
`largest.find_size` the largest or smallest size of a spec within all of them. `regions.Regions`
parts a space of sizes into regions for each of which one analysis speaks.
"""
