"""Random numbers for two models that are compared, and how far apart their outputs are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect.algebra.expression import Expr
from seqinspect.model.nesting import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

TOLERANCE = 1e-9
"""Differences up to this part of the values are rounding: float64 has 16 digits."""


def are_close(one: Any, other: Any) -> bool:
    """Whether two arrays are the same but for rounding."""
    distance = difference(one, other)
    return distance is not None and distance[0] <= TOLERANCE * distance[1]


def difference(one: Any, other: Any) -> tuple[float, float] | None:
    """The largest difference of two arrays, and how large their values are; None for shapes."""
    if one.shape != other.shape:
        return None
    if not one.size:
        return 0.0, 1.0
    a, b = one.astype("float64"), other.astype("float64")
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(a - b))
    values = [np.abs(each[np.isfinite(each)]).max(initial=0.0) for each in (a, b)]
    largest = float(np.nan_to_num(apart, nan=math.inf).max())
    return largest, max(1.0, *map(float, values))


def weight_value(random: Any, label: str, shape: tuple[int, ...]) -> Any:
    """Return random values for a weight, of a size that leaves activations unsaturated."""
    if "variance" in label:
        return random.uniform(0.5, 1.5, shape)
    scale = 1 / math.sqrt(math.prod(shape[:-1])) if len(shape) > 1 and all(shape) else 0.3
    return random.normal(0, scale, shape)


def random_inputs(graph: Graph, report: Report, samples: int, draw: int = 0) -> Iterator[Any]:
    """Yield random inputs; half of the samples end with steps that a mask would pass over."""
    random = np.random.default_rng(1 + draw)
    high = min(_argument(graph, "input_dim"), default=10)
    masked = next(_argument(graph, "mask_value"), 0)
    for model_input in report.inputs:
        fixed = model_input.tensor.shape[0]
        shape = (fixed or samples, *(size or 1 for size in model_input.tensor.shape[1:]))
        if "float" in model_input.tensor.dtype:
            array: Any = random.normal(0, 1, shape)
        elif model_input.tensor.dtype == "bool":
            array = random.random(shape) < 0.5
        else:
            array = random.integers(1 if high > 1 else 0, max(high, 1), shape)
        if len(shape) > 1 and shape[1] > 1:
            for sample in range(shape[0] // 2):
                array[sample, 1 + sample % (shape[1] - 1) :] = masked
        yield array.astype(
            "float64" if "float" in model_input.tensor.dtype else model_input.tensor.dtype
        )


def _argument(graph: Graph, name: str) -> Iterator[int]:
    """Yield an argument of all layers that have it."""
    for layer in layers_of(graph):
        value = layer.arguments.get(name)
        if isinstance(value, Expr):
            value = value.value
        if isinstance(value, int | float) and value:
            yield int(value) if name == "input_dim" else value  # type: ignore[misc]  # a mask value
