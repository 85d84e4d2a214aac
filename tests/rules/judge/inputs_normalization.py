"""Hints for the normalization layers: axes, groups that divide the channels, layers to wrap."""

from __future__ import annotations

from typing import Any

from seqinspect.algebra.expression import symbol
from seqinspect.model.facts import Tensor
from tests.rules.judge.draw import Draft, Draw, Given, draws


def one_axis(draw: Draw, x: Tensor) -> int:
    """An axis, at times that of the batch, or one that does not exist."""
    if draw.wrong(0.05) or x.rank == 1:
        return draw.choice([x.rank - 1, x.rank, x.rank + 2, -x.rank - 1])
    return draw.axis(x.rank, 0 if x.shape[0].value and draw.chance(0.3) else 1)


def axes(draw: Draw, layer: str, x: Tensor) -> object:
    """One axis or a list of them, in any order; at times empty, or with one named twice."""
    if draw.chance(0.4) or x.rank < 3:
        return one_axis(draw, x)
    listed = draw.random.sample(range(1, x.rank), draw.integer(1, x.rank - 1))
    if draw.wrong(0.05):
        return []
    if layer != "LayerNormalization":
        # No axis twice: a trace of these layers does not show that they fail.
        return [axis - x.rank for axis in listed] if draw.chance(0.3) else listed
    if draw.wrong(0.1):
        listed.append(draw.choice(listed))
    return [axis - x.rank if draw.chance(0.2) else axis for axis in listed]


def odd(axis: object, rank: int) -> str:
    """What is wrong with some axes, for which the judge then traces the real call."""
    listed: list[Any] = axis if isinstance(axis, list) else [axis]
    if not listed or len({one % rank for one in listed}) < len(listed):
        return "an axis twice, or none"
    return "" if all(-rank <= one < rank for one in listed) else "an axis that does not exist"


def fixed_batch(draw: Draw) -> None:
    """Fix the batch size, one time in five."""
    if not draw.real and draw.chance(0.2):
        draw.batch = symbol("batch", 3)


@draws("BatchNormalization")
def batch_normalization(draw: Draw, layer: str) -> Draft:
    fixed_batch(draw)
    x = draw.any_tensor(low=1 if draw.wrong(0.05) else 2)
    options = draw.options(
        layer, axis=lambda: one_axis(draw, x), renorm_clipping=lambda: clipping(draw)
    )
    inputs: dict[str, Given] = {"inputs": x}
    if x.fold is None and x.rank > 1 and draw.chance(0.2):
        rank = x.rank - (0 if draw.wrong() else 1)
        time = x.time if x.time is not None and x.time < rank else None
        inputs["mask"] = Tensor(x.shape[:rank], "float64" if draw.real else "bool", time)
        return Draft(layer, options, inputs, spoiled="the mask" if rank == x.rank else "")
    return Draft(layer, options, inputs)


def clipping(draw: Draw) -> dict[str, object] | None:
    """Limits of batch renormalization, right and wrong ones."""
    low, high = (3, 1) if draw.wrong() else (0.5, 2)
    found: dict[str, object] = {"rmin": low, "rmax": high, "dmax": -1 if draw.wrong() else 1.5}
    if draw.wrong():
        found["rmiddle"] = 1
    return {name: limit for name, limit in found.items() if draw.chance(0.7)} or None


@draws("LayerNormalization", "RMSNormalization", "UnitNormalization")
def along_axes(draw: Draw, layer: str) -> Draft:
    fixed_batch(draw)
    x = draw.any_tensor(low=1 if draw.wrong(0.05) else 2)
    options = draw.options(layer, axis=lambda: axes(draw, layer, x))
    if draw.real and layer == "RMSNormalization" and isinstance(options.get("axis"), list | int):
        count = draw.integer(1, x.rank - 1)  # other axes than the last ones run by accident only
        options["axis"] = list(range(x.rank - count, x.rank))
    spoiled = odd(options.get("axis", -1), x.rank)
    if layer == "RMSNormalization" and options.get("axis", -1) != -1:
        spoiled = spoiled or "scale along other axes"
    name = "x" if layer == "RMSNormalization" else "inputs"
    return Draft(layer, options, {name: x}, spoiled=spoiled, loose=bool(spoiled))


@draws("GroupNormalization")
def group_normalization(draw: Draw, layer: str) -> Draft:
    fixed_batch(draw)
    x = draw.any_tensor(low=1 if draw.wrong(0.05) else 2)
    options = draw.options(layer, never=("groups",), axis=lambda: one_axis(draw, x))
    axis = options.get("axis", -1)
    channels = 0
    if isinstance(axis, int) and -x.rank <= axis < x.rank:
        channels = x.shape[axis].value or 0
    fitting = [groups for groups in range(1, channels + 1) if channels % groups == 0]
    options["groups"] = draw.choice([-1, *fitting, *fitting])
    if draw.wrong(0.2):
        options["groups"] = draw.choice([0, -2, 2, 3, 32])
    spoiled = "the batch from the end" if axis == -x.rank or x.rank == 1 else ""
    return Draft(layer, options, {"inputs": x}, spoiled=spoiled, loose=bool(spoiled))


@draws("SpectralNormalization")
def spectral_normalization(draw: Draw, layer: str) -> Draft:
    kinds = ["Dense", "Dense", "Conv1D", "Embedding"]
    kind = draw.choice(["Dense", "Conv1D"] if draw.real else kinds)
    x = draw.any_tensor()
    inner: dict[str, object] = {}
    if kind == "Conv1D":
        x = draw.sequence()
        inner = {"filters": draw.number(), "kernel_size": draw.integer(1, 2), "padding": "same"}
        inner |= draw.common()
    elif kind == "Embedding":
        x = draw.any_tensor(high=3, dtype="int32")
        inner = draw.options(kind, never=("lora_rank",))
    else:
        inner = draw.options(kind, never=("kernel_constraint",))
    inner.pop("name", None)
    if draw.wrong(0.15):
        kind, inner = draw.choice(OTHERS)
    wrapped: dict[str, object] = {kind: inner}
    if draw.chance(0.15):
        wrapped = {"SpectralNormalization": {"layer": wrapped, **draw.common()}}
    options = draw.options(
        layer,
        layer=wrapped,
        power_iterations=lambda: (
            draw.choice([0, -1]) if draw.wrong() else draw.choice([1, 2, 3, 2.0])
        ),
    )
    return Draft(layer, options, {"inputs": x})


OTHERS: tuple[tuple[str, dict[str, object]], ...] = (
    ("LSTM", {"units": 2}),
    ("Dropout", {"rate": 0.5}),
    ("BatchNormalization", {}),
)
"""Layers without a kernel of their own."""
