"""Tracing: which steps of each model input the tensors of a graph depend on, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from seqinspect.time.dependence import Dependence
from seqinspect.time.reach import Reach, everything
from seqinspect.time.relation import TooManyPieces, identity, pieces_of, through, united

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reading, Tensor
    from seqinspect.time.relation import Pieces

Numbers: TypeAlias = "tuple[tuple[str, int], ...]"
"""Numbers that are tried for sizes that have none, by name."""


class TracedTensor:
    """A tensor in a model, what it was made from, and what its step t depends on.

    `depends` has the name of every model input with time that it depends on. The steps are those
    of its time axis or, where its steps are folded into its features, the hidden ones; a tensor
    with neither has just one. `path` is that of the call that made it.
    """

    __slots__ = ("_relations", "_unknown", "depends", "path", "sources", "strides", "tensor")

    def __init__(
        self,
        tensor: Tensor,
        depends: Mapping[str, Dependence],
        sources: Sequence[tuple[Reach, TracedTensor]] = (),
        path: str = "",
    ) -> None:
        self.tensor: Final = tensor
        self.depends: Final = depends
        self.sources: Final = sources
        self.path: Final = path
        self.strides: Final[dict[str, int]] = {}  # that the steps of an input keep, where asked for
        self._relations: dict[tuple[str, Numbers], Pieces | None] = {}
        self._unknown: frozenset[str] | None = None

    @property
    def stepped(self) -> bool:
        """Whether it has steps, on an axis or folded."""
        return self.tensor.stepped

    def as_vector(self) -> TracedTensor:
        """The same tensor as one vector, if its steps are folded into its features."""
        if self.tensor.time is not None or self.tensor.fold is None:
            return self
        vector = replace(self.tensor, fold=None)
        reach = everything(self.tensor.steps)
        return trace_output(vector, reach, {"inputs": (self,)}, self.path)

    def relation(self, name: str, numbers: Numbers = ()) -> Pieces | None:
        """The steps of a model input that each of its steps depends on, exactly.

        None where it takes too many pieces, or a size has no number.
        """
        key = (name, numbers)
        pending = [self]
        while pending:  # no recursion: a model may be 10,000 layers deep
            traced = pending[-1]
            if key in traced._relations:
                pending.pop()
                continue
            missing = [source for _, source in traced.sources if key not in source._relations]
            if missing:
                pending += missing
                continue
            traced._relations[key] = traced._follow(name, numbers)
        return self._relations[key]

    def _follow(self, name: str, numbers: Numbers) -> Pieces | None:
        """Compose what it reads with the relations of its sources."""
        if name not in self.depends:
            return ()
        count = size_at(self.tensor.steps, numbers)
        if count is None:
            return None
        if not self.sources:
            return identity(count)
        parts: list[Pieces] = []
        for reach, source in self.sources:
            inner, steps = source._relations[name, numbers], size_at(source.tensor.steps, numbers)
            if inner is None or steps is None:
                return None
            try:
                parts.append(through(pieces_of(reach, numbers, count, steps), inner))
            except TooManyPieces:
                return None
        try:
            return united(parts)
        except TooManyPieces:
            return None

    def unknown_sizes(self) -> frozenset[str]:
        """Name the sizes without a number on which its relations hang."""
        pending = [self]
        while pending:
            traced = pending[-1]
            missing = [source for _, source in traced.sources if source._unknown is None]
            if traced._unknown is None and missing:
                pending += missing
                continue
            if traced._unknown is None:
                traced._unknown = _without_numbers(traced)
            pending.pop()
        return self._unknown or frozenset()


def _without_numbers(traced: TracedTensor) -> frozenset[str]:
    steps = traced.tensor.steps
    names = frozenset[str]()
    if steps.value is None:
        names = steps.symbols() - steps.numbers().keys()
    for reach, source in traced.sources:
        names = names | reach.unknown_sizes | (source._unknown or names)
    return names


Sources: TypeAlias = "Mapping[str, tuple[TracedTensor, ...]]"


def size_at(size: Expr, numbers: Numbers) -> int | None:
    """Return a number of steps; None where it has none that could be."""
    if size.value is not None:
        return size.value
    try:
        number = size.evaluate({**size.numbers(), **dict(numbers)})
    except (KeyError, ZeroDivisionError):
        return None
    return number if number > 0 else None


def trace_input(name: str, tensor: Tensor) -> TracedTensor:
    """A model input: its step t depends on itself; without steps it has no time to trace."""
    stepped = tensor.time is not None
    depends = {name: Dependence.identity(tensor.steps)} if stepped else {}
    return TracedTensor(tensor, depends, path=name)


def trace_output(
    tensor: Tensor, reading: Reading, sources: Sources, path: str = ""
) -> TracedTensor:
    """A layer's output: what it reads of each source, composed with what that depends on."""
    reached = [
        (reach, source)
        for name, group in sources.items()
        for reach, source in zip(_reaches(reading, name, len(group)), group, strict=True)
        if source.depends and reach
    ]
    dependences: dict[str, list[Dependence]] = {}
    for reach, source in reached:
        for name, dependence in source.depends.items():
            composed = dependence.through(reach)
            if composed is not None:
                dependences.setdefault(name, []).append(composed)
    depends = {name: Dependence.union(parts) for name, parts in dependences.items()}
    return TracedTensor(tensor, depends, reached, path)


def _reaches(reading: Reading, name: str, count: int) -> tuple[Reach, ...]:
    reach = reading if isinstance(reading, Reach) else reading.get(name, Reach())
    return reach if isinstance(reach, tuple) else (reach,) * count
