"""Report × Keras → the Report with what Keras confirms of every row, and what it denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import KerasCall, KerasOutput, build
from seqinspect.model.report import Confirmed, Keras, Report, Row
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.model.graph import Graph


SAY_IT = "say it without the batch, such as --input 10,8"


def confirm(graph: Graph, report: Report) -> Report:
    """Return the report with Keras's word on the shapes and weights of every row.

    Rows at depth 0 and those of models and wrapped layers within are compared; sizes that Keras
    cannot represent (beyond 64 bits) leave a row, and those that read it, not compared: their
    marks stay None and `report.keras.reason` says why. Without a usable Keras the status is
    "unavailable". Raises SpecError where Keras refuses what the rules accept.
    """
    shapeless = [given.name for given in graph.inputs if given.shape is None]
    if shapeless and graph.keras:
        reason = f"the file does not say the shape of `{shapeless[0]}`; {SAY_IT}"
        return report.confirmed_by(Keras("not asked", reason=reason), {})
    try:
        calls = build(graph, _said(report))
        version, backend, backend_version = runtime.versions()
    except runtime.KerasUnavailable as error:
        return report.confirmed_by(Keras("unavailable", reason=error.reason), {})
    marks: dict[str, Confirmed] = {}
    differences: list[str] = []
    for row in report.rows:
        call = calls.get(row.path)
        if call is None or call.reason:
            continue
        shape = list(_outputs(row, call))
        params = list(_weights(row, call))
        differences += [f"{row.path}: {difference}" for difference in (*shape, *params)]
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


def _said(report: Report) -> dict[str, tuple[KerasOutput, ...]]:
    """Return the outputs of every row whose shapes are known."""
    return {
        row.path: tuple(KerasOutput(output.shape, output.dtype) for output in row.outputs)
        for row in report.rows
        if not any(output.unknown_shape for output in row.outputs)
    }


def _outputs(row: Row, call: KerasCall) -> Iterator[str]:
    """Say where Keras's outputs differ in number, shape or dtype."""
    ours = [(output.shape, output.dtype, shape_text(output.symbolic)) for output in row.outputs]
    if len(ours) != len(call.outputs):
        yield f"seqinspect says {_count(len(ours))}, Keras says {_count(len(call.outputs))}"
        return
    for index, ((shape, dtype, text), theirs) in enumerate(zip(ours, call.outputs, strict=True)):
        which = f"output {index}: " if len(ours) > 1 else ""
        if shape != theirs.shape:
            yield f"{which}seqinspect says {text}, Keras says {_shape(theirs.shape)}"
        if dtype != theirs.dtype:
            yield f"{which}seqinspect says {dtype}, Keras says {theirs.dtype}"


def _weights(row: Row, call: KerasCall) -> Iterator[str]:
    """Say where Keras's weights differ in name, shape, dtype, or in whether they are trained."""
    theirs = {weight.name: weight for weight in call.weights}
    for weight in row.weights:
        other = theirs.pop(weight.name, None)
        if other is None:
            yield f"seqinspect says {weight.name} {_shape(weight.shape)}, Keras has none"
            continue
        for name, mine, its in (
            ("", _shape(weight.shape), _shape(other.shape)),
            (" is", weight.dtype, other.dtype),
            (" is", _trained(trainable=weight.trainable), _trained(trainable=other.trainable)),
        ):
            if mine != its:
                yield f"seqinspect says {weight.name}{name} {mine}, Keras says {its}"
    for other in theirs.values():
        yield f"Keras has {other.name} {_shape(other.shape)}, seqinspect does not"


def _shape(shape: Iterable[int | None]) -> str:
    return str(tuple(shape))


def _count(outputs: int) -> str:
    return f"{outputs} output{'s' * (outputs != 1)}"


def _trained(*, trainable: bool) -> str:
    return "trained" if trainable else "not trained"
