"""Tracing: which steps of each model input the tensors of a graph depend on, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from seqinspect.records import replace
from seqinspect.time.dependence import Dependence
from seqinspect.time.envelope import ends_through, own_ends
from seqinspect.time.reach import Reach, each, everything
from seqinspect.time.relation import identity, pieces_of, through, united
from seqinspect.time.work import TooManyPieces, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reading, Tensor
    from seqinspect.time.envelope import Ends
    from seqinspect.time.reach import StepSpan
    from seqinspect.time.relation import Pieces

Features = Literal[
    "kept", "unmoved", "evened", "averaged", "mixed", "beside", "halves", "apart", "laid out",
    "unknown",
]  # fmt: skip
"""What a layer does with the features, all that lies at one step. unmoved: each is made of the one
in its place, or of all. evened: so it is, and over all steps they add up to the same. mixed: each
along the last axis is made of all of these. kept: of some. averaged: of the mean of some. beside:
those of several tensors lie beside each other. halves: those of two layers that go opposite ways
do. apart: each is made of a step of its own. laid out: they come to lie elsewhere. unknown: nothing
is known of them."""

Numbers: TypeAlias = "tuple[tuple[str, int], ...]"
"""Numbers that are tried for sizes that have none, by name."""


FEW_SOURCES = 8
"""So many sources are looked through for each input; of more, it is noted which depends on it."""


class TracedTensor:
    """A tensor in a model, what it was made from, and what its step t depends on.

    `depends` has the name of every model input with time that it depends on. The steps are those
    of its time axis or, where its steps are folded into its features, the hidden ones; a tensor
    with neither has just one. `path` is that of the call that made it. `mixed`: what lies at one
    step, its features, may depend on different steps. `loose`: a step may depend on less than
    that, since features became steps; `partial`: or since some of them are left out. `even`: over
    all steps it adds up to the same, whatever it depends on.
    """

    __slots__ = ("_by_input", "_composed", "_unknown", "depends", "even", "kind", "looks_back",
                 "loose", "mixed", "partial", "path", "sources", "strides", "tensor",
                 "work")  # fmt: skip

    def __init__(
        self,
        tensor: Tensor,
        depends: Mapping[str, Dependence],
        sources: Sequence[tuple[Reach, TracedTensor]] = (),
        path: str = "",
        work: Work | None = None,
    ) -> None:
        self.tensor: Final = tensor
        self.depends: Final = depends
        self.sources: Final = sources
        self.path: Final = path
        self.work: Final[Work] = work or (sources[0][1].work if sources else Work())
        self.strides: Final[dict[str, int | None]] = {}  # that an input's steps keep, if asked for
        self.looks_back: Final[dict[str, bool]] = {}  # whether all before it do, by input, if asked
        self.mixed = self.loose = self.partial = self.even = False
        self.kind: int | None = None  # its number in `EqualCalls`, if asked for
        self._composed: dict[tuple[str, str, Numbers], Pieces | Ends | None] = {}
        self._unknown: frozenset[str] | None = None
        self._by_input: dict[str, list[tuple[Reach, TracedTensor]]] | None = None

    def made_again(self, sources: Sequence[tuple[Reach, TracedTensor]], path: str) -> TracedTensor:
        """The same tensor made by another call, on other tensors of the same kinds."""
        made = TracedTensor(self.tensor, self.depends, sources, path, self.work)
        made.mixed, made.loose = self.mixed, self.loose
        made.partial, made.even, made.kind = self.partial, self.even, self.kind
        return made

    def read_for(self, name: str) -> Sequence[tuple[Reach, TracedTensor]]:
        """Return the sources that depend on an input, each with what is read of it."""
        if len(self.sources) <= FEW_SOURCES:
            return [pair for pair in self.sources if name in pair[1].depends]
        if self._by_input is None:
            self._by_input = {}
            for pair in self.sources:
                for each_name in pair[1].depends:
                    self._by_input.setdefault(each_name, []).append(pair)
        return self._by_input.get(name, ())

    @property
    def stepped(self) -> bool:
        """Whether it has steps, on an axis or folded."""
        return self.tensor.stepped

    @property
    def is_bound(self) -> bool:
        """Whether a step may depend on less than what is composed."""
        return self.loose or self.partial

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
        return cast("Pieces | None", self._follow(("relation", name, numbers)))

    def ends(self, name: str, numbers: Numbers = ()) -> Ends | None:
        """The first and the last step of a model input that each of its steps depends on, exactly.

        None where that takes too many lines, or a size has no number.
        """
        return cast("Ends | None", self._follow(("ends", name, numbers)))

    def _follow(self, key: tuple[str, str, Numbers]) -> Pieces | Ends | None:
        """Compose what it reads with the same of its sources, from the model input on."""
        if self.work.done and key not in self._composed:
            return None
        pending = [self]
        while pending:  # no recursion: a model may be 10,000 layers deep
            traced = pending[-1]
            if key in traced._composed:
                pending.pop()
                continue
            missing = [
                source for _, source in traced.read_for(key[1]) if key not in source._composed
            ]
            if missing:
                pending += missing
                continue
            try:
                traced._composed[key] = traced._compose(*key)
            except TooManyPieces:
                if self.work.done:  # there may be more for what is said of the whole
                    return None
                traced._composed[key] = None
        return self._composed[key]

    def _compose(self, what: str, name: str, numbers: Numbers) -> Pieces | Ends | None:
        """Compose what it reads with what is known of its sources; None where that is too little.

        Raises TooManyPieces.
        """
        count = size_at(self.tensor.steps, numbers)
        if count is None and name in self.depends:
            return None
        if not self.sources and count is not None and name in self.depends:
            return identity(count) if what == "relation" else own_ends(count)
        reads = []
        for reach, source in self.read_for(name):
            if count is None:
                continue
            self.work.spend(1)
            inner, steps = (
                source._composed.get((what, name, numbers)),
                size_at(source.tensor.steps, numbers),
            )
            if inner is None or steps is None:
                return None
            reads.append((pieces_of(reach, numbers, count, steps, self.work), inner))
        if what == "relation":
            parts = [through(pieces, cast("Pieces", inner), self.work) for pieces, inner in reads]
            return united(parts, self.work)
        return ends_through([(pieces, cast("Ends", ends)) for pieces, ends in reads], self.work)

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


def trace_input(name: str, tensor: Tensor, work: Work) -> TracedTensor:
    """A model input: its step t depends on itself; without steps it has no time to trace."""
    stepped = tensor.time is not None
    depends = {name: Dependence.identity(tensor.steps, work)} if stepped else {}
    return TracedTensor(tensor, depends, path=name, work=work)


def trace_output(  # noqa: PLR0917 - a call, and what has to be known of it
    tensor: Tensor,
    reading: Reading,
    sources: Sources,
    path: str = "",
    features: Callable[[], Features] = lambda: "kept",
    reads_all: Callable[[], bool] = lambda: True,
) -> TracedTensor:
    """A layer's output: what it reads of each source, composed with what that depends on.

    `features` tells what the layer does with them, where it has to be known; `reads_all`, whether
    it leaves out none of them.
    """
    reached = [
        (reach.over(tensor.steps) if tensor.stepped else reach, source)
        for name, group in sources.items()
        for reach, source in zip(_reaches(reading, name, len(group)), group, strict=True)
        if source.depends and reach
    ]
    traced = TracedTensor(tensor, _dependences(reached), reached, path)
    alone = len(reached) == sum(map(len, sources.values()))
    if (
        len(reached) != 1
        or not alone
        or _is_unlike(tensor)
        or reached[0][1].mixed
        or reached[0][1].is_bound
        or reached[0][1].even
        or (reached[0][1].stepped and reached[0][0] != each(tensor.steps))
    ):
        done = features()
        traced.mixed, traced.loose = _mixed_and_loose(traced, done, alone=alone)
        traced.partial = any(source.partial for _, source in reached) or (
            any(source.mixed for _, source in reached) and _leaves_out(traced, done, reads_all)
        )
        traced.even = _is_even(traced, done)
        traced.partial = traced.partial or (done == "averaged" and _averages_even(traced))
    return traced


def _dependences(reached: Sequence[tuple[Reach, TracedTensor]]) -> dict[str, Dependence]:
    """What it depends on of each input, where it reads so much of each source.

    Inputs on which sources depend alike are one question: a sum may depend on a thousand of them.
    """
    parts: dict[str, list[Dependence]] = {}
    for reach, source in reached:
        composed: dict[Dependence, Dependence | None] = {}
        for name, dependence in source.depends.items():
            if dependence not in composed:
                composed[dependence] = dependence.through(reach)
            if (found := composed[dependence]) is not None:
                parts.setdefault(name, []).append(found)
    alike = {name: tuple(found) for name, found in parts.items()}
    unions = {found: Dependence.union(found) for found in dict.fromkeys(alike.values())}
    return {name: unions[found] for name, found in alike.items()}


def _is_unlike(tensor: Tensor) -> bool:
    """Whether several numbers lie along more axes than one, beside that of time."""
    if len(tensor.shape) <= (2 if tensor.time is None else 3):
        return False
    axes = [axis for axis in range(1, len(tensor.shape)) if axis != tensor.time]
    return sum(not tensor.shape[axis].equals(1) for axis in axes) > 1


def _leaves_out(traced: TracedTensor, features: Features, reads_all: Callable[[], bool]) -> bool:
    """Whether a layer may leave out some of the features of the steps that it reads."""
    if features == "mixed" and all(_on_last_axis(source.tensor) for _, source in traced.sources):
        return False
    return features == "unknown" or (features in ("kept", "averaged", "mixed") and not reads_all())


def _is_even(traced: TracedTensor, features: Features) -> bool:
    """Whether what it adds up to over all steps may be the same, whatever it depends on."""
    steps = traced.tensor.steps
    if features == "evened":
        return any(reach == everything(steps, steps) for reach, _ in traced.sources)
    return any(source.even and reach == each(steps) for reach, source in traced.sources)


def _averages_even(traced: TracedTensor) -> bool:
    """Whether it may be the mean of all steps of what adds up to the same."""
    return traced.tensor.steps.value == 1 and any(source.even for _, source in traced.sources)


def _on_last_axis(tensor: Tensor) -> bool:
    """Whether what lies at one step lies along the last axis alone."""
    axes = (axis for axis in range(1, tensor.rank - 1) if axis != tensor.time)
    return tensor.time != tensor.rank - 1 and all(tensor.shape[axis].value == 1 for axis in axes)


def _mixed_and_loose(traced: TracedTensor, features: Features, *, alone: bool) -> tuple[bool, bool]:
    """`alone`: nothing that is read depends on no step."""
    tensor, reached = traced.tensor, traced.sources
    mixed = any(source.mixed for _, source in reached)
    plain = not _is_unlike(tensor)
    if features == "mixed":
        mixed = mixed and not all(map(_on_last_axis, (tensor, *(x.tensor for _, x in reached))))
    elif features == "beside" and (
        tensor.time is None or all(reach == each(tensor.steps) for reach, _ in reached)
    ):
        spans = {_spans_of(source) for _, source in reached}
        mixed = mixed or len(spans) + (not alone and bool(reached)) > 1
    elif features == "halves":
        mixed = mixed or tensor.time is not None or len(reached) > 1
    elif features in ("kept", "averaged", "apart"):
        mixed = mixed or not plain or features == "apart"
    elif features == "unknown":
        mixed = mixed or any(reach != each(tensor.steps) for reach, _ in reached)
    if features != "mixed" and tensor.fold is None:
        mixed = mixed or any(
            source.tensor.fold is not None and (tensor.time is None or reach != each(tensor.steps))
            for reach, source in reached
        )
    if features == "laid out":
        mixed = mixed or any(source.stepped and _cuts_steps(reach) for reach, source in reached)
    loose = any(
        (source.loose and reach != everything(source.tensor.steps, tensor.steps))
        or (source.mixed and _become_steps(source.tensor, tensor, reach, features))
        for reach, source in reached
    )
    return mixed, loose


def _cuts_steps(reach: Reach) -> bool:
    """Whether what lies at one step comes from several."""
    return len(reach.spans) > 1 or any(not span.single for span in reach.spans)


def _become_steps(source: Tensor, output: Tensor, reach: Reach, features: Features) -> bool:
    """Whether what lies at one step, or at none, comes to lie at several."""
    if features == "laid out":
        return reach != each(output.steps)
    return output.time is not None and not source.stepped and source.rank > 2


def _spans_of(traced: TracedTensor) -> frozenset[tuple[str, tuple[StepSpan, ...]]]:
    return frozenset((name, dependence.spans) for name, dependence in traced.depends.items())


def _reaches(reading: Reading, name: str, count: int) -> tuple[Reach, ...]:
    reach = reading if isinstance(reading, Reach) else reading.get(name, Reach())
    return reach if isinstance(reach, tuple) else (reach,) * count
