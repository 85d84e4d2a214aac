"""What changed between two models → JSON, version 1: the stable format that scripts depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.model.json_text import json_document, json_documents, json_escape
from seqinspect.model.report import Row, TensorReport
from seqinspect.output.diff import words as diff_words
from seqinspect.output.diff.checkpoint import refusal
from seqinspect.output.report.json import depends_data
from seqinspect.output.report.time_notes import time_note
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.compare.checkpoint import LoadedSlot, LoadResult, Stored
    from seqinspect.compare.diff import Change, Detail, Diff, InputChange
    from seqinspect.model.report import Report

SCHEMA = "seqinspect.diff/1"
LISTS = ("inputs", "layers", "model")


def render(
    diffs: Sequence[Diff], version: str, *, many: bool = False, encoding: str = "utf-8"
) -> str:
    """Return the JSON text of one comparison or, for `many`, of an array of them."""
    documents = (as_data(diff, version) for diff in diffs)
    return encodable(json_documents(documents, LISTS, many=many), encoding, json_escape)


def render_fit(
    source: str, file: str, found: LoadResult, version: str, *, encoding: str = "utf-8"
) -> str:
    """Return the JSON text on a file of weights and a spec."""
    data = {
        "schema": SCHEMA,
        "seqinspect": version,
        "old": {"weights": file},
        "new": {"source": source},
        "breaking": found.loads != "fully",
        "checkpoint": checkpoint(found),
    }
    return encodable(json_document(data, LISTS) + "\n", encoding, json_escape)


def as_data(diff: Diff, version: str) -> dict[str, Any]:
    """Return a comparison as JSON data."""
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "old": _side(diff.old),
        "new": _side(diff.new),
        "same": diff.same,
        "breaking": diff.breaking,
        "checkpoint": {
            **checkpoint(diff.load_result),
            "crossed": [
                {"layer": fit.slot.layer, "given": None if fit.stored is None else fit.stored.layer}
                for fit in diff.crossed
            ],
            "fitting": [{"new": new, "old": old} for new, old in diff.fitting],
            "swapped": [
                {
                    "layer": swap.path,
                    "old": list(map(str, swap.old)),
                    "new": list(map(str, swap.new)),
                    "weights": list(swap.weights),
                }
                for swap in diff.swapped
            ],
        },
        "inputs": [_input(change) for change in diff.inputs],
        "layers": [_change(change) for change in diff.changes],
        "model": [_detail(detail) for detail in diff.model],
    }


def checkpoint(found: LoadResult) -> dict[str, Any]:
    """Return the verdict on a checkpoint as JSON data."""
    return {
        "loads": found.loads,
        "loaded": found.loaded,
        "wanted": found.expected,
        "layers": [_fit(fit) for fit in found.slots],
        "unused": [_stored(stored) for stored in found.unused],
        "unknown": list(found.unknown),
        **({"refused": refusal(found.refused)} if found.refused else {}),
    }


def _side(report: Report) -> dict[str, Any]:
    return {
        "model": report.model,
        "source": report.source,
        "dims": report.sizes,
        "outputs": list(report.outputs),
        "params": report.params if report.complete else None,
        "trainable": report.trainable if report.complete else None,
        "formula": report.formula.python() if report.complete else None,
        "multiply_adds": report.multiply_adds.value,
        "bytes": report.bytes if report.complete else None,
        "causal": report.causal,
        "keras": {"version": report.keras.version, "status": report.keras.status},
    }


def _fit(fit: LoadedSlot) -> dict[str, Any]:
    return {
        "layer": fit.slot.layer,
        "type": fit.slot.type,
        "path": fit.slot.path,
        "weights": [
            {"name": weight.name, "shape": list(weight.shape)} for weight in fit.slot.weights
        ],
        "stored": None if fit.stored is None else _stored(fit.stored),
        "loaded": fit.loaded,
        "reason": fit.reason or None,
    }


def _stored(stored: Stored) -> dict[str, Any]:
    return {
        "path": stored.path,
        "layer": stored.layer,
        "shapes": {key: list(shape) for key, shape in stored.shapes.items()},
    }


def _input(change: InputChange) -> dict[str, Any]:
    return {
        "old": None if change.old is None else change.old.name,
        "new": None if change.new is None else change.new.name,
        "details": [_detail(detail) for detail in change.details],
    }


def _change(change: Change) -> dict[str, Any]:
    old, new = change.old, change.new
    place = None if new is None else new.place
    return {
        "kinds": list(change.kinds),
        "old": None if old is None else old.path,
        "new": None if new is None else new.path,
        "old_type": None if old is None else old.type,
        "new_type": None if new is None else new.type,
        "place": None if place is None else str(place),
        "details": [_detail(detail) for detail in change.details],
    }


def _detail(detail: Detail) -> dict[str, Any]:
    named = {"name": detail.name} if detail.name else {}
    value = _time if detail.what == "time" else _value
    return {
        "what": detail.what,
        **named,
        "old": value(detail.old),
        "new": value(detail.new),
    }


def _value(given: object) -> Any:
    if given is None or isinstance(given, bool | int | float | str):
        return given
    if isinstance(given, Expr):
        return given.python() if given.value is None else given.value
    if isinstance(given, TensorReport):
        unknown = given.unknown_shape
        return {
            "shape": None if unknown else list(given.shape),
            "symbolic": None if unknown else _python(given.symbolic),
            "dtype": None if unknown else given.dtype,
        }
    if isinstance(given, Row):
        known = given.complete
        return {
            "params": given.params if known else None,
            "formula": given.formula.python() if known else None,
        }
    if type(given) is tuple:
        return [_value(each) for each in given]
    return diff_words.value(given)


def _time(row: object) -> dict[str, Any] | None:
    if not isinstance(row, Row) or row.time is None:
        return None
    return {
        "reads": row.time.reads,
        "shared": row.time.shared,
        "depends": [depends_data(each) for each in row.time.depends],
        "note": time_note(row),
    }


def _python(shape: Iterable[Expr]) -> list[str]:
    return [size.python() for size in shape]
