"""The real Keras model, built without allocating a weight, and compared with the report.

The entries: `compare.confirm` returns the report with Keras's verdict on every row,
`model.build` returns what Keras made of every call, and `runtime.load` imports Keras quietly.
"""
