"""Custom classes: what Keras makes of them, and what they read in time.

Only `permitted` imports anything, and only what a spec names under `custom`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import SpecError, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import KerasWeight, weights_of
from seqinspect.keras_model.custom.calls import as_keras_sees, called, imported, made, own_within
from seqinspect.keras_model.custom.sizes import DENSE, FEWEST, formula
from seqinspect.keras_model.custom.time import in_time
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.model.graph import Layer, Unsupported
from seqinspect.model.nesting import layers_within, rewritten
from seqinspect.readers.dialect.custom_classes import custom_layers, with_custom_class
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.keras_model.custom.calls import Numbers
    from seqinspect.model.graph import Ask, Graph, Node

STAND_INS = (6, 8, 12, 16)
"""Stand for a size that is not known, the first of them that Keras takes."""

BATCH = 1009
"""A number of samples that no other size is likely to be: where it comes out, the batch does."""


class Look(NamedTuple):
    """What Keras made of one call: shapes and dtypes of its outputs, and its weights."""

    outputs: tuple[tuple[tuple[int | None, ...], str], ...]
    weights: tuple[KerasWeight, ...]

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """All sizes in one row, to be compared with those of another look."""
        shapes = [shape for shape, _ in self.outputs] + [each.shape for each in self.weights]
        return tuple(size for shape in shapes for size in shape)

    @property
    def form(self) -> object:
        """What must be the same in two looks to be compared."""
        return [(len(shape), dtype) for shape, dtype in self.outputs], [
            (weight.name, len(weight.shape)) for weight in self.weights
        ]


class Asked(NamedTuple):
    """A layer on its tensors, under a dtype policy, to be called with any numbers for the names.

    Keras sees None for a size of a tensor that depends on a `hidden` name.
    """

    layer: Layer
    tensors: Sequence[Tensor]
    policy: str
    hidden: frozenset[str] = frozenset()

    def look(self, numbers: Numbers, batch: int | None = None) -> Look:
        """Call a new layer on symbolic tensors of these sizes. Raises SpecError if Keras cannot."""
        keras = runtime.load()
        given = [
            keras.KerasTensor(
                (batch or x.shape[0].value, *as_keras_sees(x, numbers, self.hidden)), dtype=x.dtype
            )
            for x in self.tensors
        ]
        with runtime.weightless():  # a new one each time: automatic names count from the start
            if self.policy:
                keras.config.set_dtype_policy(self.policy)
            real = made(self.layer, numbers)
            outputs = called(real, given, self.layer)
            self.refuse_unbuilt(real)
            return Look(
                tuple((tuple(each.shape), str(each.dtype)) for each in outputs), weights_of(real)
            )

    def refuse_unbuilt(self, real: Any) -> None:
        """Refuse a wrapper whose layers do not all know their weights: Keras would count none."""
        if self.layer.unsupported is not None and self.layer.unsupported.target:
            return
        for part in real._flatten_layers():
            if not part.built:
                refuse(
                    f"`{part.name}` within it is not built, so Keras counts no weights of it",
                    expected="every layer within a wrapper to be built from a shape",
                    remedy="give your class a `build` that builds the layers within it",
                    about="keras",
                )

    def tried(self, numbers: Numbers, base: Look, batch: int | None = None) -> Look | None:
        """Look again; None where Keras refuses these sizes, or makes something else of them."""
        try:
            look = self.look(numbers, batch)
        except SpecError:
            return None
        return look if look.form == base.form else None


def permitted(graph: Graph) -> Graph:
    """Return the graph with the classes that it names under `custom` imported, where it uses them.

    Raises SpecError where one cannot be, and KerasUnavailable.
    """
    ask = partial(_remembered, {})
    for layer in list(custom_layers(graph)):
        target = layer.unsupported.target if layer.unsupported is not None else ""
        try:
            imported(target)
        except SpecError as error:
            raise error.at(layer.place) from None
        said = Unsupported(f"weights and shapes from Keras ({target})", target=target, ask=ask)
        graph = with_custom_class(graph, said, target)
    return _with_wrappers(graph, ask)


def _with_wrappers(graph: Graph, ask: Ask) -> Graph:
    """Return the graph with Keras asked about every wrapper of such a class as about one layer."""

    def of_node(node: Node) -> Node:
        layer = node.layer
        named = any(isinstance(value, Named) for value in layer.arguments.values())
        if layer.unsupported is not None or node.call or named or not own_within(layer):
            return node
        within = layers_within(layer, models=False)
        targets = [each.unsupported.target for each in within if each.unsupported is not None]
        inside = ", ".join(dict.fromkeys(filter(None, targets)))
        said = Unsupported(f"weights and shapes from Keras ({inside} within)", ask=ask)
        return replace(node, layer=replace(layer, unsupported=said))

    return rewritten(graph, of_node=of_node)


def _remembered(
    known: dict[object, Facts], layer: Layer, tensors: Sequence[Tensor], policy: str = ""
) -> Facts:
    """Return the facts of a layer; of one that is equal to another on equal tensors, the same."""
    target = layer.unsupported.target if layer.unsupported is not None else ""
    given = tuple(layer.arguments.items())
    key = (layer.type, target, given, repr(given), tuple(tensors), policy)  # 1 is not True
    try:
        found = known.get(key)
    except TypeError:  # an argument is a layer or a mapping
        return _facts(layer, tensors, policy)
    if found is None:
        found = known[key] = _facts(layer, tensors, policy)
    return found._replace(products=_nameless(layer, "multiply_adds_of"))


def _facts(layer: Layer, tensors: Sequence[Tensor], policy: str = "") -> Facts:
    """Return what Keras and the experiment say of a layer on these tensors, under a policy."""
    asked = Asked(layer, tensors, policy)
    look, numbers, formulas = _sized(asked)
    sizes = iter(formulas)
    shapes = [tuple(next(sizes) for _ in shape) for shape, _ in look.outputs]
    weights = tuple(
        Weight(each.name, tuple(next(sizes) for _ in each.shape), 0, each.trainable, each.dtype)
        for each in look.weights
    )
    outputs = [
        Tensor(shape, dtype, _time_axis(shape, tensors))
        for shape, (_, dtype) in zip(shapes, look.outputs, strict=True)
    ]
    facts = Facts(
        outputs=tuple(outputs),
        weights=weights,
        products=_nameless(layer, "multiply_adds_of"),
    )
    return in_time(layer, tensors, numbers, facts)


def _nameless(layer: Layer, what: str) -> Expr:
    """Return a size of a layer that is not known: a name without a number."""
    name = re.sub(r"\W", "_", layer.name, flags=re.ASCII)
    return symbol(f"{what}_{name}")


def _sized(asked: Asked) -> tuple[Look, dict[str, int], list[Expr]]:
    """Return a look, the numbers that stand for the names, and every size of the look.

    A size that depends on a name without a number is known where a formula was found for it. Where
    Keras gives one although it does not know that name, that counts.
    """
    symbols = _symbols(asked.layer, asked.tensors)
    names = {name: symbol(name, number) for name, number in symbols.items()}
    known = {name: number for name, number in symbols.items() if number is not None}
    hidden = asked._replace(hidden=frozenset(names.keys() - known.keys()))
    _refuse_unknown_arguments(asked.layer, hidden.hidden)
    if not hidden.hidden:
        look = asked.look(known)
        found = _formulas(asked, known, look, names)
        return look, known, _with_batch(asked, known, look, look, found)
    try:
        look = hidden.look(known)
    except SpecError as error:
        remedy = f"if it needs a number for {' and '.join(sorted(hidden.hidden))}, give it under"
        remedy += " `dims`, or with --set"
        raise SpecError(*(replace(each, remedy=remedy) for each in error.problems)) from None
    sure = _formulas(hidden, known, look, {name: names[name] for name in known})
    numbers, base = _standing_in(asked, symbols, look)
    of_numbers: list[Expr | None] = [None] * len(sure)
    if base is not None:
        of_numbers = _formulas(asked, numbers, base, names)
    found = [
        of_none if size is not None else of_number
        for size, of_none, of_number in zip(look.sizes, sure, of_numbers, strict=True)
    ]
    found = [  # what Keras calls not known is no plain number
        None if size is None and one is not None and not one.symbols() & hidden.hidden else one
        for size, one in zip(look.sizes, found, strict=True)
    ]
    return look, numbers, _with_batch(asked, numbers, look, base, found)


def _refuse_unknown_arguments(layer: Layer, unknown: frozenset[str]) -> None:
    for name, value in layer.arguments.items():
        sizes = [each for each in _flat(value) if isinstance(each, Expr)]
        wrong = next((size for size in sizes if size.symbols() & unknown), None)
        if wrong is not None:
            refuse(
                f"`{name or 'its argument'}` needs a number, and {wrong.text()} is not known",
                expected="a size whose number is known",
                remedy="give the name a number under `dims`, or with --set",
                argument=name,
                about="unknown size",
            )


def _standing_in(
    asked: Asked, symbols: Mapping[str, int | None], look: Look
) -> tuple[dict[str, int], Look | None]:
    """Return the first numbers for what is not known with which Keras makes the same, if any."""
    for stand_in in STAND_INS:
        numbers = {name: stand_in if size is None else size for name, size in symbols.items()}
        base = asked.tried(numbers, look)
        if base is not None:
            break
    return numbers, base


def _formulas(
    asked: Asked,
    numbers: dict[str, int],
    base: Look,
    names: Mapping[str, Expr],
) -> list[Expr | None]:
    """Return every size of a look as a formula in the names that gives all that Keras gives.

    Where none is found it is the number that it is; None where Keras gives none.
    """
    looks = _looks(asked, numbers, base, names)
    found = _fitted(looks, base, names, dense=False)
    missing = [index for index, each in enumerate(found) if each is None]
    moving = [
        name
        for name in names
        if any(
            look.sizes[index] != base.sizes[index]
            for index in missing
            for point, look in looks
            if all(point[other] == numbers[other] for other in numbers if other != name)
        )
    ]
    if moving:
        for name in moving:
            start = numbers[name]
            for other in (*range(start + 1, start + DENSE + 1), 5 * start + 3, start + 50):
                _add(looks, asked, {**numbers, name: other}, base)
        found = _fitted(looks, base, names, dense=True)
    numbers_alone = [None if size is None else const(size) for size in base.sizes]
    return [
        plain if each is None else each for each, plain in zip(found, numbers_alone, strict=True)
    ]


Looks = list[tuple[dict[str, int], Look]]


def _looks(asked: Asked, numbers: dict[str, int], base: Look, names: Mapping[str, Expr]) -> Looks:
    """Look at other numbers of every name, and at some of several names at once."""
    looks: Looks = [(numbers, base)]
    taken: dict[str, list[int]] = {}
    for name in names:
        start = numbers[name]
        usual = (start + 1, start + 2, 2 * start, 2 * start + 1, max(1, start // 2))
        rarely = (3 * start, 4 * start, start + 4, start + 8, start + 12)
        for count, other in enumerate((*usual, *rarely)):
            if count >= len(usual) and len(taken.get(name, ())) >= FEWEST - 1:
                break
            if _add(looks, asked, {**numbers, name: other}, base):
                taken.setdefault(name, []).append(other)
    for turn in range(3) if len(taken) > 1 else ():
        several = {
            name: others[(turn + index) % len(others)]
            for index, (name, others) in enumerate(taken.items())
        }
        _add(looks, asked, {**numbers, **several}, base)
    return looks


def _add(looks: Looks, asked: Asked, numbers: dict[str, int], base: Look) -> bool:
    """Look at further numbers, unless that was done; tell whether there was anything to see."""
    if any(point == numbers for point, _ in looks):
        return False
    look = asked.tried(numbers, base)
    if look is not None:
        looks.append((numbers, look))
    return look is not None


def _fitted(
    looks: Looks, base: Look, names: Mapping[str, Expr], *, dense: bool
) -> list[Expr | None]:
    found: list[Expr | None] = []
    known: dict[tuple[int, ...], Expr | None] = {}
    for index in range(len(base.sizes)):
        values = tuple(size for _, look in looks if (size := look.sizes[index]) is not None)
        if len(values) < len(looks):  # not even Keras says it
            found.append(None)
            continue
        if values not in known:
            points = [point for point, _ in looks]
            known[values] = formula(points, values, names, dense=dense)
        found.append(known[values])
    return found


def _with_batch(
    asked: Asked, numbers: dict[str, int], look: Look, base: Look | None, found: list[Expr | None]
) -> list[Expr]:
    """Return the sizes with the batch where Keras passes it on; any other is not known."""
    batch, firsts = asked.tensors[0].shape[0], _firsts(look)
    seen, many = (look if base is None else base).sizes, None
    if base is not None and None in seen:
        many = asked.tried(numbers, base, BATCH)
    through = [
        size is None and (index in firsts if many is None else many.sizes[index] == BATCH)
        for index, size in enumerate(seen)
    ]
    return [
        batch if passed else _nameless(asked.layer, f"size_{index}_of") if size is None else size
        for index, (size, passed) in enumerate(zip(found, through, strict=True))
    ]


def _firsts(look: Look) -> set[int]:
    """Return where in the row of sizes the first axis of every output is."""
    firsts, index = set(), 0
    for shape, _ in look.outputs:
        firsts |= {index} if shape else set()
        index += len(shape)
    return firsts


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
    if isinstance(value, Layer):
        yield from _flat(dict(value.arguments))
    elif isinstance(value, dict):
        for each in value.values():
            yield from _flat(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _time_axis(shape: tuple[Expr, ...], tensors: Sequence[Tensor]) -> int | None:
    """Return the axis that counts the steps of an input, if the output has as many on it."""
    for tensor in tensors:
        axis = tensor.time
        if axis is not None and axis < len(shape) and shape[axis] == tensor.steps.plain():
            return axis
    return None
