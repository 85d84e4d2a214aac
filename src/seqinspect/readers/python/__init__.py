"""Keras code, read and never run: Python source becomes a Graph for each model that it builds.

`read_python` is the entry. The source is parsed, never imported and never executed: `interpreter`
evaluates it over abstract values (`values`), in which only what makes a model is known.
"""
