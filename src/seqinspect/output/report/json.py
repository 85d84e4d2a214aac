"""Report → JSON, version 1: the stable format that scripts depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_escape, json_pieces, json_text
from seqinspect.model.masks import Made, Unmarked, makers
from seqinspect.output.report.summary import SOURCE_NOTES
from seqinspect.output.report.time_notes import time_note, unsupported_note
from seqinspect.output.text import encodable
from seqinspect.rules.reason_text import translation_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.finding import Finding
    from seqinspect.model.look_ahead import LookAhead, Moved
    from seqinspect.model.masks import Marks, MaskReport
    from seqinspect.model.memory import Activations, Memory
    from seqinspect.model.report import (
        Depends,
        InputReport,
        ReceptiveField,
        Report,
        Row,
        TensorReport,
        TimeReport,
        WeightReport,
    )

SCHEMA = "seqinspect.report/1"
LISTS = ("inputs", "layers", "findings")

PART = 64 * 1024
"""Text that is written at once has about so many characters."""


def render(
    reports: Sequence[Report], version: str, *, many: bool = False, encoding: str = "utf-8"
) -> str:
    """Return the JSON text of one report or, for `many`, of an array of them; one layer a line."""
    return "".join(parts(reports, version, many=many, encoding=encoding))


def parts(
    reports: Sequence[Report], version: str, *, many: bool = False, encoding: str = "utf-8"
) -> Iterator[str]:
    """Yield that text in parts, so that none but one is held at a time."""
    documents = (_data(report, version) for report in reports)
    held: list[str] = []
    length = 0
    for piece in json_pieces(documents, LISTS, many=many):
        held.append(piece)
        length += len(piece)
        if length > PART:
            yield encodable("".join(held), encoding, json_escape)
            held, length = [], 0
    yield encodable("".join(held), encoding, json_escape)


def lines(reports: Iterable[Report], version: str, *, encoding: str = "utf-8") -> str:
    """Return one JSON report a line."""
    texts = (f"{json_text(as_data(report, version))}\n" for report in reports)
    return encodable("".join(texts), encoding, json_escape)


def as_data(report: Report, version: str) -> dict[str, Any]:
    """Return the report as JSON data: dicts, lists, texts, integers, true, false and null."""
    layers = [
        _layer(row, [*map(_weight, row.weights)], [*map(_tensor, row.outputs)])
        for row in report.rows
    ]
    return {**_data(report, version), "layers": layers}


def _data(report: Report, version: str) -> dict[str, Any]:
    """Return the report as JSON data whose layers are made one at a time."""
    keras, params, trainable = report.keras, report.params, report.trainable
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "model": report.model,
        "source": report.source,
        "dims": report.sizes,
        **({"dim_texts": dict(report.size_texts)} if report.size_texts else {}),
        "inputs": [_input(given) for given in report.inputs],
        "layers": _layers(report.rows),
        "outputs": list(report.outputs),
        "totals": {
            "params": params if report.complete else None,
            "trainable": trainable if report.complete else None,
            "non_trainable": _difference(params, trainable) if report.complete else None,
            "formula": report.formula.python(),
            "multiply_adds": report.multiply_adds.value
            if all(row.work_known for row in report.top)
            else None,
            "bytes": report.bytes if report.complete else None,
            **({} if report.complete else {"at_least": True, "params_at_least": params}),
        },
        **({} if report.memory is None else {"memory": _memory(report, report.memory)}),
        "causal": report.causal,
        **({} if report.causal is None or report.causal_proved else {"causal_proved": False}),
        "receptive_fields": [_field(field) for field in report.fields],
        "keras": {
            "version": keras.version,
            "backend": keras.backend,
            "backend_version": keras.backend_version,
            "status": keras.status,
            "cached": keras.cached,
            **({"numbers": list(map(dict, keras.numbers))} if keras.numbers else {}),
        },
        "findings": [_finding(finding) for finding in report.findings],
        **({"notes": [SOURCE_NOTES[note] for note in report.notes]} if report.notes else {}),
    }


def _input(given: InputReport) -> dict[str, Any]:
    return {"name": given.name, **_tensor(given.tensor), "time_axis": given.time_axis}


def _tensor(tensor: TensorReport) -> dict[str, Any]:
    return {
        "shape": None if tensor.unknown_shape else list(tensor.shape),
        "symbolic": None if tensor.unknown_shape else _python(tensor.symbolic),
        "dtype": None if tensor.unknown_shape else tensor.dtype,
    }


def _layers(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield the layers, one at a time; equal ones share what they state, which is made once."""
    weights: dict[int, list[Any]] = {}
    outputs: dict[int, list[Any]] = {}
    for row in rows:
        if id(row.weights) not in weights:
            weights[id(row.weights)] = list(map(_weight, row.weights))
        if id(row.outputs) not in outputs:
            outputs[id(row.outputs)] = list(map(_tensor, row.outputs))
        yield _layer(row, weights[id(row.weights)], outputs[id(row.outputs)])


