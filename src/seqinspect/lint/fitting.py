"""Whether arrays fit a model as `fit` decides: which array is for what, and its shape and type.

What comes out are troubles, facts without words; `findings/data.py` has the sentences. Source:
keras.Model.fit with arrays, of Keras 3.15.1 with TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.model.data import NUMBERS, DataArray
from seqinspect.model.finding import ArrayName, as_shape
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.errors import Place
    from seqinspect.lint.model_index import ModelIndex, Tensor
    from seqinspect.model.data import Arrays, Data
    from seqinspect.model.finding import Fact, Shape

BATCH = 32
"""The batch size of `fit` where nobody says another one."""

MANY = 7919
"""Stands for a number of samples that is not known: a prime that no shape has."""

Sizes: TypeAlias = "tuple[int | None, ...]"


Facts: TypeAlias = "Mapping[str, Fact | Expr]"


class Trouble(NamedTuple):
    """Something that does not fit: the finding, its variants, its place, and its facts."""

    code: str
    variant: str
    remedy: str
    place: Place | None
    facts: Facts


class Given(NamedTuple):
    """An array, the input or output that it is for, and what the array is called in code."""

    tensor_name: str
    tensor: Tensor
    array: DataArray
    word: str

    @property
    def named(self) -> ArrayName:
        """The array as a finding names it."""
        return ArrayName(self.word, self.array.source)


class Fit:
    """Arrays laid to the inputs and outputs of a model; `troubles` is what was found on the way.

    `shapes` are those of the outputs on this data, as far as they are known.
    """

    def __init__(self, model: ModelIndex, data: Data) -> None:
        self.model: Final = model
        self.data: Final = data
        self.troubles: Final[list[Trouble]] = []
        self.inputs: Final = {each.name: each for each in model.inputs}
        self.outputs: Final = dict(zip(model.report.outputs, model.outputs, strict=True))
        known = {*self.inputs, *self.outputs}
        for name in data.tensors.keys() - known:
            names = tuple(self.inputs) + tuple(self.outputs)
            self.add("SEQ601", "unknown", {"array": name, "names": names})
        self.x: Final = self._named(data.x, self.inputs, "x")
        one_each = len(self.outputs) == len(model.outputs)  # none is returned twice
        self.y: Final = self._named(data.y, self.outputs, "y") if one_each else []
        self.weights: Final = self._weights()
        self._types()
        self.samples: Final = self._samples()
        self.same_samples: Final = all(each.variant != "samples" for each in self.troubles)
        self.batch: Final = self._declared_batch()
        self.size: Final = data.batch_size or self.batch or BATCH
        self.shapes: Mapping[str, Sizes] = {}
        self._check_batches()

    def add(
        self,
        code: str,
        variant: str,
        facts: Facts,
        *,
        remedy: str | None = None,
        place: Place | None = None,
    ) -> None:
        """Note a trouble; its remedy has the name of its variant where no other is given."""
        named = variant if remedy is None else remedy
        where = place or self._passed(str(facts.get("array", "x")))
        self.troubles.append(Trouble(code, variant, named, where, facts))

    def place(self, given: Given) -> Place | None:
        """Return where the array is passed, or else what it is for."""
        return given.array.place or _place(given.tensor)

    def _passed(self, word: str) -> Place | None:
        """Return where x or y is passed, or else its first input or output."""
        arrays = self.data.y if word[:1] == "y" else self.data.x
        if isinstance(arrays, dict):
            arrays = tuple(arrays.values())
        first = arrays[0] if isinstance(arrays, tuple) and arrays else arrays
        if isinstance(first, DataArray) and first.place is not None:
            return first.place
        return _place((self.model.outputs if word[:1] == "y" else self.model.inputs)[0])

    def _named(
        self, arrays: Arrays | None, tensors: Mapping[str, Tensor], word: str
    ) -> list[Given]:
        """Return the arrays that the tensors of a model get."""
        names = tuple(tensors)
        counted = word == "x" or self._counts_targets()
        given = {name: each for name, each in self.data.tensors.items() if name in tensors}
        left = tuple(name for name in names if name not in given)
        if arrays is None:
            if given and left and counted:
                self.add("SEQ601", "missing", {"array": word, "names": left, "what": _what(word)})
                return []
            found = given
        elif isinstance(arrays, DataArray):
            if given and word in left:
                found = {**given, word: arrays}
            elif len(names) == 1:
                found = {names[0]: arrays}
            else:
                self._wrong_count(word, (arrays,), names)
                return []
        elif isinstance(arrays, tuple):
            spare_of_code = (
                word == "x" and self.model.graph.sequential and self.data is self.model.graph.fitted
            )
            if len(arrays) < len(names) or (len(arrays) > len(names) and not spare_of_code):
                self._wrong_count(word, arrays, names)
                return []
            found = dict(zip(names, arrays, strict=False))  # a Sequential takes the first one
        elif len(arrays) == len(names) == 1 and word in arrays:
            found = {names[0]: arrays[word]}
        else:
            missing = tuple(name for name in names if name not in arrays)
            spare = tuple(name for name in arrays if name not in names)
            if missing and not counted:
                return []
            if missing:
                self.add(
                    "SEQ601", "missing", {"array": word, "names": missing, "what": _what(word)}
                )
                return []
            if word == "y" and (spare or len(names) == 1):
                self._wrong_count(word, tuple(arrays.values()), names)
                return []
            if spare:
                self.add("SEQ606", "spare", {"names": spare})
            found = {name: arrays[name] for name in names}
        several = len(names) > 1
        return [
            Given(name, tensors[name], found[name], f'{word}["{name}"]' if several else word)
            for name in names
            if name in found
        ]

    def _counts_targets(self) -> bool:
        """Whether Keras wants a target for each output: each of them has a loss that is known."""
        expectations = self.model.expectations
        return expectations is not None and all(map(expectations.loss, self.outputs))

    def _wrong_count(
        self, word: str, arrays: tuple[DataArray, ...], names: tuple[str, ...]
    ) -> None:
        if word == "y" and not self._counts_targets():
            return
        self.add(
            "SEQ601",
            "count",
            {
                "array": word,
                "found": len(arrays),
                "due": len(names),
                "names": names,
                "what": _what(word),
            },
        )

    def _weights(self) -> list[DataArray]:
        """Return the sample weights of each output for which there is a target."""
        arrays, names = self.data.sample_weight, tuple(self.outputs)
        if arrays is None or not self.y:
            return []
        by_name = isinstance(self.data.y, dict)
        if isinstance(arrays, dict) and set(arrays) == {"sample_weight"}:
            arrays = arrays["sample_weight"]
        if isinstance(arrays, tuple) and len(arrays) == len(names) and not by_name:
            return list(arrays)
        if isinstance(arrays, DataArray) and not (by_name and len(names) > 1):
            one_each = len(arrays.shape) == 1 or arrays.shape[1:] == (1,)
            if len(names) == 1 or one_each:
                return [arrays] * len(names)
        self.add("SEQ601", "weights of outputs", {"names": names})
        return []

    @property
    def nested_weights(self) -> bool:
        """Whether Keras makes one tensor of a list of weights: that of the only output's."""
        lists = (self.data.y, self.data.sample_weight)
        return len(self.outputs) == 1 and any(isinstance(each, tuple) for each in lists)

    @property
    def arrays(self) -> list[tuple[str, DataArray]]:
        """Every array with what it is called in code, those that nothing reads among them."""
        found = [(each.word, each.array) for each in (*self.x, *self.y)]
        if isinstance(self.data.x, dict):
            found += [
                (f'x["{name}"]', each)
                for name, each in self.data.x.items()
                if name not in self.inputs and name != "x"
            ]
        return found + [("sample_weight", each) for each in dict.fromkeys(self.weights)]

    def _types(self) -> None:
        """Look at what each array holds; fit casts numbers, and takes strings as tensors only."""
        given = {each.word: each for each in (*self.x, *self.y)}
        for word, array in self.arrays:
            known = given.get(word)
            for_text = known is not None and known.tensor.report.dtype == "string"
            facts: Facts = {
                "array": word,
                "which": ArrayName(word, array.source),
                "dtype": array.dtype,
                "columns": array.text[:5],
            }
            place = array.place if known is None else self.place(known)
            if array.kind == "complex":
                self.add("SEQ603", "complex", facts, place=place)
            elif for_text and array.kind in NUMBERS:
                self.add("SEQ601", "strings", facts, place=place)
            elif array.kind not in NUMBERS and not (for_text and array.kind == "object"):
                variant = "table" if array.text else "type"
                remedy = {"text": "factorize", "records": "columns"}.get(array.kind, "numbers")
                self.add("SEQ601", variant, facts, remedy=remedy, place=place)

    def _samples(self) -> int | None:
        """Return how many samples there are; all arrays have equally many."""
        counts: dict[int, str] = {}
        for word, array in self.arrays:
            if array.samples is not None:
                counts.setdefault(array.samples, word)
        if len(counts) > 1:
            (count, word), (other, second), *_ = counts.items()
            self.add(
                "SEQ601",
                "samples",
                {"array": word, "count": count, "second": second, "other": other},
            )
        if 0 in counts:
            self.add("SEQ603", "empty", {"array": counts[0]})
        return next(iter(counts)) if len(counts) == 1 and not self.data.split else None

    def _declared_batch(self) -> int | None:
        sizes = [each.report.shape[0] for each in self.model.inputs if each.report.shape]
        return next((size for size in sizes if size is not None), None)

    def _check_batches(self) -> None:
        """Look at batches of another size than the model says, which only stateful layers mind."""
        if self.batch is None or self.samples is None or self.samples == 0:
            return
        rest = self.samples % self.size
        if rest == 0 and self.size == self.batch:
            return
        stateful = any(use.get("stateful") is True for use in self.model.of(_has_state))
        known = {"count": self.samples, "batch": self.batch, "rest": rest or self.size}
        place = self.model.inputs[0].place
        if not stateful:
            self.add("SEQ606", "batch", known, place=place)
        elif self.size != self.batch:
            self.add("SEQ601", "batch size", known, place=place)
        elif rest == 1:
            self.add("SEQ603", "last batch", {"whole": self.samples - rest, **known}, place=place)
        else:
            self.add("SEQ601", "batch", {"whole": self.samples - rest, **known}, place=place)

    @property
    def batches(self) -> tuple[int, ...]:
        """The sizes of the batches; of many samples where nobody knows how many there are."""
        if self.samples is None:
            return (self.size,)
        rest = self.samples % self.size
        return (*([self.size] if self.samples >= self.size else []), *([rest] if rest else []))


def as_sizes(shape: Sizes) -> Shape:
    """Return a shape of numbers as findings carry it, the first one as the batch."""
    sizes = [None if size is None else const(size) for size in shape]
    return as_shape((symbol("batch"), *sizes[1:]) if shape[:1] == (None,) else tuple(sizes))


def _place(tensor: Tensor) -> Place | None:
    return tensor.place or (tensor.call.node.place if tensor.call is not None else None)


def _what(word: str) -> str:
    return "inputs" if word == "x" else "outputs"


def _has_state(traits: object) -> bool:
    return bool(getattr(traits, "recurrent", False))
