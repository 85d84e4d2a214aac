"""Layers, models and functions from code that is not read: each is a row whose weights are open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.readers.python.run import LONGEST_TEXT
from seqinspect.readers.python.values import (
    Call,
    External,
    InputValue,
    LayerValue,
    TensorValue,
    Unknown,
)

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.values import At

CLASS = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Z]\w*)(?:\.from_\w+)?\(.*\)", re.DOTALL)
"""An object of a class, as the source makes it."""

SIDE = re.compile(r"\.(input|output)s?(\[-?\d+\])?$")
"""How the source takes a tensor of a model."""

PART = re.compile(r"\.(get_layer(\(.*\))?|layers(\[.*\])?)$", re.DOTALL)
"""How the source takes a layer of a model."""


def origin(value: Unknown | External) -> str:
    """Return where a value comes from, as the source has it."""
    return value.path if isinstance(value, External) else value.source or value.text


def foreign_layer(run: Run, value: object, at: At) -> LayerValue | None:
    """Return the layer that a value must be, where a layer is needed; None for what can be none."""
    if not isinstance(value, Unknown | External):
        return None
    text = origin(value)
    made = CLASS.fullmatch(text)
    words = [made[1]] if made is not None else re.findall(r"[A-Za-z_]\w*", _name(value))
    if not words:
        return None
    own = isinstance(value, Unknown) and (value.source or made is not None)
    known = run.foreign.get(id(value) if own else text)
    if known is not None and isinstance(value, Unknown):  # each call of a function is its own
        return known[1]
    shown = re.sub(r"\s+", " ", text)
    shown = shown if len(shown) <= LONGEST_TEXT else f"{shown[: LONGEST_TEXT - 1]}…"
    layer = LayerValue(words[-1], "", {}, at, foreign=shown)
    run.layers.append(layer)
    run.foreign[id(value) if own else text] = (value, layer)
    return layer


def _name(value: Unknown | External) -> str:
    return value.path if isinstance(value, External) else value.text


def foreign_tensor(run: Run, value: object, at: At) -> TensorValue | None:
    """Return the tensor that `base_model.input` or `base_model.output` is; None for others."""
    owner, side = _owner_and_side(value)
    if owner is None:
        return None
    whole = owner
    while PART.search(whole.text) and whole.owner is not None:
        whole = whole.owner
    if side == "input":  # that of a layer within it is another one than its own
        whole = owner
    layer = foreign_layer(run, whole, at)
    if layer is None:
        return None
    call = run.foreign_calls.get(id(layer))
    if call is None:
        call = Call(layer, [TensorValue(InputValue({}, at))], False, {}, at)
        run.enter(call)
        run.foreign_calls[id(layer)] = call
    return call.sources[0] if side == "input" else part_of(run, call, owner.text)


def _owner_and_side(value: object) -> tuple[Unknown | None, str]:
    """Return the model that a value is a tensor of, and whether it is its input or its output."""
    side = ""
    while isinstance(value, Unknown) and value.owner is not None:
        found = SIDE.search(origin(value))
        if found is None:
            break
        side, value = found[1], value.owner
        if not SIDE.search(value.text):
            return value, side
    return None, ""


def part_of(run: Run, call: Call, text: str) -> TensorValue:
    """Return one of the tensors that a call of what is not read makes, by how it is taken."""
    parts = run.foreign_parts.setdefault(id(call), {})
    index = parts.setdefault(text, len(parts))
    call.outputs = max(call.outputs, index + 1)
    return TensorValue(call, index)
