"""Equal calls: what equal layers make of tensors of one kind is found once.

A call is equal to another where its layer has the same class and arguments and reads tensors that
nothing but their makers tells apart. Then only names, places and makers differ in what is said. Of
a layer within a layer, the name is such a name, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seqinspect.analysis.tracing import trace_output
from seqinspect.model.facts import Inner
from seqinspect.model.graph import Layer
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.analysis.tracing import Sources, TracedTensor
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Node
    from seqinspect.model.report import Row
    from seqinspect.time.reach import Reach

HALVES = ("forward_", "backward_")
"""A name that begins so gives the halves of a Bidirectional other names than others give."""


class Outcome(NamedTuple):
    """What came of a call, by its first; `parts` are the rows of the layers within it.

    `read` are, for each output, what it reads of which source. `same_time`: what is said of time is
    the same for all equal calls, but for names. `inner`: the name of the layer within it.
    """

    facts: Facts
    row: Row
    parts: tuple[Row, ...]
    outputs: tuple[TracedTensor, ...]
    read: tuple[tuple[tuple[Reach, int], ...], ...]
    same_time: bool
    inner: str

    def outputs_on(self, sources: Sequence[TracedTensor], path: str) -> list[TracedTensor]:
        """Return what an equal call returns that is made on other tensors of the same kinds."""
        return [
            output.made_again([(reach, sources[at]) for reach, at in read], path)
            for output, read in zip(self.outputs, self.read, strict=True)
        ]

    def facts_of(self, layer: Layer) -> Facts:
        """Return what the layer of an equal call states: its inner layer may have another name."""
        name = _inner_name(layer)
        if name == self.inner:
            return self.facts
        rename = self._rename(name)
        parts = [
            part._replace(layer=_renamed(part.layer, rename(part.layer.name)))
            for part in self.facts.parts
        ]
        weights = [
            weight._replace(name=_renamed_weight(weight.name, rename))
            for weight in self.facts.weights
        ]
        return self.facts._replace(parts=tuple(parts), weights=tuple(weights))

    def rows_of(self, row: Row, layer: Layer) -> list[Row]:
        """Return the row of an equal call, and those of the layers within it."""
        rename = self._rename(_inner_name(layer))
        weights = [
            weight._replace(name=_renamed_weight(weight.name, rename)) for weight in row.weights
        ]
        parts = [
            part._replace(
                name=(name := rename(part.name)),
                path=f"{row.path}/{name}",
                depth=row.depth + 1,
                place=row.place,
                sources=row.sources if part.sources else (),
                block=row.block,
            )
            for part in self.parts
        ]
        return [row._replace(weights=tuple(weights)), *parts]

    def _rename(self, name: str) -> Callable[[str], str]:
        """Return what puts the name of another inner layer into that of a half of the first."""
        old = len(self.inner)
        return lambda text: f"{text[:-old]}{name}"


class Finished(NamedTuple):
    """A call that was analysed: its rows, then those of the layers within it, and its outputs.

    `sources` are what it reads by argument.
    """

    node: Node
    facts: Facts
    rows: Sequence[Row]
    sources: Sources
    outputs: tuple[TracedTensor, ...]


class EqualCalls:
    """The calls of one analysis by what decides their outcomes."""

    def __init__(self) -> None:
        self._calls: Final[dict[object, Finished]] = {}
        self._outcomes: Final[dict[object, Outcome | None]] = {}
        self._kinds: Final[dict[object, int]] = {}

    def key(self, node: Node, sources: Sequence[TracedTensor]) -> object:
        """Return what decides the outcome of a call; None where that has no hash."""
        layer = node.layer
        arguments = tuple(layer.arguments.items())
        key = (layer.type, node.listed, *map(self._kind, sources))
        try:
            hash(arguments)
        except TypeError:  # an argument is a layer itself
            arguments = tuple((name, _argument_key(value)) for name, value in arguments)
            try:
                hash(arguments)
            except TypeError:
                return None
        return (*key, arguments)

    def enter(self, key: object, call: Finished) -> None:
        """Enter a call that hangs on nothing but its key."""
        self._calls[key] = call

    def find(self, key: object) -> Outcome | None:
        """Return the outcome of an equal call, if there was one that says all."""
        if key not in self._outcomes:
            call = self._calls.get(key)
            if call is None:
                return None
            self._outcomes[key] = _outcome(call)
        return self._outcomes[key]

    def _kind(self, traced: TracedTensor) -> int:
        """Return the number of a tensor's kind: all that is said of it, but who made it."""
        if traced.kind is None:
            flags = (traced.mixed, traced.loose, traced.partial, traced.even)
            key = (traced.tensor, *traced.depends.items(), *flags)
            traced.kind = self._kinds.setdefault(key, len(self._kinds))
        return traced.kind


def _outcome(call: Finished) -> Outcome | None:
    """Return what equal calls take over; None where that is not all that is said of them."""
    row, *parts = call.rows
    inner = _inner_name(call.node.layer)
    within = call.facts.parts
    if len(parts) != len(within) or not all(each.name.endswith(inner) for each in parts):
        return None  # layers within layers within it, or named after others
    tensors = [call.outputs[0]]
    tensors += [
        trace_output(part.facts.outputs[0], part.facts.reaches[0], call.sources)
        for part in within
        if part.same_input
    ]
    same_time = row.time is None or all(map(_is_said_by_formulas, tensors))
    if parts and not same_time:
        return None
    read = [source for group in call.sources.values() for source in group]
    positions = tuple(_by_position(output, read) for output in call.outputs)
    return Outcome(call.facts, row, tuple(parts), call.outputs, positions, same_time, inner)


def _argument_key(value: object) -> object:
    """Return what decides the outcome of a call of an argument: not the name of a layer."""
    if (
        not isinstance(value, Layer)
        or value.graph is not None
        or value.unsupported is not None
        or value.name.startswith(HALVES)
    ):
        return value
    return Layer, value.type, tuple(value.arguments.items())


def _inner_name(layer: Layer) -> str:
    inner = (value for value in layer.arguments.values() if isinstance(value, Layer))
    return next((each.name for each in inner), "")


def _renamed(inner: Inner, name: str) -> Inner:
    return Inner(inner.type, name, inner.arguments, inner.apply, inner.keeps_state)


def _renamed_weight(name: str, rename: Callable[[str], str]) -> str:
    """Return the name of a weight: below that of its layer, where several have one of its name."""
    layer, slash, own = name.partition("/")
    return f"{rename(layer)}/{own}" if slash else name


def _by_position(
    output: TracedTensor, sources: Sequence[TracedTensor]
) -> tuple[tuple[Reach, int], ...]:
    """Return what an output reads, each source by its position among those of the call."""
    found, at = [], 0
    for reach, source in output.sources:
        while sources[at] is not source:
            at += 1
        found.append((reach, at))
        at += 1
    return tuple(found)


def _is_said_by_formulas(traced: TracedTensor) -> bool:
    """Whether proved formulas say all of it in time: no walk to the inputs is needed."""
    vector = traced.as_vector()
    return not vector.is_bound and all(each.is_plain for each in vector.depends.values())
