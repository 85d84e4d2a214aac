"""The only room that imports Keras.

`build` makes the real model without allocating a weight and compares it with the report,
`experiment` changes input steps of a real model and sees which outputs move, `custom` handles
custom classes and live models. `cache` recalls what Keras confirmed before, and never imports it.
"""
