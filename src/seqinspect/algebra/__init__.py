"""Exact integer formulas in named sizes.

`expression` is the entry: `symbol`, `const` and `literal` make an `Expr`, plain `+ - * //` compute
with it, and `text()` and `python()` print it. `polynomial` and `printing` stand below it. `proof`
decides what holds for all sizes: `prove_equal`, `is_nonnegative`. `lines` takes a formula in one
name apart, with numbers for the others; `simplification` leaves out what never decides a maximum.
`questions.Recorder` notes what is asked of the numbers of sizes.
"""
