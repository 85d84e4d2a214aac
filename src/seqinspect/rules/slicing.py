"""Operations that take a part of an axis, or the whole of it: slices, splits, reductions."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from seqinspect.algebra.expression import Expr, as_expr, maximum, minimum
from seqinspect.records import replace
from seqinspect.rules.shapes import agree
from seqinspect.time.reach import STEP, Reach, at_step, each, everything, window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.model.facts import Tensor, TimeSummary

    Constants = Mapping[str, object]
    OperationOutput = tuple[Tensor, tuple[Reach, ...]]
    """A tensor that an operation makes, and what it reads of each tensor that it is outputs of."""
    OperationOutputs = list[OperationOutput] | None
    """None where nothing is known of them."""
    Part = int | tuple[int | None, int | None, int | None]

ELLIPSIS = "..."
REST: Final[Part] = (None, None, None)


def axes_of(value: object, rank: int) -> list[int] | None:
    """Return axes counted from 0; None where one does not exist."""
    found = value if isinstance(value, list | tuple) else [value]
    axes = []
    for axis in found:
        if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
            return None
        axes.append(axis % rank)
    return axes


def sliced(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """x[:, -1, ..., None, 2:5], as a config writes it."""
    parts = _parts(constants.get("slice_spec"), tensors[0].rank)
    return None if parts is None else slice_axes(tensors[0], parts)


def strided(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Begin, end and stride of each axis, with masks that say where to take all of it."""
    begin, end = constants.get("begin"), constants.get("end")
    strides = constants.get("strides")
    if not isinstance(begin, list) or not isinstance(end, list):
        return None
    steps = strides if isinstance(strides, list) else [1] * len(begin)
    masks = {
        name: constants.get(f"{name}_mask") or 0
        for name in ("begin", "end", "shrink_axis", "new_axis", "ellipsis")
    }
    if not all(isinstance(mask, int) for mask in masks.values()):
        return None
    spec: list[object] = []
    for place, (first, last, step) in enumerate(zip(begin, end, steps, strict=False)):

        def has(name: str, bit: int = 1 << place) -> bool:
            mask = masks[name]
            return isinstance(mask, int) and bool(mask & bit)

        if has("ellipsis"):
            spec.append(ELLIPSIS)
        elif has("new_axis"):
            spec.append(None)
        elif has("shrink_axis"):
            spec.append(first)
        else:
            start, stop = None if has("begin") else first, None if has("end") else last
            spec.append({"start": start, "stop": stop, "step": step})
    return sliced(tensors, {"slice_spec": spec})


