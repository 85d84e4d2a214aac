"""Streaming → JSON, version 1: the stable format that scripts depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_documents, json_escape
from seqinspect.output.stream.words import REASONS
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.streaming.data import (
        Kept,
        LayerStream,
        OutputStream,
        Reason,
        Streaming,
        Witness,
    )

SCHEMA = "seqinspect.stream/1"
LISTS = ("outputs", "layers")


def render(found: Streaming, version: str, *, streams: int = 1, encoding: str = "utf-8") -> str:
    """Return the JSON text on one model."""
    text = json_documents([as_data(found, version, streams=streams)], LISTS, many=False)
    return encodable(text, encoding, json_escape)


def as_data(found: Streaming, version: str, *, streams: int = 1) -> dict[str, Any]:
    """Return what is known as JSON data."""
    report = found.report
    able = found.answer == "yes"
    return {
        "schema": SCHEMA,
        "seqinspect": version,
        "model": report.model,
        "source": report.source,
        "dims": report.sizes,
        "answer": found.answer,
        "reason": _reason(found.reason),
        "layer": found.at or None,
        "witness": _witness(found.witness),
        "fed": list(found.fed),
        "once": list(found.once),
        "streams": streams,
        "kept": _sized("bytes", found.kept_bytes if able else None)
        | _sized("growing", found.growing_bytes if able else None)
        | _sized("all_streams", found.kept_bytes * streams if able else None),
        "multiply_adds": _sized("step", found.multiply_adds if able else None)
        | _sized("once", found.once_multiply_adds if able else None)
        | _sized(
            "window",
            report.multiply_adds if all(row.work_known for row in report.top) else None,
        ),
        "delay": None if found.delay is None else found.delay.python(),
        "outputs": list(map(_output, found.outputs)),
        "layers": list(map(_layer, found.layers)),
    }


def _sized(name: str, size: Expr | None) -> dict[str, Any]:
    """Return a number and its formula; null where they are not known."""
    return {
        name: None if size is None else size.value,
        f"{name}_formula": None if size is None else size.python(),
    }


def _reason(reason: Reason | None) -> dict[str, str] | None:
    if reason is None:
        return None
    return {"kind": reason.name.lower().replace("_", " "), "text": REASONS[reason]}


def _witness(witness: Witness | None) -> dict[str, Any] | None:
    if witness is None:
        return None
    return {
        "output_step": witness.step,
        "input": witness.input or None,
        "input_step": witness.last.value,
        "input_step_formula": witness.last.python(),
    }


def _output(output: OutputStream) -> dict[str, Any]:
    return {
        "name": output.name,
        "answer": output.answer,
        "ready": None if output.ready is None else output.ready.python(),
        "newest": output.newest,
        "delay": None if output.delay is None else output.delay.python(),
    }


def _layer(layer: LayerStream) -> dict[str, Any]:
    return {
        "path": layer.path,
        "type": layer.type,
        "place": None if layer.place is None else str(layer.place),
        "answer": layer.answer,
        "reason": _reason(layer.reason),
        "witness": _witness(layer.witness),
        "kept": list(map(_kept, layer.kept)),
        "multiply_adds": _sized("step", layer.multiply_adds)
        | _sized("once", layer.once)
        | _sized("window", layer.window),
        "ready": None if layer.ready is None else layer.ready.python(),
    }


def _kept(kept: Kept) -> dict[str, Any]:
    return {
        "role": kept.role.name.lower(),
        "name": kept.name,
        "shape": [size.value for size in kept.shape],
        "symbolic": [size.python() for size in kept.shape],
        "dtype": kept.dtype,
        "grows": kept.grows,
        **_sized("bytes", kept.bytes),
    }
