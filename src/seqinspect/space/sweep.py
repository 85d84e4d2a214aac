"""A sweep: what a spec makes at every point of a space, a row a point, computed in bulk.

Points that differ in sizes alone share the formulas of their region (`regions`); what else differs,
a class or an argument, is a structure of its own. Points are taken in parts, so that memory is
bounded by a part and by the regions that were found.
"""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from seqinspect.algebra.code import compute
from seqinspect.algebra.expression import FormulaTooLarge
from seqinspect.algebra.questions import FEW, in_names
from seqinspect.algebra.shared_results import SharedResults
from seqinspect.analysis.walk import analyse_costs, analyse_for_sizes
from seqinspect.errors import SpecError
from seqinspect.readers.spec import garbage_collection_paused
from seqinspect.records import NamedTuple
from seqinspect.space.amounts import BUDGETED, QUANTITIES
from seqinspect.space.quantities import Cost, Running, cost, numbers
from seqinspect.space.regions import Regions, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph
    from seqinspect.space.axes import Space, Value

    Read: TypeAlias = Callable[[Mapping[str, Value]], Graph]
    Column: TypeAlias = Sequence[Any]
    Block: TypeAlias = Mapping[str, Column]
    Formulas: TypeAlias = tuple[tuple[Expr, ...], ...]

RUNNING = Running()

MAX_STRUCTURES = 64
"""The regions of so many structures are kept."""

MAX_SHARED = 64
"""For so many assignments of numbers to sizes, what structures share is kept."""

MOST_OBJECTS = 200_000
"""So many objects may wait to be collected: tens of megabytes."""

TIME = ("receptive_field", "causal")
COLUMNS = (*BUDGETED, *TIME, "findings", "refused")
"""What is known of a point. receptive_field: the widest of those of all outputs, in steps.
findings: codes, as check has them. refused: what kind of problem there is, where it is no model."""

DEFAULT = ("params", "bytes", "multiply_adds", "memory", *TIME, "refused")

GROUPS: tuple[tuple[str, ...], ...] = (
    (*QUANTITIES, *TIME, "refused"),
    ("stream_bytes", "findings"),
)
"""Columns that one analysis gives. Those that ask for the numbers of most sizes are apart, so that
the others are not split for them."""


class Stated(NamedTuple):
    """What an analysis states: columns by their value, and others by their number at its point.

    `costs` makes these as formulas for its region.
    """

    values: Mapping[str, object]
    numbers: Mapping[str, int | None] = {}
    costs: Callable[[], Mapping[str, Cost | None]] = dict


class Region:
    """What an analysis of one point states in its region.

    Formulas are made where it has other points: until `settled` of what was analysed, then by
    `restate`, which analyses the point once more, so that no model is kept.
    """

    def __init__(
        self, sizes: tuple[int, ...], stated: Stated, restate: Callable[[], Stated]
    ) -> None:
        self.sizes = sizes
        self.stated = stated
        self.restate = restate
        self.costs: Mapping[str, Cost | None] | None = None
        self.placed: dict[str, Formulas | None] = {}

    def cost(self, name: str) -> Cost | None:
        """Return a column as a formula; None where it has no number."""
        if self.costs is None:
            self.costs = self.stated.costs()
        return self.costs.get(name)

    def settle(self) -> None:
        """Let go of what was analysed."""
        self.stated = self.stated._replace(costs=lambda: self.restate().costs())


