"""A Graph → the text of another form: YAML, Keras JSON, Python source.

`conversion.convert_graph` is the entry: it reads the text again and compares before it returns it.
`keras_json`, `python_source` and `yaml_spec` write one form each.
"""
