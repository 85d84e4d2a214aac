"""A Graph → the text of another form: YAML, Keras JSON, Python source."""