class Sweep:
    """What is known of the points of a space; `read` makes the graph of one."""

    def __init__(
        self, space: Space, read: Read, columns: Sequence[str], running: Running = RUNNING
    ) -> None:
        self.space = space
        self.read = read
        self.columns = tuple(columns)
        self.running = running
        sizes = [axis.name for axis in space.axes if axis.is_size and len(axis.values) > 1]
        self.sizes = tuple(sizes)
        self.words = tuple(name for name in space.names if name not in sizes)
        self.structures: dict[tuple[Value, ...], dict[tuple[str, ...], Regions[Region]]] = {}
        self.shared: dict[Hashable, SharedResults] = {}
        self.analyses = 0

    def blocks(self) -> Iterator[Block]:
        """Yield columns of values for all points, in order."""
        for first, count in self.space.parts():
            yield self.block(first, count)

    @garbage_collection_paused()
    def block(self, first: int, count: int) -> Block:
        """Return columns of values for `count` points, from number `first` on."""
        axes = self.space.columns(first, count)
        found: dict[str, list[Any]] = {name: [None] * count for name in self.columns}
        for words, points in self.by_structure(axes, count):
            sizes: list[Sequence[int]] = [axes[name] for name in self.sizes]  # type: ignore[misc]  # all integers
            if len(points) < count:
                sizes = taken(sizes, points)
            for names, regions in self.regions(words).items():
                self.fill(found, names, regions, sizes, points)
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

    def regions(self, words: tuple[Value, ...]) -> dict[tuple[str, ...], Regions[Region]]:
        """Return the regions of a structure, for the columns of each group that are asked for."""
        if words not in self.structures:
            while len(self.structures) >= MAX_STRUCTURES:
                del self.structures[next(iter(self.structures))]
            fixed = dict(zip(self.words, words, strict=True))
            groups = (tuple(name for name in group if name in self.columns) for group in GROUPS)
            self.structures[words] = {
                names: Regions(self.sizes, partial(self.state, names, fixed))
                for names in groups
                if names
            }
        return self.structures[words]

    def fill(
        self,
        found: Mapping[str, list[Any]],
        names: Sequence[str],
        regions: Regions[Region],
        sizes: Sequence[Sequence[int]],
        points: Sequence[int],
    ) -> None:
        """Enter what some columns have at the points of one structure."""
        for region, within in regions.at(sizes, len(points)):
            whole = len(within) == len(points)
            here = sizes if whole else taken(sizes, within)
            at = points if whole else [points[each] for each in within]
            for name in names:
                if name in region.stated.values:
                    column: Sequence[Any] = [region.stated.values[name]] * len(at)
                elif len(at) == 1 and tuple(column[0] for column in here) == region.sizes:
                    column = [region.stated.numbers.get(name)]
                else:
                    column = self.computed(self.formulas(region, name), here, len(at))
                _put(found[name], at, column)
            region.settle()

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

    def state(
        self, names: tuple[str, ...], words: Mapping[str, Value], sizes: Mapping[str, int]
    ) -> Region:
        """Analyse a point for some columns."""
        analyse = partial(self.analysed, names, {**words, **sizes})
        return Region(tuple(sizes.values()), analyse(), analyse)

    def analysed(self, names: tuple[str, ...], settings: Mapping[str, Value]) -> Stated:
        """Return what is stated at a point."""
        self.analyses += 1
        state = self.from_numbers if names[0] in GROUPS[1] else self.from_formulas
        try:
            return state(self.read(settings), names)
        except SpecError as error:
            return Stated({"refused": error.problems[0].about or "value"})
        finally:
            if gc.get_count()[0] > MOST_OBJECTS:
                gc.collect()

    def from_formulas(self, graph: Graph, names: tuple[str, ...]) -> Stated:
        """Return costs and what is seen. Raises SpecError where there is no model."""
        shared = self.shared_results(graph)
        values: dict[str, object] = {"refused": None}
        seen: dict[str, Cost | None] = {}
        if {*names}.isdisjoint(TIME):
            report = analyse_costs(graph, shared)
        else:
            report, fields = analyse_for_sizes(graph, shared)
            found, values["causal"] = fields()
            sizes = tuple(size for _, size in found if size is not None)
            known = sizes and len(sizes) == len(found)
            seen["receptive_field"] = Cost((), sizes) if known else None
        asked = [name for name in QUANTITIES if name in names]

        def costs() -> dict[str, Cost | None]:
            return seen | {name: cost(graph, report, name, self.running) for name in asked}

        at_point = numbers(graph, report, asked, self.running)
        return Stated(values, at_point | _numbers(seen), costs)

    def shared_results(self, graph: Graph) -> SharedResults:
        """Return the results of graphs whose sizes have the same numbers and definitions."""
        numbers = tuple((name, size.shown) for name, size in graph.dims.items())
        key = numbers, tuple(graph.definitions.items())
        if key not in self.shared:
            while len(self.shared) >= MAX_SHARED:
                del self.shared[next(iter(self.shared))]
            self.shared[key] = SharedResults()
        return self.shared[key]

    def from_numbers(self, graph: Graph, names: tuple[str, ...]) -> Stated:
        """Return what hangs on the numbers of most sizes. Raises SpecError."""
        from seqinspect.analysis.walk import analyse  # noqa: PLC0415 - where it is asked for

        report = analyse(graph)
        costs: dict[str, Cost | None] = {}
        values: dict[str, object] = {}
        if "stream_bytes" in names:
            costs["stream_bytes"] = cost(graph, report, "stream_bytes", self.running)
        if "findings" in names:
            from seqinspect.lint.run import check_report  # noqa: PLC0415 - where it is asked for

            codes = dict.fromkeys(each.code for each in check_report(graph, report).findings)
            values["findings"] = " ".join(codes)
        return Stated(values, _numbers(costs), lambda: costs)

    def formulas(self, region: Region, name: str) -> Formulas | None:
        """Return a column of a region in the sizes of the space, made when it is needed."""
        if name not in region.placed:
            region.placed[name] = self.placed(region.cost(name))
        return region.placed[name]

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


def _numbers(costs: Mapping[str, Cost | None]) -> dict[str, int | None]:
    """Return costs at the point that was analysed; None where they are not known."""
    return {name: None if whole is None else whole.shown for name, whole in costs.items()}


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
