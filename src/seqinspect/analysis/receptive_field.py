"""Horizon: how far into each model input an output sees, and which layer looks ahead first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.algebra.proof import nonnegative
from seqinspect.rules.index import MODELS
from seqinspect.time.reach import STEP, T0

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.report import Depends, InputReport, Report, Row

MOST_STEPS = 1024
"""Of more steps only some are looked at: the first, the last, and some between."""

SOME = 64


class Horizon(NamedTuple):
    """What the steps of a model output see of one input; None where a size is not known.

    `field`: the receptive field, the most steps that one output step depends on. `first_full`: the
    first output step that depends on so many. `ahead`: by how many steps the last of them is later
    than the output step, at most; None also where the two do not count the same steps.
    `looks_ahead`: the first layer (its path) with a step that depends on a later one, and `example`
    the first such step of the output with the last that it sees.
    """

    output: str
    input: str
    steps: Expr
    stepped: bool
    field: int | None
    first_full: int | None
    ahead: int | None
    looks_ahead: str = ""
    example: tuple[int, Expr] | None = None


def horizons(report: Report) -> tuple[Horizon, ...]:
    """Return how far every model output sees into every input that it depends on."""
    return tuple(_horizons(report))


def as_many(one: Expr, other: Expr) -> bool:
    """Whether two numbers of steps are the same, not just equal by chance as T = 10 and S = 10."""
    if one == other:
        return True
    apart = one.symbols() and other.symbols() and one.symbols().isdisjoint(other.symbols())
    return one.value is not None and one.value == other.value and not apart


def _horizons(report: Report) -> Iterator[Horizon]:
    inputs = {given.name: given for given in report.inputs if given.time_axis is not None}
    rows = {row.name: row for row in report.top}
    for name in report.outputs:
        row = rows.get(name)  # a second output (`encoder.1`) has no time of its own in a report
        for depends in row.time.depends if row is not None and row.time is not None else ():
            if row is not None and depends.input in inputs:
                yield _horizon(report, row, depends, inputs[depends.input])


def _horizon(report: Report, row: Row, depends: Depends, given: InputReport) -> Horizon:
    steps = _steps(given)
    time = row.time
    stepped = time is not None and time.axis is not None
    count: int | None = 1
    if stepped and time is not None and time.steps is not None:
        count = time.steps.value
    same = time is not None and time.steps is not None and as_many(steps, time.steps)
    seen = Horizon(row.name, given.name, steps, stepped, None, None, None)
    if count is None or not _known(depends):
        if stepped and same and not _never_ahead(depends, count):
            return seen._replace(looks_ahead=_first_ahead(report, row, given))
        return seen
    first, last = _function(depends.first), _function(depends.last)
    some = _some(count)
    widths = {step: last(step) - first(step) + 1 for step in some}
    widest = max(widths.values())
    seen = seen._replace(field=max(0, widest), first_full=_first_full(widths, first, last))
    if not stepped or not same:
        return seen
    ahead = max(last(step) - step for step in some if widths[step] > 0 or widest <= 0)
    if ahead <= 0:
        return seen._replace(ahead=max(0, ahead))
    step = next(step for step in some if last(step) > step and widths[step] > 0)
    example = (step, depends.last.substitute({"t": step}))
    return seen._replace(ahead=ahead, looks_ahead=_first_ahead(report, row, given), example=example)


def _first_full(
    widths: Mapping[int, int], first: Callable[[int], int], last: Callable[[int], int]
) -> int:
    """Return the first step that sees as many as any; between two steps the number rises."""
    widest = max(widths.values())
    found, before = 0, -1
    for step, width in widths.items():
        if width == widest:
            found = step
            break
        before = step
    while found - before > 1:
        middle = (found + before) // 2
        if last(middle) - first(middle) + 1 == widest:
            found = middle
        else:
            before = middle
    return found


def _first_ahead(report: Report, output: Row, given: InputReport) -> str:
    """Return the path of the first layer before an output that looks ahead in an input."""
    before = _before(report, output)
    steps = _steps(given)
    answers: dict[object, bool] = {}  # equal layers one after the other are asked once
    for index, row in enumerate(report.rows):
        time = row.time
        if row.path.partition("/")[0] not in before or time is None or time.steps is None:
            continue
        if _is_model(report, index) or not as_many(steps, time.steps):
            continue
        for depends in time.depends:
            if depends.input != given.name:
                continue
            key = (depends.last, time.steps)
            if key not in answers:
                answers[key] = _never_ahead(depends, time.steps.value)
            if not answers[key]:
                return row.path
    return ""


def _is_model(report: Report, index: int) -> bool:
    """Whether a row is a model whose layers follow, so that one of them can be named."""
    row = report.rows[index]
    return row.type in MODELS and index + 1 < len(report.rows)


def _before(report: Report, output: Row) -> set[str]:
    """Return the names of an output's layer and of all before it."""
    sources = {row.name: row.sources for row in report.top}
    pending, found = [output.name], set()
    while pending:
        name = pending.pop()
        name = name if name in sources else name.rpartition(".")[0]
        if name in sources and name not in found:
            found.add(name)
            pending += sources[name]
    return found


def _never_ahead(depends: Depends, count: int | None) -> bool:
    """Whether no step depends on a later one."""
    if nonnegative(STEP - depends.last, T0):
        return True
    if count is None or not _known(depends):
        return False
    last = _function(depends.last)
    return all(last(step) <= step for step in _some(count))


def _steps(given: InputReport) -> Expr:
    return as_expr(given.tensor.symbolic[given.time_axis or 0])


def _known(depends: Depends) -> bool:
    """Whether all sizes in the two formulas have numbers."""
    return all(
        len(bound.numbers()) == len(bound.symbols() - {"t"})
        for bound in (depends.first, depends.last)
    )


def _function(bound: Expr) -> Callable[[int], int]:
    numbers = bound.numbers()
    return lambda step: bound.evaluate({**numbers, "t": step})


def _some(count: int) -> list[int]:
    """Return all steps in order, or some of very many."""
    if count <= MOST_STEPS:
        return list(range(count))
    between = range(SOME, count - SOME, max(1, count // SOME))
    return [*range(SOME), *between, *range(count - SOME, count)]
