"""What Keras saves, of all eras: a tree becomes a Graph."""
