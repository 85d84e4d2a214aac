"""Public classes of keras.layers that have no rule, and why.

Together with the rule book they are all of keras.layers: a test compares the two.
"""

from __future__ import annotations

from types import MappingProxyType

ABSTRACT = "is what layers are made of, and no layer itself"
FOREIGN = "runs another framework, whose weights a spec does not describe"
VOCABULARY = "holds a vocabulary that is learnt from data, and reads texts or their words"

EXCLUDED = MappingProxyType(
    {
        "Layer": ABSTRACT,
        "Wrapper": ABSTRACT,
        "InputSpec": "states what a layer takes, and is no layer itself",
        "InputLayer": "is a model's input: a spec has `input`, or an entry `Input`",
        "Lambda": "runs Python code, which a spec cannot hold",
        "FlaxLayer": FOREIGN,
        "JaxLayer": FOREIGN,
        "TorchModuleWrapper": FOREIGN,
        "TFSMLayer": "runs a SavedModel, which stands in files of its own",
        "IntegerLookup": VOCABULARY,
        "StringLookup": VOCABULARY,
        "TextVectorization": VOCABULARY,
    }
)
"""Class names and what is to be said of each, to be read after the name."""
