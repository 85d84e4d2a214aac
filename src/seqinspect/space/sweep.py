"""A sweep: what a spec makes at every point of a space, a row a point, computed in bulk.

Points that differ in sizes alone share the formulas of their region (`regions`); what else differs,
a class or an argument, is a structure of its own. Points are taken in blocks, so that memory is
bounded by a block and by the regions that were found.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from seqinspect.algebra.code import compute
from seqinspect.algebra.expression import FormulaTooLarge
from seqinspect.algebra.questions import FEW, in_names
from seqinspect.analysis.walk import analyse_costs, analyse_for_sizes
from seqinspect.errors import SpecError
from seqinspect.space.amounts import QUANTITIES
from seqinspect.space.quantities import Cost, Running, cost
from seqinspect.space.regions import Regions, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph
    from seqinspect.space.axes import Space, Value

    Read: TypeAlias = Callable[[Mapping[str, Value]], Graph]
    Column: TypeAlias = Sequence[Any]
    Block: TypeAlias = Mapping[str, Column]
    Formulas: TypeAlias = tuple[tuple[Expr, ...], ...]

BLOCK = 20_000
"""So many points are computed at once."""

RUNNING = Running()

MAX_STRUCTURES = 64
"""The regions of so many structures are kept."""

TIME = ("receptive_field", "causal")
COLUMNS = (*QUANTITIES, "stream_bytes", *TIME, "findings", "refused")
"""What is known of a point. receptive_field: the widest of those of all outputs, in steps.
findings: codes, as check has them. refused: what kind of problem there is, where it is no model."""

DEFAULT = ("params", "bytes", "multiply_adds", "memory", *TIME, "refused")

GROUPS: Mapping[str, tuple[str, ...]] = {
    "costs": (*QUANTITIES, "refused"),
    "time": TIME,
    "stream": ("stream_bytes",),
    "findings": ("findings",),
}
"""Columns that one analysis gives: each group has its own, so that none is split for another."""


class Stated(NamedTuple):
    """What an analysis states in its region: columns by formulas, others by their value.

    `sizes` are those of the point that was analysed.
    """

    sizes: tuple[int, ...]
    costs: Mapping[str, Cost | None]
    values: Mapping[str, object]
    placed: dict[str, Formulas | None]


class Sweep:
    """What is known of the points of a space; `read` makes the graph of one."""

    def __init__(
        self, space: Space, read: Read, columns: Sequence[str], running: Running = RUNNING
    ) -> None:
        self.space = space
        self.read = read
        self.columns = tuple(columns)
        self.running = running
        self.sizes = tuple(axis.name for axis in space.axes if axis.is_size)
        self.words = tuple(axis.name for axis in space.axes if not axis.is_size)
        self.structures: dict[tuple[Value, ...], dict[str, Regions[Stated]]] = {}
        self.analyses = 0

    def blocks(self, first: int = 0, count: int | None = None) -> Iterator[Block]:
        """Yield columns of values for all points in order, or `count` of them from `first` on."""
        stop = None if count is None else first + count
        points = islice(self.space.points(), first, stop)
        while block := list(islice(points, BLOCK)):
            axes = dict(zip(self.space.names, map(list, zip(*block, strict=True)), strict=True))
            yield self.block(axes if axes else {}, len(block))

    def block(self, axes: Mapping[str, list[Value]], count: int) -> Block:
        """Return the columns of one block."""
        found: dict[str, list[Any]] = {name: [None] * count for name in self.columns}
        for words, points in self.by_structure(axes, count):
            sizes: list[Sequence[int]] = [axes[name] for name in self.sizes]  # type: ignore[misc]  # all integers
            if len(points) < count:
                sizes = taken(sizes, points)
            for group, regions in self.regions(words).items():
                self.fill(found, group, regions, sizes, points)
        return {**axes, **found}

    def by_structure(
        self, axes: Mapping[str, list[Value]], count: int
    ) -> Iterator[tuple[tuple[Value, ...], Sequence[int]]]:
        """Yield the words of each structure in a block, and its points."""
        if not self.words:
            yield (), range(count)
            return
        found: dict[tuple[Value, ...], list[int]] = {}
        for point, words in enumerate(zip(*(axes[name] for name in self.words), strict=True)):
            found.setdefault(words, []).append(point)
        yield from found.items()

    def regions(self, words: tuple[Value, ...]) -> dict[str, Regions[Stated]]:
        """Return the regions of a structure, for each group of columns that is asked for."""
        if words not in self.structures:
            while len(self.structures) >= MAX_STRUCTURES:
                del self.structures[next(iter(self.structures))]
            fixed = dict(zip(self.words, words, strict=True))
            self.structures[words] = {
                group: Regions(self.sizes, partial(self.state, group, fixed))
                for group, names in GROUPS.items()
                if not {*names}.isdisjoint(self.columns)
            }
        return self.structures[words]

    def fill(
        self,
        found: Mapping[str, list[Any]],
        group: str,
        regions: Regions[Stated],
        sizes: Sequence[Sequence[int]],
        points: Sequence[int],
    ) -> None:
        """Enter what a group of columns has at the points of one structure."""
        columns = [name for name in GROUPS[group] if name in found]
        for stated, within in regions.at(sizes, len(points)):
            whole = len(within) == len(points)
            here = sizes if whole else taken(sizes, within)
            at = points if whole else [points[each] for each in within]
            for name in columns:
                if name in stated.values:
                    column: Sequence[Any] = [stated.values[name]] * len(at)
                elif len(at) == 1 and tuple(column[0] for column in here) == stated.sizes:
                    column = [_number(stated.costs.get(name))]
                else:
                    column = self.computed(self.formulas(stated, name), here, len(at))
                _put(found[name], at, column)

    def computed(
        self,
        formulas: tuple[tuple[Expr, ...], ...] | None,
        sizes: Sequence[Sequence[int]],
        count: int,
    ) -> Sequence[int | None]:
        """Return the sums of the largest of each group of formulas, at all points."""
        if formulas is None:
            return [None] * count
        parts = []
        for largest in formulas:
            columns = [_at(formula, self.sizes, sizes, count) for formula in largest]
            parts.append(columns[0] if len(columns) == 1 else list(map(max, *columns)))
        return parts[0] if len(parts) == 1 else list(map(sum, zip(*parts, strict=True)))

    def state(self, group: str, words: Mapping[str, Value], sizes: Mapping[str, int]) -> Stated:
        """Analyse a point for a group of columns."""
        self.analyses += 1
        at = tuple(sizes.values())
        try:
            costs, values = self.analysed(group, self.read({**words, **sizes}))
        except SpecError as error:
            return Stated(at, {}, {"refused": error.problems[0].about or "value"}, {})
        return Stated(at, costs, values, {})

    def analysed(
        self, group: str, graph: Graph
    ) -> tuple[Mapping[str, Cost | None], Mapping[str, object]]:
        """Return what a group of columns has, by formulas and by value.

        Raises SpecError where there is no model.
        """
        if group == "costs":
            report = analyse_costs(graph)
            asked = [name for name in QUANTITIES if name in self.columns]
            return {name: cost(graph, report, name, self.running) for name in asked}, {
                "refused": None
            }
        if group == "time":
            _, fields = analyse_for_sizes(graph)
            found, causal = fields()
            sizes = tuple(size for _, size in found if size is not None)
            known = Cost((), sizes) if sizes and len(sizes) == len(found) else None
            return {"receptive_field": known}, {"causal": causal}
        from seqinspect.analysis.walk import analyse  # noqa: PLC0415 - where it is asked for

        if group == "stream":
            from seqinspect.streaming.analyse import streaming  # noqa: PLC0415 - where it is asked for

            kept = streaming(graph, analyse(graph), ()).kept_bytes
            return {"stream_bytes": None if kept is None else Cost((kept,))}, {}
        from seqinspect.lint.run import check_report  # noqa: PLC0415 - where it is asked for

        outcome = check_report(graph, analyse(graph))
        codes = dict.fromkeys(finding.code for finding in outcome.findings)
        return {}, {"findings": " ".join(codes)}

    def formulas(self, stated: Stated, name: str) -> Formulas | None:
        """Return a column of a region in the sizes of the space, made when it is needed."""
        if name not in stated.placed:
            stated.placed[name] = self.placed(stated.costs.get(name))
        return stated.placed[name]

    def in_sizes(self, formula: Expr) -> Expr:
        """Return a formula in the sizes of the space."""
        return in_names(formula, frozenset(self.sizes))

    def placed(self, whole: Cost | None) -> tuple[tuple[Expr, ...], ...] | None:
        """Return a cost in the sizes of the space; None where it has another name in it."""
        if whole is None:
            return None
        try:
            formulas: tuple[tuple[Expr, ...], ...] = ((whole.formula(self.in_sizes),),)
        except FormulaTooLarge:
            peaks = tuple(dict.fromkeys(map(self.in_sizes, whole.peaks)))
            formulas = (
                *((self.in_sizes(part),) for part in whole.parts),
                *((peaks,) if peaks else ()),
            )
        names = frozenset().union(*(f.symbols() for group in formulas for f in group))
        return formulas if names <= {*self.sizes} else None


def _number(whole: Cost | None) -> int | None:
    """Return a cost at the point that was analysed; None where it is not known."""
    if whole is None:
        return None
    found = 0
    for part in whole.parts:
        if part.shown is None:
            return None
        found += part.shown
    peaks = [peak.shown for peak in whole.peaks]
    if not peaks:
        return found
    known = [peak for peak in peaks if peak is not None]
    return found + max(known) if len(known) == len(peaks) else None


def _at(
    formula: Expr, names: Sequence[str], sizes: Sequence[Sequence[int]], count: int
) -> Sequence[int]:
    """Return a formula's numbers at some points."""
    if formula.is_constant:
        return [formula.plain().value or 0] * count
    if count > FEW:
        return compute(formula, names)(*sizes)
    points = zip(*sizes, strict=True)
    return [formula.evaluate(dict(zip(names, point, strict=True))) for point in points]


def _put(column: list[Any], points: Sequence[int], values: Sequence[Any]) -> None:
    """Enter values at some points of a column."""
    if len(points) == len(column):
        column[:] = values
        return
    for point, value in zip(points, values, strict=True):
        column[point] = value
