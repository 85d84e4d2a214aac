"""The real Keras model, built without allocating a weight, and compared with the report."""
