"""The inputs of a model found in code, also where the code says nothing of their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import symbol
from seqinspect.model.graph import Input
from seqinspect.model.tree import Sequence, Tree
from seqinspect.readers.elements.inputs import read_input
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python.keras_calls import has_input
from seqinspect.readers.python.trees import SHAPES, Trees
from seqinspect.readers.python.values import (
    Argument,
    At,
    InputValue,
    LayerValue,
    ModelValue,
    Unknown,
)
from seqinspect.records import dataclass
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Run

    Layers = Iterable[LayerValue | ModelValue | InputValue]

NAMES = {1: ("features",), 2: ("T", "features"), 3: ("height", "width", "channels"),
         4: ("T", "height", "width", "channels")}  # fmt: skip
"""Names of the sizes of an input that the code does not say, by their number."""


@dataclass
class ModelInputs:
    """What reads the inputs of a model; `placeholders` counts those of which the code says nothing.

    `depth`: so many models are around the one that is read.
    """

    run: Run
    code: Code
    context: ReaderContext
    trees: Trees
    depth: int = 0
    placeholders: int = 0

    def read(self, value: InputValue, name: str, consumer: object) -> Input | None:
        """Return a model input."""
        entries: dict[str, Tree] = {}
        for key, argument in value.arguments.items():
            if key in SHAPES:
                if argument.value is None:
                    continue
                shape = argument.value
                if isinstance(shape, Unknown) and not self.trees.rank_of(consumer):
                    return self.open_input(name, value.at, shape.text, consumer)
                tree = self.trees.shape_tree(consumer, key, argument)
            elif key == "dtype" and isinstance(argument.value, Unknown):
                continue  # it changes no shape
            elif key in ("batch_size", "dtype", "input_dim", "input_length"):
                tree = self.trees.tree(key, "Size" if key != "dtype" else "DType", argument)
            else:
                continue
            if tree is not None:
                entries[key] = tree
        if isinstance(consumer, LayerValue) and traits_of(consumer.type).looks_up:
            entries.setdefault("dtype", self.trees.scalar("int32", value.at))
        if not any(key in SHAPES for key in entries):
            if "input_dim" in entries:
                size = entries.pop("input_dim")
                length = entries.pop("input_length", None)
                items = (length, size) if length is not None else (size,)
                entries["shape"] = Sequence(tuple(items), value.at.line, value.at.column)
            else:
                rank = self.trees.rank_of(consumer)
                if value.seen is not None:  # what is passed has a shape
                    place = self.code.place(value.at.line, value.at.column)
                    return Input(name, None, place=place)
                if not rank:
                    return self.open_input(name, value.at, "", consumer)
                entries["shape"] = self.placeholder_shape(consumer, rank, value)
        return read_input(self.context, self.trees.mapping(entries, value.at), name)

    def placeholder_shape(self, consumer: object, rank: int, value: InputValue) -> Sequence:
        """Return a shape of names for an input of which nothing is said; those of a model differ.

        Within a model within it, the tensor that is passed decides, wherever its shape is known: no
        number that `--set` gives such a name is one of this input.
        """
        looks_up = isinstance(consumer, LayerValue) and traits_of(consumer.type).looks_up
        names = ("T",) if looks_up and rank == 1 else NAMES.get(rank)
        names = names or tuple(f"size_{axis}" for axis in range(1, rank + 1))
        texts = self.placeholder_names(names)
        sizes = [self.run.symbol(text) if not self.depth else symbol(text) for text in texts]
        items = [self.trees.scalar(size, value.at) for size in sizes]
        return Sequence(tuple(items), value.at.line, value.at.column)

    def placeholder_names(self, names: Iterable[str]) -> list[str]:
        """Return names of sizes for one more input of which nothing is said."""
        self.placeholders += not self.depth
        number = 1 if self.depth else self.placeholders
        return [self.run.placeholder(name, number) for name in names]

    def open_input(self, name: str, at: At, text: str, consumer: object) -> Input:
        """Return an input of an unknown rank: its last size has a name where weights hang on it."""
        kind = consumer.type if isinstance(consumer, LayerValue) and consumer.path else ""
        features = None
        if traits_of(RENAMED.get(kind, kind)).weights_by_features:
            (made,) = (
                [f"{text.removesuffix('[1:]')}[-1]"]
                if text
                else self.placeholder_names(["features"])
            )
            features = self.run.symbol(made)
            self.trees.use(features)
        place = self.code.place(at.line, at.column)
        return Input(name, None, place=place, features=features)

    def built_input(self, model: ModelValue, name: str) -> Input | None:
        """Return the input for which its first call builds a Sequential; None if not known."""
        tensor = model.built_on
        first = model.layers[0] if model.layers else None
        if tensor is None or has_input(model) or not isinstance(first, LayerValue):
            return None
        shape = self.run.shape_of(tensor)
        if not isinstance(shape, tuple) or len(shape) < 2:
            return None
        whole = Argument((None, *shape[1:]), model.at, "")
        return self.read(InputValue({"batch_shape": whole}, model.at), name, first)

    def deciding(self, layers: Layers) -> object:
        """Return the first layer that says the rank of what all before it keep as it is."""
        for layer in layers:
            if self.trees.rank_of(layer):
                return layer
            if not isinstance(layer, LayerValue):
                return None
            traits = traits_of(RENAMED.get(layer.type, layer.type))
            if not (traits.keeps_shape or traits.dense):
                return None
        return None

    @staticmethod
    def first_reader(layers: Layers) -> object:
        """Return the first layer that does more than pass on what it reads."""
        for layer in layers:
            kind = layer.type if isinstance(layer, LayerValue) else ""
            traits = traits_of(RENAMED.get(kind, kind))
            if not (kind and traits.weightless and traits.keeps_shape):
                return layer
        return None

    def chain_rank(self, layers: Layers) -> int:
        """Return how many sizes a sample has that a chain of layers reads; 0 if it does not say."""
        found = self.deciding(layers)
        return self.trees.rank_of(found) if found is not None else 0
