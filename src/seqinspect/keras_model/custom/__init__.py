"""Custom classes, and live models of Keras.

The entries: `layers.import_custom_classes` lets Keras and the experiment state the layers whose
classes a spec names; `live.read_object` returns the graph of a model or a layer.
"""
