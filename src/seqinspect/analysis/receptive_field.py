"""Receptive field: how far each output sees into each model input, and which layer looks ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.rules.index import MODELS
from seqinspect.time.reach import STEP, STEP_FROM_0

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.report import Depends, InputReport, Report, Row

MAX_STEPS = 1024
"""Of more steps only some are looked at: the first, the last, and some between."""

SAMPLED_STEPS = 64


class ReceptiveField(NamedTuple):
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
    size: int | None
    first_full: int | None
    ahead: int | None
    looks_ahead: str = ""
    example: tuple[int, Expr] | None = None


def receptive_fields(report: Report) -> tuple[ReceptiveField, ...]:
    """Return how far every model output sees into every input that it depends on."""
    return tuple(_receptive_fields(report))


def same_steps(one: Expr, other: Expr) -> bool:
    """Whether two numbers of steps are the same, not just equal by chance as T = 10 and S = 10."""
    if one == other:
        return True
    apart = one.symbols() and other.symbols() and one.symbols().isdisjoint(other.symbols())
    return one.value is not None and one.value == other.value and not apart


def _receptive_fields(report: Report) -> Iterator[ReceptiveField]:
    inputs = {
        model_input.name: model_input
        for model_input in report.inputs
        if model_input.time_axis is not None
    }
    rows = {row.name: row for row in report.top}
    for name in report.outputs:
        row = rows.get(name)  # a second output (`encoder.1`) has no time of its own in a report
        for depends in row.time.depends if row is not None and row.time is not None else ():
            if row is not None and depends.input in inputs:
                yield _receptive_field(report, row, depends, inputs[depends.input])


def _receptive_field(
    report: Report, row: Row, depends: Depends, model_input: InputReport
) -> ReceptiveField:
    steps = _input_steps(model_input)
    time = row.time
    stepped = time is not None and time.axis is not None
    count: int | None = 1
    if stepped and time is not None and time.steps is not None:
        count = time.steps.value
    same = time is not None and time.steps is not None and same_steps(steps, time.steps)
    field = ReceptiveField(row.name, model_input.name, steps, stepped, None, None, None)
    if count is None or not _has_numbers(depends):
        if stepped and same and not _never_ahead(depends, count):
            return field._replace(looks_ahead=_first_ahead(report, row, model_input))
        return field
    first, last = _bound_function(depends.first), _bound_function(depends.last)
    samples = _sampled_steps(count)
    widths = {step: last(step) - first(step) + 1 for step in samples}
    widest = max(widths.values())
    field = field._replace(size=max(0, widest), first_full=_first_full_step(widths, first, last))
    if not stepped or not same:
        return field
    ahead = max(last(step) - step for step in samples if widths[step] > 0 or widest <= 0)
    if ahead <= 0:
        return field._replace(ahead=max(0, ahead))
    step = next(step for step in samples if last(step) > step and widths[step] > 0)
    example = (step, depends.last.substitute({"t": step}))
    return field._replace(
        ahead=ahead, looks_ahead=_first_ahead(report, row, model_input), example=example
    )


def _first_full_step(
    widths: Mapping[int, int], first: Callable[[int], int], last: Callable[[int], int]
) -> int:
    """Return the first step that sees as many as any; between two steps the number rises."""
    widest = max(widths.values())
    full, short = 0, -1
    for step, width in widths.items():
        if width == widest:
            full = step
            break
        short = step
    while full - short > 1:
        middle = (full + short) // 2
        if last(middle) - first(middle) + 1 == widest:
            full = middle
        else:
            short = middle
    return full


def _first_ahead(report: Report, output: Row, model_input: InputReport) -> str:
    """Return the path of the first layer before an output that looks ahead in an input."""
    ancestors = _ancestors(report, output)
    steps = _input_steps(model_input)
    never_ahead: dict[object, bool] = {}  # equal layers one after the other are compared once
    for index, row in enumerate(report.rows):
        time = row.time
        if row.path.partition("/")[0] not in ancestors or time is None or time.steps is None:
            continue
        if _is_model(report, index) or not same_steps(steps, time.steps):
            continue
        for depends in time.depends:
            if depends.input != model_input.name:
                continue
            key = (depends.last, time.steps)
            if key not in never_ahead:
                never_ahead[key] = _never_ahead(depends, time.steps.value)
            if not never_ahead[key]:
                return row.path
    return ""


def _is_model(report: Report, index: int) -> bool:
    """Whether a row is a model whose layers follow, so that one of them can be named."""
    row = report.rows[index]
    return row.type in MODELS and index + 1 < len(report.rows)


def _ancestors(report: Report, output: Row) -> set[str]:
    """Return the names of an output's layer and of all before it."""
    sources = {row.name: row.sources for row in report.top}
    pending, ancestors = [output.name], set()
    while pending:
        name = pending.pop()
        name = name if name in sources else name.rpartition(".")[0]
        if name in sources and name not in ancestors:
            ancestors.add(name)
            pending += sources[name]
    return ancestors


def _never_ahead(depends: Depends, count: int | None) -> bool:
    """Whether no step depends on a later one."""
    if is_nonnegative(STEP - depends.last, STEP_FROM_0):
        return True
    if count is None or not _has_numbers(depends):
        return False
    last = _bound_function(depends.last)
    return all(last(step) <= step for step in _sampled_steps(count))


def _input_steps(model_input: InputReport) -> Expr:
    return as_expr(model_input.tensor.symbolic[model_input.time_axis or 0])


def _has_numbers(depends: Depends) -> bool:
    """Whether all sizes in the two formulas have numbers."""
    return all(
        len(bound.numbers()) == len(bound.symbols() - {"t"})
        for bound in (depends.first, depends.last)
    )


def _bound_function(bound: Expr) -> Callable[[int], int]:
    numbers = bound.numbers()
    return lambda step: bound.evaluate({**numbers, "t": step})


def _sampled_steps(count: int) -> list[int]:
    """Return all steps in order, or some of very many."""
    if count <= MAX_STEPS:
        return list(range(count))
    between = range(SAMPLED_STEPS, count - SAMPLED_STEPS, max(1, count // SAMPLED_STEPS))
    return [*range(SAMPLED_STEPS), *between, *range(count - SAMPLED_STEPS, count)]
