"""Report × Keras → the Report with what Keras confirms of every row, and what it denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import KerasCall, KerasOutput, build
from seqinspect.model.finding import Formula, KerasDifference, as_shape
from seqinspect.model.report import Confirmed, Keras, Report, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.model.finding import Shape
    from seqinspect.model.graph import Graph


WITHOUT_BATCH_REMEDY = "say it without the batch, such as --input 10,8"


def confirm(graph: Graph, report: Report) -> Report:
    """Return the report with Keras's word on the shapes and weights of every row.

    Rows at depth 0 and those of models and wrapped layers within are compared; sizes that Keras
    cannot represent (beyond 64 bits) leave a row, and those that read it, not compared: their
    marks stay None and `report.keras.reason` says why. Without a usable Keras the status is
    "unavailable". Raises SpecError where Keras refuses what the rules accept.
    """
    shapeless = [model_input.name for model_input in graph.inputs if model_input.shape is None]
    if shapeless and graph.keras:
        reason = f"the file does not say the shape of `{shapeless[0]}`; {WITHOUT_BATCH_REMEDY}"
        return report.confirmed_by(Keras("not asked", reason=reason), {})
    try:
        calls = build(graph, _expected_outputs(report))
        version, backend, backend_version = runtime.versions()
    except runtime.KerasUnavailable as error:
        return report.confirmed_by(Keras("unavailable", reason=error.reason), {})
    marks: dict[str, Confirmed] = {}
    differences: list[KerasDifference] = []
    for row in report.rows:
        call = calls.get(row.path)
        if call is None or call.reason:
            continue
        shape = tuple(_output_differences(row, call))
        params = tuple(_weight_differences(row, call))
        differences += [*shape, *params]
        marks[row.path] = row.confirmed._replace(shape=not shape, params=not params)
    reason = next(
        (f"{path} is not compared: {call.reason}" for path, call in calls.items() if call.reason),
        "",
    )
    if differences:
        status = "disagrees"
    elif marks or not report.rows:
        status = "agrees"
    else:
        status = "unavailable"
    keras = Keras(status, version, backend, backend_version, False, tuple(differences), reason)
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
