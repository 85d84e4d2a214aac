"""What a model is read as from every format: sizes and their names, inputs, entries."""
