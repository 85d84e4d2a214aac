"""The only room that imports Keras: build, compare, and try out."""