def _layer(row: Row, weights: list[Any], outputs: list[Any]) -> dict[str, Any]:
    known = row.complete
    said = {"opaque": unsupported_note(row), "translated": translation_text(row.translated)}
    return {
        "name": row.name,
        "path": row.path,
        "depth": row.depth,
        "type": row.type,
        "place": None if row.place is None else str(row.place),
        "from": list(row.sources),
        **({"call": {name: list(refs) for name, refs in row.call}} if row.call else {}),
        "reuses": row.reuses,
        "outputs": outputs,
        "params": row.params if known else None,
        "trainable": row.trainable if known else None,
        "formula": row.formula.python() if known else None,
        "formula_text": row.formula.text() if known else None,
        "weights": weights,
        "multiply_adds": row.multiply_adds.value if row.work_known else None,
        "multiply_adds_formula": row.multiply_adds.python() if row.work_known else None,
        "time": None if row.time is None else _time(row, row.time),
        **({} if row.mask is None else {"mask": _mask(row.mask)}),
        "confirmed": {
            "shape": row.confirmed.shape,
            "params": row.confirmed.params,
            "time": row.confirmed.time,
            **({} if row.confirmed.mask is None else {"mask": row.confirmed.mask}),
        },
        **{name: text for name, text in said.items() if text},
    }


def _difference(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _weight(weight: WeightReport) -> dict[str, Any]:
    return {
        "name": weight.name,
        "shape": list(weight.shape),
        "symbolic": _python(weight.symbolic),
        "trainable": weight.trainable,
        "dtype": weight.dtype,
    }


def _time(row: Row, time: TimeReport) -> dict[str, Any]:
    return {
        "axis": time.axis,
        "steps": None if time.steps is None else time.steps.value,
        "reads": time.reads,
        "applications": time.applications.value,
        "shared": time.shared,
        "depends": [depends_data(each) for each in time.depends],
        "note": time_note(row),
    }


def _field(field: ReceptiveField) -> dict[str, Any]:
    return {
        "output": field.output,
        "input": field.input,
        "size": field.size,
        "steps_read": field.reads,
        "first_full": field.first_full,
        "causal": field.causal,
        "ahead": field.ahead,
        "looks_ahead": None if field.looks_ahead is None else _look_ahead(field.looks_ahead),
        **({} if field.proved else {"proved": False}),
    }


def _look_ahead(ahead: LookAhead) -> dict[str, Any]:
    return {
        "output_step": ahead.step,
        "input_step": ahead.last,
        "layer": ahead.layer,
        "path": list(ahead.path),
        **({"numbers": dict(ahead.numbers)} if ahead.numbers else {}),
        **({} if ahead.moved is None else {"moved": _moved(ahead.moved)}),
    }


def _moved(moved: Moved) -> dict[str, int]:
    return {"output_step": moved.step, "input_step": moved.by, "steps": moved.steps}


def depends_data(depends: Depends) -> dict[str, Any]:
    """Return what step t depends on of one input."""
    return {
        "input": depends.input,
        **{
            name: None if bound is None else bound.plain().python()
            for name, bound in (("first", depends.first), ("last", depends.last))
        },
        **({} if depends.proved else {"proved": False}),
    }


def _mask(report: MaskReport) -> dict[str, Any]:
    """What a call does with the mask that it receives or, where it makes one, with that one."""
    mask = report.mask or report.output
    return {
        "made": list(makers(mask.marks)) if mask is not None else [report.made],
        "shape": None if mask is None else [size.value for size in mask.symbolic],
        "symbolic": None if mask is None else _python(mask.symbolic),
        "marks": None if mask is None else _marks(mask.marks),
        "use": report.use.name.lower(),
        "leaves_out": report.leaves_out,
        "carries": report.carries,
        "ended": report.ended or None,
        "runs": report.runs,
    }


def _marks(marks: Marks) -> Any:
    """Which positions are padding: by the call that says so, or by all of some, or side by side."""
    if isinstance(marks, Made):
        return marks.at
    if isinstance(marks, Unmarked):
        return None
    return {type(marks).__name__.lower(): list(map(_marks, marks.marks))}


def _memory(report: Report, memory: Memory) -> dict[str, Any]:
    from seqinspect.analysis.memory import bytes_at_batch  # noqa: PLC0415 - only where it was asked for

    def amount(size: Expr) -> dict[str, Any]:
        return {"bytes": bytes_at_batch(size, memory.batch), "formula": size.python()}

    def kept(activations: Activations | None) -> dict[str, Any] | None:
        if activations is None:
            return None
        return {**amount(activations.bytes), "while": activations.at or None}

    return {
        "batch": memory.batch,
        "optimizer": memory.optimizer,
        "weights": {dtype: amount(size) for dtype, size in memory.weights},
        "gradients": amount(memory.gradients),
        "optimizer_state": amount(memory.state),
        "forward_activations": kept(memory.forward),
        "training_activations": kept(memory.training),
        **({} if report.complete and not report.stored else {"at_least": True}),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    from seqinspect.output.findings.sentences import message, remedy  # noqa: PLC0415 - few have any

    return {
        "code": finding.code,
        "message": message(finding),
        "place": None if finding.place is None else str(finding.place),
        "remedy": remedy(finding),
    }


def _python(shape: Iterable[Expr]) -> list[str]:
    return [size.python() for size in shape]