def from_sizes(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Begin and size of each axis; a size of -1 is all that is left."""
    begin, size = constants.get("begin"), constants.get("size")
    if not isinstance(begin, list) or not isinstance(size, list):
        return None
    if not all(isinstance(number, int) for number in (*begin, *size)):
        return None
    spec = [
        {"start": first, "stop": None if count == -1 else first + count, "step": None}
        for first, count in zip(begin, size, strict=False)
    ]
    return sliced(tensors, {"slice_spec": spec})


SECTIONS = ("num_or_size_splits", "indices_or_sections", "size_splits", "num_split", "num_splits")
"""What the number of parts, their sizes or their ends may be called."""


def split(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Parts of an axis, of equal or of given sizes."""
    sections = next((constants[name] for name in SECTIONS if name in constants), None)
    x = tensors[0]
    axes = axes_of(constants.get("axis", 0), x.rank)
    size = x.shape[axes[0]].value if axes else None
    if axes is None or size is None:
        return None
    if isinstance(sections, int) and 0 < sections <= MOST_PARTS and size % sections == 0:
        ends = [size // sections * part for part in range(1, sections + 1)]
    elif isinstance(sections, list) and all(isinstance(part, int) for part in sections):
        ends = [*sections, size] if "indices_or_sections" in constants else [*accumulate(sections)]
    else:
        return None
    outputs = []
    for start, stop in zip([0, *ends], ends, strict=False):
        parts: list[Part | None] = [REST] * x.rank
        parts[axes[0]] = (start, stop, None)
        found = slice_axes(x, parts)
        if found is None:
            return None
        outputs += found
    return outputs


MOST_PARTS = 1024


def unstacked(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """One output for each place of an axis, which is gone."""
    x = tensors[0]
    axes = axes_of(constants.get("axis", 0), x.rank)
    count = x.shape[axes[0]].value if axes else None
    if not axes or count is None or count > MOST_PARTS:
        return None
    outputs = []
    for place in range(count):
        parts: list[Part | None] = [REST] * x.rank
        parts[axes[0]] = place
        outputs += slice_axes(x, parts) or []
    return outputs


def squeezed(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The tensor without axes of size 1."""
    x = tensors[0]
    axes = axes_of(constants.get("axis", constants.get("squeeze_dims")), x.rank)
    if axes is None or not all(agree(x.shape[axis], 1) for axis in axes):
        return None
    parts: list[Part | None] = [0 if axis in axes else REST for axis in range(x.rank)]
    return slice_axes(x, parts)


def expanded(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The tensor with one more axis, of size 1."""
    x = tensors[0]
    axes = axes_of(constants.get("axis", constants.get("dim")), x.rank + 1)
    if axes is None or len(axes) != 1:
        return None
    parts: list[Part | None] = [REST] * x.rank
    parts.insert(axes[0], None)
    return slice_axes(x, parts)


def reduced(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """One number for all places of some axes: mean, sum, max."""
    x = tensors[0]
    axis = constants.get("axis", constants.get("dim"))
    axes = list(range(x.rank)) if axis is None else axes_of(axis, x.rank)
    if axes is None:
        return None
    keep = bool(constants.get("keepdims") or constants.get("keep_dims"))
    shape = tuple(
        as_expr(1) if index in axes else size
        for index, size in enumerate(x.shape)
        if keep or index not in axes
    )
    if 0 in axes:
        return [
            (replace(x, shape=shape, time=None, fold=None, unknown_time=True), (whole_reach(x),))
        ]
    along = x.time in axes or (x.fold is not None and x.rank - 1 in axes)
    if along:
        output = replace(x, shape=shape, time=None, fold=None, time_summary="all")
        return [(output, (whole_reach(x),))]
    time = x.time
    if time is not None and not keep:
        time -= sum(each_axis < time for each_axis in axes)
    if x.fold is not None and not keep:
        return [(replace(x, shape=shape, fold=None, unknown_time=True), (whole_reach(x),))]
    return [(replace(x, shape=shape, time=time), (each(x.steps),))]


def whole_reach(x: Tensor) -> Reach:
    """Every step of a tensor."""
    return everything(x.steps)


def slice_axes(x: Tensor, parts: Sequence[Part | None]) -> OperationOutputs:
    """Take a part of each axis: a place, or start, stop and step; None is a new axis of size 1."""
    if x.fold is not None and parts[-1] != REST:
        return None
    shape: list[Expr] = []
    time: int | None = None
    time_summary: TimeSummary = x.time_summary
    reach = each(x.steps)
    axis = 0
    for part in parts:
        if part is None:
            shape.append(as_expr(1))
            continue
        size = x.shape[axis]
        if axis == 0 and part != REST:
            return None  # a part of the batch
        if isinstance(part, int):
            place = _place(part, size)
            if place is None:
                return None
            if axis == x.time:
                time_summary = "last" if part == -1 else "first" if part == 0 else ""
                reach = at_step(place, size)
        else:
            found = _range(part, size)
            if found is None:
                return None
            count, start, step = found
            if axis == x.time:
                time = len(shape)
                reach = _moved(start, step, size, count)
            shape.append(count)
        axis += 1
    if x.time is None:
        reach = each(x.steps) if x.fold is not None else whole_reach(x)
    return [(replace(x, shape=tuple(shape), time=time, time_summary=time_summary), (reach,))]


def _moved(start: Expr, step: int, size: Expr, count: Expr) -> Reach:
    """What the steps of a slice read."""
    if step == -1 and count == size:
        return each(size).reversed()
    if step < 0:
        return _moved(start + (count - 1) * step, -step, size, count).reversed()
    first = STEP * step + start
    return each(size) if first == STEP and count == size else window(first, first, size, count)


def _place(part: int, size: Expr) -> Expr | None:
    """Return the place that an index names, counted from 0."""
    if size.value is not None and not -size.value <= part < size.value:
        return None
    return as_expr(part) if part >= 0 else size + part


def _range(part: tuple[int | None, int | None, int | None], size: Expr) -> (
    tuple[Expr, Expr, int] | None
):  # fmt: skip
    """Return how many places a slice takes, the first of them, and its step."""
    start, stop, step = part
    if part == REST:
        return size, as_expr(0), 1
    if step == 0:
        return None
    if size.value is not None:
        places = range(size.value)[slice(start, stop, step)]
        count = as_expr(len(places))
        if start is None and stop is None and step in (1, -1):
            count = size
        return count, as_expr(places.start), places.step
    if step not in (None, 1):
        return (size, size - 1, -1) if part == (None, None, -1) else None
    first = as_expr(start or 0) if start is None or start >= 0 else maximum(size + start, 0)
    last = size if stop is None else as_expr(stop) if stop >= 0 else size + stop
    if stop is not None and stop >= 0:
        last = minimum(last, size)
    if start is not None and start > 0:
        return maximum(last - first, 0), first, 1
    return last - first, first, 1


def _parts(spec: object, rank: int) -> list[Part | None] | None:
    """Return a slice of each axis, and None where an axis is added."""
    entries = spec if isinstance(spec, list | tuple) else [spec]
    parts: list[Part | None] = []
    sliced_axes = sum(part is not None and not _is_ellipsis(part) for part in entries)
    if sliced_axes > rank or sum(map(_is_ellipsis, entries)) > 1:
        return None
    for part in entries:
        if _is_ellipsis(part):
            parts += [REST] * (rank - sliced_axes)
        elif part is None:
            parts.append(None)
        elif isinstance(part, int) and not isinstance(part, bool):
            parts.append(part)
        elif isinstance(part, dict):
            bounds = [part.get(name) for name in ("start", "stop", "step")]
            if any(isinstance(b, bool) or not isinstance(b, int | None) for b in bounds):
                return None
            start, stop, step = bounds
            step = None if step == 1 else step
            parts.append((None if start == 0 and step is None else start, stop, step))
        else:
            return None
    missing = rank - sum(part is not None for part in parts)
    return [*parts, *[REST] * missing]


def _is_ellipsis(part: object) -> bool:
    return part == ELLIPSIS or (isinstance(part, dict) and part.get("class_name") == "__ellipsis__")
