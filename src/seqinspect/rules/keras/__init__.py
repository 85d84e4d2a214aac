"""The rules of Keras's layers, one file a family, as Keras groups them."""
