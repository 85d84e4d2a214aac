"""Probing: what Keras makes of a layer at several numbers → its sizes as formulas in the names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import SpecError, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import KerasWeight, weights_of
from seqinspect.keras_model.custom.calls import call_layer, make_custom_layer, sizes_for_keras
from seqinspect.keras_model.custom.sizes import DENSE_POINTS, MIN_POINTS, formula
from seqinspect.model.graph import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.keras_model.custom.calls import Numbers
    from seqinspect.model.facts import Tensor

PLACEHOLDERS = (6, 8, 12, 16)
"""Numbers for a size that is not known: the first of them that Keras takes."""

BATCH = 1009
"""A number of samples that no other size is likely to be: where it comes out, the batch does."""


class ProbeResult(NamedTuple):
    """What Keras made of one call: shapes and dtypes of its outputs, and its weights."""

    outputs: tuple[tuple[tuple[int | None, ...], str], ...]
    weights: tuple[KerasWeight, ...]

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """All sizes in one row, to be compared with those of another probe."""
        shapes = [shape for shape, _ in self.outputs] + [each.shape for each in self.weights]
        return tuple(size for shape in shapes for size in shape)

    @property
    def signature(self) -> object:
        """What must be the same in two results to be compared."""
        return [(len(shape), dtype) for shape, dtype in self.outputs], [
            (weight.name, len(weight.shape)) for weight in self.weights
        ]


class LayerProbe(NamedTuple):
    """A layer on its tensors, under a dtype policy, to be called with any numbers for the names.

    Keras sees None for a size of a tensor that depends on a `hidden` name.
    """

    layer: Layer
    tensors: Sequence[Tensor]
    policy: str
    hidden: frozenset[str] = frozenset()

    def run(self, numbers: Numbers, batch: int | None = None) -> ProbeResult:
        """Call a new layer on symbolic tensors of these sizes. Raises SpecError if Keras cannot."""
        keras = runtime.load()
        tensors = [
            keras.KerasTensor(
                (batch or x.shape[0].value, *sizes_for_keras(x, numbers, self.hidden)),
                dtype=x.dtype,
            )
            for x in self.tensors
        ]
        with runtime.weightless():  # a new one each time: automatic names count from the start
            if self.policy:
                keras.config.set_dtype_policy(self.policy)
            real = make_custom_layer(self.layer, numbers)
            outputs = call_layer(real, tensors, self.layer)
            self.refuse_unbuilt(real)
            return ProbeResult(
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

    def try_run(
        self, numbers: Numbers, base: ProbeResult, batch: int | None = None
    ) -> ProbeResult | None:
        """Probe again; None where Keras refuses these sizes, or makes something else of them."""
        try:
            result = self.run(numbers, batch)
        except SpecError:
            return None
        return result if result.signature == base.signature else None


def unknown_size(layer: Layer, what: str) -> Expr:
    """Return a size of a layer that is not known: a name without a number."""
    name = re.sub(r"\W", "_", layer.name, flags=re.ASCII)
    return symbol(f"{what}_{name}")


def probe_sizes(probe: LayerProbe) -> tuple[ProbeResult, dict[str, int], list[Expr]]:
    """Return a result, the numbers that stand for the names, and every size of the result.

    A size that depends on a name without a number is known where a formula was found for it. Where
    Keras gives one although it does not know that name, that counts. Raises SpecError where Keras
    refuses the layer, or needs a number for a name that has none.
    """
    symbols = _symbols(probe.layer, probe.tensors)
    names = {name: symbol(name, number) for name, number in symbols.items()}
    known_numbers = {name: number for name, number in symbols.items() if number is not None}
    hidden = probe._replace(hidden=frozenset(names.keys() - known_numbers.keys()))
    _refuse_unknown_arguments(probe.layer, hidden.hidden)
    if not hidden.hidden:
        result = probe.run(known_numbers)
        formulas = _formulas(probe, known_numbers, result, names)
        return result, known_numbers, _with_batch(probe, known_numbers, result, result, formulas)
    try:
        result = hidden.run(known_numbers)
    except SpecError as error:
        remedy = f"if it needs a number for {' and '.join(sorted(hidden.hidden))}, give it under"
        remedy += " `dims`, or with --set"
        raise SpecError(*(replace(each, remedy=remedy) for each in error.problems)) from None
    known_formulas = _formulas(
        hidden, known_numbers, result, {name: names[name] for name in known_numbers}
    )
    numbers, base = _probe_with_placeholders(probe, symbols, result)
    placeholder_formulas: list[Expr | None] = [None] * len(known_formulas)
    if base is not None:
        placeholder_formulas = _formulas(probe, numbers, base, names)
    formulas = [
        of_none if size is not None else of_number
        for size, of_none, of_number in zip(
            result.sizes, known_formulas, placeholder_formulas, strict=True
        )
    ]
    formulas = [  # what Keras calls not known is no plain number
        None if size is None and one is not None and not one.symbols() & hidden.hidden else one
        for size, one in zip(result.sizes, formulas, strict=True)
    ]
    return result, numbers, _with_batch(probe, numbers, result, base, formulas)


def _refuse_unknown_arguments(layer: Layer, unknown: frozenset[str]) -> None:
    for name, value in layer.arguments.items():
        sizes = [each for each in _flatten(value) if isinstance(each, Expr)]
        wrong = next((size for size in sizes if size.symbols() & unknown), None)
        if wrong is not None:
            refuse(
                f"`{name or 'its argument'}` needs a number, and {wrong.text()} is not known",
                expected="a size whose number is known",
                remedy="give the name a number under `dims`, or with --set",
                argument=name,
                about="unknown size",
            )


def _probe_with_placeholders(
    probe: LayerProbe, symbols: Mapping[str, int | None], result: ProbeResult
) -> tuple[dict[str, int], ProbeResult | None]:
    """Return the first numbers for what is not known with which Keras makes the same, if any."""
    for placeholder in PLACEHOLDERS:
        numbers = {name: placeholder if size is None else size for name, size in symbols.items()}
        base = probe.try_run(numbers, result)
        if base is not None:
            break
    return numbers, base


def _formulas(
    probe: LayerProbe,
    numbers: dict[str, int],
    base: ProbeResult,
    names: Mapping[str, Expr],
) -> list[Expr | None]:
    """Return every size of a result as a formula in the names that gives all that Keras gives.

    Where none is found it is the number that it is; None where Keras gives none.
    """
    results = _probe_other_numbers(probe, numbers, base, names)
    formulas = _fit_formulas(results, base, names, dense=False)
    missing = [index for index, each in enumerate(formulas) if each is None]
    moving = [
        name
        for name in names
        if any(
            result.sizes[index] != base.sizes[index]
            for index in missing
            for point, result in results
            if all(point[other] == numbers[other] for other in numbers if other != name)
        )
    ]
    if moving:
        for name in moving:
            start = numbers[name]
            for other in (*range(start + 1, start + DENSE_POINTS + 1), 5 * start + 3, start + 50):
                _add_result(results, probe, {**numbers, name: other}, base)
        formulas = _fit_formulas(results, base, names, dense=True)
    numbers_alone = [None if size is None else const(size) for size in base.sizes]
    return [
        plain if each is None else each for each, plain in zip(formulas, numbers_alone, strict=True)
    ]


ProbeResults = list[tuple[dict[str, int], ProbeResult]]


def _probe_other_numbers(
    probe: LayerProbe, numbers: dict[str, int], base: ProbeResult, names: Mapping[str, Expr]
) -> ProbeResults:
    """Probe other numbers of every name, and some of several names at once."""
    results: ProbeResults = [(numbers, base)]
    numbers_tried: dict[str, list[int]] = {}
    for name in names:
        start = numbers[name]
        usual = (start + 1, start + 2, 2 * start, 2 * start + 1, max(1, start // 2))
        rarely = (3 * start, 4 * start, start + 4, start + 8, start + 12)
        for count, other in enumerate((*usual, *rarely)):
            if count >= len(usual) and len(numbers_tried.get(name, ())) >= MIN_POINTS - 1:
                break
            if _add_result(results, probe, {**numbers, name: other}, base):
                numbers_tried.setdefault(name, []).append(other)
    for turn in range(3) if len(numbers_tried) > 1 else ():
        several = {
            name: others[(turn + index) % len(others)]
            for index, (name, others) in enumerate(numbers_tried.items())
        }
        _add_result(results, probe, {**numbers, **several}, base)
    return results


def _add_result(
    results: ProbeResults, probe: LayerProbe, numbers: dict[str, int], base: ProbeResult
) -> bool:
    """Probe further numbers, unless that was done; tell whether Keras took them."""
    if any(point == numbers for point, _ in results):
        return False
    result = probe.try_run(numbers, base)
    if result is not None:
        results.append((numbers, result))
    return result is not None


def _fit_formulas(
    results: ProbeResults, base: ProbeResult, names: Mapping[str, Expr], *, dense: bool
) -> list[Expr | None]:
    formulas: list[Expr | None] = []
    fitted: dict[tuple[int, ...], Expr | None] = {}
    for index in range(len(base.sizes)):
        values = tuple(size for _, result in results if (size := result.sizes[index]) is not None)
        if len(values) < len(results):  # not even Keras says it
            formulas.append(None)
            continue
        if values not in fitted:
            points = [point for point, _ in results]
            fitted[values] = formula(points, values, names, dense=dense)
        formulas.append(fitted[values])
    return formulas


def _with_batch(
    probe: LayerProbe,
    numbers: dict[str, int],
    result: ProbeResult,
    base: ProbeResult | None,
    formulas: list[Expr | None],
) -> list[Expr]:
    """Return the sizes with the batch where Keras passes it on; any other is not known."""
    batch, firsts = probe.tensors[0].shape[0], _first_axes(result)
    sizes, many_samples = (result if base is None else base).sizes, None
    if base is not None and None in sizes:
        many_samples = probe.try_run(numbers, base, BATCH)
    through = [
        size is None
        and (index in firsts if many_samples is None else many_samples.sizes[index] == BATCH)
        for index, size in enumerate(sizes)
    ]
    return [
        batch if passed else unknown_size(probe.layer, f"size_{index}_of") if size is None else size
        for index, (size, passed) in enumerate(zip(formulas, through, strict=True))
    ]


def _first_axes(result: ProbeResult) -> set[int]:
    """Return where in the row of sizes the first axis of every output is."""
    firsts, index = set(), 0
    for shape, _ in result.outputs:
        firsts |= {index} if shape else set()
        index += len(shape)
    return firsts


def _symbols(layer: Layer, tensors: Sequence[Tensor]) -> dict[str, int | None]:
    """Return the named sizes in shapes and arguments, without the batch, with their numbers."""
    symbols: dict[str, int | None] = {}
    sizes = [size for tensor in tensors for size in tensor.shape[1:]]
    sizes += [size for size in _flatten(layer.arguments) if isinstance(size, Expr)]
    for size in sizes:
        numbers = size.numbers()
        symbols |= {name: numbers.get(name) for name in sorted(size.symbols())}
    return symbols


def _flatten(value: object) -> Iterator[object]:
    if isinstance(value, Layer):
        yield from _flatten(dict(value.arguments))
    elif isinstance(value, dict):
        for each in value.values():
            yield from _flatten(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _flatten(each)
    else:
        yield value
