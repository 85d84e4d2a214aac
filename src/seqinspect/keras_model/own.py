"""Classes of the author's own: what Keras makes of them, and what they read in time.

Only `permitted` imports anything, and only what a spec names under `custom`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from seqinspect.algebra import Expr, const, symbol
from seqinspect.errors import SpecError
from seqinspect.facts import Facts, Tensor, Weight
from seqinspect.keras_model import runtime
from seqinspect.keras_model.layers import KerasWeight, weights_of
from seqinspect.keras_model.own_calls import called, imported, made, sizes_of
from seqinspect.keras_model.own_time import in_time, named
from seqinspect.spec.graph import Opaque
from seqinspect.spec.own import own_layers, with_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.keras_model.own_calls import Numbers
    from seqinspect.spec.graph import Graph, Layer

STAND_IN = 6
"""Stands for a size that is not known."""


class Look(NamedTuple):
    """What Keras made of one call: shapes and dtypes of its outputs, and its weights."""

    outputs: tuple[tuple[tuple[int | None, ...], str], ...]
    weights: tuple[KerasWeight, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """All sizes in one row, to be compared with those of another look; the batch is 0."""
        shapes = [shape for shape, _ in self.outputs] + [each.shape for each in self.weights]
        return tuple(size or 0 for shape in shapes for size in shape)

    @property
    def form(self) -> object:
        """What must be the same in two looks to be compared."""
        return [(len(shape), dtype) for shape, dtype in self.outputs], [
            (weight.name, len(weight.shape)) for weight in self.weights
        ]


def permitted(graph: Graph) -> Graph:
    """Return the graph with the classes that it names under `custom` imported, where it uses them.

    Raises SpecError where one cannot be, and KerasUnavailable.
    """
    for layer in list(own_layers(graph)):
        target = layer.opaque.target if layer.opaque is not None else ""
        try:
            kind = imported(target)
        except SpecError as error:
            raise error.at(layer.place) from None
        said = Opaque(
            f"weights and shapes from Keras ({target})", target=target, ask=partial(_facts, kind)
        )
        graph = with_own(graph, said, target)
    return graph


def _facts(kind: Any, layer: Layer, tensors: Sequence[Tensor]) -> Facts:
    """Return what Keras and the experiment say of a layer on these tensors."""
    numbers = {
        name: STAND_IN if number is None else number
        for name, number in _symbols(layer, tensors).items()
    }
    look = _look(kind, layer, tensors, numbers)
    formulas = iter(_formulas(kind, layer, tensors, numbers, look))
    batch = tensors[0].shape[0]
    shapes = [
        tuple(
            batch if size is None else formula
            for size, formula in zip(shape, formulas, strict=False)  # shapes share the iterator
        )
        for shape, _ in look.outputs
    ]
    weights = tuple(
        Weight(each.name, tuple(next(formulas) for _ in each.shape), 0, each.trainable, each.dtype)
        for each in look.weights
    )
    outputs = [
        Tensor(shape, dtype, _time_axis(shape, tensors))
        for shape, (_, dtype) in zip(shapes, look.outputs, strict=True)
    ]
    name = re.sub(r"\W", "_", layer.name, flags=re.ASCII)
    facts = Facts(
        outputs=tuple(outputs),
        weights=weights,
        products=symbol(f"multiply_adds_of_{name}"),  # not known, so a name without a number
    )
    return in_time(kind, layer, tensors, numbers, facts)


def _symbols(layer: Layer, tensors: Sequence[Tensor]) -> dict[str, int | None]:
    """Return the named sizes in shapes and arguments, without the batch, with their numbers."""
    found: dict[str, int | None] = {}
    sizes = [size for tensor in tensors for size in tensor.shape[1:]]
    sizes += [size for size in _flat(layer.arguments) if isinstance(size, Expr)]
    for size in sizes:
        numbers = size.numbers()
        found |= {name: numbers.get(name) for name in sorted(size.symbols())}
    return found


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _flat(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _look(kind: Any, layer: Layer, tensors: Sequence[Tensor], numbers: Numbers) -> Look:
    """Call a new layer on symbolic tensors of these sizes. Raises SpecError if Keras cannot."""
    keras = runtime.load()
    given = [
        keras.KerasTensor((x.shape[0].value, *sizes_of(x, numbers)), dtype=x.dtype) for x in tensors
    ]
    with runtime.weightless():  # a new one each time: automatic names count from the start in it
        real = made(kind, layer, numbers)
        outputs = called(real, given, layer)
        return Look(
            tuple((tuple(each.shape), str(each.dtype)) for each in outputs), weights_of(real)
        )


def _formulas(
    kind: Any, layer: Layer, tensors: Sequence[Tensor], numbers: Numbers, base: Look
) -> list[Expr]:
    """Return every size of a look as a formula in the named sizes, where other sizes bear it out.

    Each size is taken to grow evenly with each named one; a last look with all of them changed at
    once decides. Where it does not, the size stays the number that it is.
    """
    names = {
        name: size
        for x in (*(s for t in tensors for s in t.shape[1:]), *_flat(layer.arguments))
        if isinstance(x, Expr)
        for name, size in named(x).items()
    }
    sizes = base.sizes
    found: list[Expr] = [const(size) for size in sizes]
    together = dict(numbers)
    for name, size in names.items():
        for other in (numbers[name] + 1, 2 * numbers[name]):
            look = _tried(kind, layer, tensors, {**numbers, name: other}, base)
            if look is None:
                continue
            step = other - numbers[name]
            together[name] = other
            for index, (one, two) in enumerate(zip(sizes, look.sizes, strict=True)):
                if (two - one) % step == 0:
                    found[index] += (two - one) // step * (size - numbers[name])
            break
    last = _tried(kind, layer, tensors, together, base)
    if last is None:
        return [const(size) for size in sizes]
    return [
        formula.plain() if formula.evaluate(together) == two else const(one)
        for formula, one, two in zip(found, sizes, last.sizes, strict=True)
    ]


def _tried(
    kind: Any, layer: Layer, tensors: Sequence[Tensor], numbers: Numbers, base: Look
) -> Look | None:
    try:
        look = _look(kind, layer, tensors, numbers)
    except SpecError:
        return None
    return look if look.form == base.form else None


def _time_axis(shape: tuple[Expr, ...], tensors: Sequence[Tensor]) -> int | None:
    """Return the axis that counts the steps of an input, if the output has as many on it."""
    for tensor in tensors:
        axis = tensor.time
        if axis is not None and axis < len(shape) and shape[axis] == tensor.steps.plain():
            return axis
    return None
