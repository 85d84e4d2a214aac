"""Report × Keras → the Report with what Keras confirms of every row, and what it denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import KerasCall, KerasOutput, build
from seqinspect.model.finding import Formula, KerasDifference, as_shape
from seqinspect.model.report import Confirmed, Keras, Report, Row
from seqinspect.model.sizes import unknown_sizes, with_numbers
from seqinspect.model.unconfirmed import (
    InputWithoutShape,
    NoNumbersFit,
    NotCompared,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.finding import Difference, Shape
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import KerasStatus


SETS = 3
"""With so many sets of numbers a formula in sizes that are not known is compared."""

NUMBERS = (5, 7, 11, 8, 12, 6, 16, 9, 10, 24, 32, 48)
"""Numbers that are tried for such sizes: some layers want even ones, or multiples of others."""


def confirm(graph: Graph, report: Report) -> Report:
    """Return the report with Keras's verdict on the shapes and weights of every row.

    Where weights hang on sizes that are not known, Keras is asked at several numbers for them, and
    the formulas must give what it says at each (`report.keras.numbers`). See `_confirm` for the
    rest. Raises SpecError where Keras refuses what the rules accept.
    """
    names = unknown_sizes(report)
    if not names:
        return _confirm(graph, report)
    found: list[tuple[dict[str, int], Report]] = []
    for turn in range(len(NUMBERS)):
        chosen = {name: NUMBERS[(turn + 3 * at) % len(NUMBERS)] for at, name in enumerate(names)}
        numbered = with_numbers(graph, chosen)
        try:
            small = _confirm(numbered, analyse(numbered))
        except SpecError:
            continue  # these numbers do not go together; others may
        found.append((chosen, small))
        if len(found) == SETS:
            break
    if not found:
        keras = Keras("not asked", reasons=(NoNumbersFit(tuple(names)),))
        return report.confirmed_by(keras, {})
    return _confirmed_at(report, found)


def _confirmed_at(report: Report, found: Sequence[tuple[dict[str, int], Report]]) -> Report:
    """Return the report with what Keras said at several sets of numbers."""
    marks = {row.path: row.confirmed for row in report.rows}
    differences: list[Difference] = []
    for numbers, small in found:
        differences += small.keras.differences
        rows = {row.path: row for row in small.rows}
        for row in report.rows:
            other = rows.get(row.path)
            if other is None:
                marks[row.path] = Confirmed()
                continue
            held = _evaluated(row, numbers) == _evaluated(other, {})
            marks[row.path] = Confirmed(
                shape=_both(marks[row.path].shape, other.confirmed.shape, held=held),
                params=_both(marks[row.path].params, other.confirmed.params, held=held),
            )
    keras = found[0][1].keras
    wrong = bool(differences) or any(False in (mark.shape, mark.params) for mark in marks.values())
    return report.confirmed_by(
        keras._replace(
            status="disagrees" if wrong else keras.status,
            differences=tuple(differences),
            numbers=tuple(numbers for numbers, _ in found),
        ),
        marks,
    )


def _both(before: bool | None, now: bool | None, *, held: bool) -> bool | None:
    """Return what was confirmed both times: False where the formula or Keras denies it."""
    if False in (before, now) or (now and not held):
        return False
    return now


def _evaluated(row: Row, numbers: Mapping[str, int]) -> tuple[object, ...]:
    """Return shapes and weights of a row, with numbers for the names that have none."""
    sizes = dict(numbers)

    def value(size: Expr) -> object:
        return size.substitute(sizes).value if sizes else size.value

    return (
        [[value(size) for size in output.symbolic] for output in row.outputs],
        [[value(size) for size in weight.symbolic] for weight in row.weights],
        value(row.formula),
    )


def _confirm(graph: Graph, report: Report) -> Report:
    """Return the report with Keras's word, where all sizes that it must know have numbers.

    Rows at depth 0 and those of models and wrapped layers within are compared; sizes that Keras
    cannot represent (beyond 64 bits) leave a row, and those that read it, not compared: their
    marks stay None and `report.keras.reasons` say why. Without a usable Keras the status is
    "unavailable". Raises SpecError where Keras refuses what the rules accept.
    """
    shapeless = [model_input.name for model_input in graph.inputs if model_input.shape is None]
    if shapeless and graph.keras:
        keras = Keras("not asked", reasons=(InputWithoutShape(shapeless[0]),))
        return report.confirmed_by(keras, {})
    try:
        calls = build(graph, _expected_outputs(report))
        version, backend, backend_version = runtime.versions()
    except runtime.KerasUnavailable as error:
        return report.confirmed_by(Keras("unavailable", reasons=(error.reason,)), {})
    marks: dict[str, Confirmed] = {}
    differences: list[KerasDifference] = []
    for row in report.rows:
        call = calls.get(row.path)
        if call is None or call.reason is not None:
            continue
        shape = tuple(_output_differences(row, call))
        params = tuple(_weight_differences(row, call))
        differences += [*shape, *params]
        marks[row.path] = row.confirmed._replace(shape=not shape, params=not params)
    reasons = (NotCompared(path, call.reason) for path, call in calls.items() if call.reason)
    status: KerasStatus
    if differences:
        status = "disagrees"
    elif marks or not report.rows:
        status = "agrees"
    else:
        status = "unavailable"
    keras = Keras(
        status, version, backend, backend_version, False, tuple(differences), tuple(reasons)[:1]
    )
    return report.confirmed_by(keras, marks)


def _expected_outputs(report: Report) -> dict[str, tuple[KerasOutput, ...]]:
    """Return the outputs of every row whose shapes are known."""
    return {
        row.path: tuple(KerasOutput(output.shape, output.dtype) for output in row.outputs)
        for row in report.rows
        if not any(output.unknown_shape for output in row.outputs)
    }


def _output_differences(row: Row, call: KerasCall) -> Iterator[KerasDifference]:
    """Yield where Keras's outputs differ in number, shape or dtype."""
    path, ours, theirs = row.path, row.outputs, call.outputs
    if len(ours) != len(theirs):
        yield KerasDifference(path, "outputs", "", len(ours), len(theirs))
        return
    for index, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
        name = f"output {index}" if len(ours) > 1 else ""
        if mine.shape != its.shape:
            shape = as_shape(tuple(size.plain() for size in mine.symbolic))
            yield KerasDifference(path, "output shape", name, shape, _numbers(its.shape))
        if mine.dtype != its.dtype:
            yield KerasDifference(path, "output dtype", name, mine.dtype, its.dtype)


def _weight_differences(row: Row, call: KerasCall) -> Iterator[KerasDifference]:
    """Yield where Keras's weights differ in name, shape, dtype, or in whether they are trained."""
    theirs = {weight.name: weight for weight in call.weights}
    for weight in row.weights:
        path, name, shape = row.path, weight.name, _numbers(weight.shape)
        other = theirs.pop(name, None)
        if other is None:
            yield KerasDifference(path, "weight shape", name, shape, None)
            continue
        if weight.shape != tuple(other.shape):
            yield KerasDifference(path, "weight shape", name, shape, _numbers(other.shape))
        if weight.dtype != other.dtype:
            yield KerasDifference(path, "weight dtype", name, weight.dtype, other.dtype)
        if weight.trainable != other.trainable:
            yield KerasDifference(path, "trainable", name, weight.trainable, other.trainable)
    for other in theirs.values():
        yield KerasDifference(row.path, "weight shape", other.name, None, _numbers(other.shape))


def _numbers(shape: Iterable[int | None]) -> Shape:
    return tuple(None if size is None else Formula(str(size), size) for size in shape)
