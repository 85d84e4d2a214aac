"""Whether arrays have the shapes that the inputs of a model take, and what the model makes of them.

Keras adds or drops a last axis of size 1, and compares no size that it lets slip that way.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const
from seqinspect.lint.actual_shapes import actual_outputs
from seqinspect.lint.fitting import as_sizes
from seqinspect.model.data import NUMBERS
from seqinspect.model.finding import Formula, Windows, as_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.lint.fitting import Facts, Fit, Given, Sizes
    from seqinspect.lint.model_index import Tensor
    from seqinspect.model.finding import Shape


def check_inputs(fit: Fit) -> None:
    """Compare every array with its input, and note the shapes that the outputs then have."""
    found = [_check_input(fit, each) for each in fit.x]
    shapes = {each.tensor_name: shape for each, shape in zip(fit.x, found, strict=True)}
    if all(found):
        fit.shapes = _actual(fit, shapes)


def _check_input(fit: Fit, given: Given) -> Sizes:
    """Compare an array with its input; return its shape as the model gets it, if it does."""
    if given.array.kind not in NUMBERS | {"complex"}:
        return ()
    if given.tensor.report.unknown_shape:
        return given.array.shape
    due = (None, *given.tensor.report.shape[1:])
    shape = given.array.shape
    if fit.model.graph.opened:  # a class of the author's own compares nothing itself
        return shape if len(shape) == len(due) else ()
    adjusted = _adjusted(shape, due)
    if adjusted is None or not _agree(_without_one(shape), _without_one(due)):
        _refuse_input(fit, given, due)
        return ()
    if _agree(adjusted, due):
        return adjusted
    runs = actual_outputs(fit.model, {given.tensor_name: adjusted}) is not None
    window = _is_window(given, due)
    if window:
        code, variant = ("SEQ603", "steps") if runs else ("SEQ601", "window")
        _cut(fit, code, variant, given)
    elif runs:
        fit.add("SEQ603", "size", _facts(given), place=fit.place(given))
    else:
        _refuse_input(fit, given, due)
    return ()


def _refuse_input(fit: Fit, given: Given, due: Sizes) -> None:
    shape = given.array.shape
    facts, place = _facts(given), fit.place(given)
    order = permutation(shape, due)
    if order:
        fit.add("SEQ601", "order", {**facts, "order": order}, place=place)
    elif len(shape) == 2 == len(due) and shape[0] == due[1] and shape[1] != due[1]:
        fit.add("SEQ601", "order", facts, remedy="transposed", place=place)
    elif _is_window(given, due):
        _cut(fit, "SEQ601", "window", given)
    elif len(shape) != len(due):
        fit.add("SEQ601", "shape", {**facts, "axes": len(due)}, remedy="axes", place=place)
    else:
        axis = next(
            axis for axis, (one, other) in enumerate(zip(shape, due, strict=True))
            if axis and None not in (one, other) and one != other
        )  # fmt: skip
        found, size = shape[axis] or 0, due[axis] or 0
        last = axis == len(due) - 1 and axis != given.tensor.axis
        remedy = "columns of x" if last and found > size else "features" if last else "steps"
        if remedy == "steps" and found > size and axis == 1:
            remedy = "cut"
        fit.add(
            "SEQ601",
            "shape",
            {**facts, "found": found, "size": size, "more": found - size, "axis": axis},
            remedy=remedy,
            place=place,
        )


def _facts(given: Given) -> Facts:
    return {
        "array": given.word,
        "which": given.named,
        "shape": as_sizes(given.array.shape),
        "input": given.tensor_name,
        "due": shown(given.tensor),
    }


def _actual(fit: Fit, shapes: Mapping[str, Sizes]) -> dict[str, Sizes]:
    """Return the shapes of the outputs for data of these shapes."""
    found = actual_outputs(fit.model, shapes)
    if found is not None:
        return found
    first = fit.x[0]
    fit.add("SEQ601", "layer", _facts(first), place=fit.place(first))
    return {}


def _cut(fit: Fit, code: str, variant: str, given: Given) -> None:
    """Note a series that is to be cut into windows, and its target, where every step has one."""
    due = given.tensor.report.symbolic
    features = len(given.array.shape) == len(due) - 1 and len(due) > 2
    window = Windows(
        given.word,
        _steps(given),
        len(due) == 2 and len(given.array.shape) == 2,
        "own" if features else "new" if len(due) > 2 else "",
    )
    both = len(fit.outputs) == 1 and fit.model.outputs[0].steps == given.tensor.steps
    targets = [len(each.array.shape) for each in fit.y]
    target = Windows("y", window.steps, False, "own" if targets == [2] else "")
    facts: Facts = {
        **_facts(given),
        "window": window,
        "windows_of_target": target,
        "last": _steps(given, 1),
    }
    remedy = "windows of both" if both else "window"
    fit.add(code, variant, facts, remedy=remedy, place=fit.place(given))


def permutation(shape: Sizes, due: Sizes) -> tuple[str, ...]:
    """Return how axes are to be exchanged so that a shape is the one that is due; () if not so."""
    if len(shape) != len(due) or len(shape) < 3 or len(shape) > 6 or None in shape[1:]:
        return ()
    if _agree(shape, due):
        return ()
    found = [
        order
        for order in permutations(range(1, len(shape)))
        if _agree((shape[0], *(shape[axis] for axis in order)), due)
    ]
    known = [order for order in found if sum(due[at] is None for at in range(1, len(due))) < 2]
    return ("0", *map(str, known[0])) if known else ()


def shown(tensor: Tensor) -> Shape:
    """Return the shape of a tensor in numbers, with names where a number is not known."""
    return as_shape(
        tuple(
            size if size.value is None or index == 0 else const(size.value)
            for index, size in enumerate(tensor.report.symbolic)
        )
    )


def _without_one(shape: Sizes) -> Sizes:
    return shape[:-1] if shape and shape[-1] == 1 else shape


def _agree(shape: Sizes, due: Sizes) -> bool:
    """Whether all axes but the first agree, as far as both have them."""
    pairs = list(zip(shape, due, strict=False))[1:]
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def _adjusted(shape: Sizes, due: Sizes) -> Sizes | None:
    """Return a shape with the axes that an input has: one of size 1 is added or dropped."""
    if len(shape) == len(due):
        return shape
    if len(shape) == len(due) + 1 and shape[-1] == 1:
        return shape[:-1]
    if len(shape) == len(due) - 1 and due[-1] == 1:
        return (*shape, 1)
    return None


def _is_window(given: Given, due: Sizes) -> bool:
    """Whether an array is one long series, for an input that takes windows of it."""
    shape = given.array.shape
    if given.tensor.axis != 1 or len(due) not in (2, 3):
        return False
    if len(due) == 3 and len(shape) == 2:
        return shape[1] == due[2]
    if len(due) == 2:
        return len(shape) == 1 or shape[1:] == (1,)
    return len(shape) == 1 and due[-1] in (1, None)


def _steps(given: Given, less: int = 0) -> Formula:
    """Return how many steps an input takes, as a line of Python has it."""
    size = given.tensor.report.symbolic[1] - less
    return Formula(size.python() if size.value is None else str(size.value), size.value)
