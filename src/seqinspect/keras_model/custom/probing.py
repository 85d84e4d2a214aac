"""Probing: what Keras makes of a layer at several numbers → its sizes as formulas in the names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, symbol
from seqinspect.errors import SpecError, refuse
from seqinspect.keras_model.custom.fitting import fitted_formulas
from seqinspect.model.graph import Layer
from seqinspect.model.remarks import FittedSizes
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.keras_model.custom.layer_probe import LayerProbe, ProbeResult
    from seqinspect.model.facts import Tensor

PLACEHOLDERS = (6, 8, 12, 16)
"""Numbers for a size that is not known: the first of them that Keras takes."""

BATCH = 1009
"""A number of samples that no other size is likely to be: where it comes out, the batch does."""


def unknown_size(layer: Layer, what: str) -> Expr:
    """Return a size of a layer that is not known: a name without a number."""
    name = re.sub(r"\W", "_", layer.name, flags=re.ASCII)
    return symbol(f"{what}_{name}")


class ProbedSizes(NamedTuple):
    """A result, the numbers that stand for the names, and every size of the result.

    `fitted` says what the formulas were fitted to, None where there is no name.
    """

    result: ProbeResult
    numbers: dict[str, int]
    sizes: list[Expr]
    fitted: FittedSizes | None


def probe_sizes(probe: LayerProbe) -> ProbedSizes:
    """Return the sizes of a layer's outputs and weights, as formulas in the names.

    A size that depends on a name without a number is known where a formula was found for it. Where
    Keras gives one although it does not know that name, that counts. Where no formula is found, a
    size is the number that it is. Raises SpecError where Keras refuses the layer, or needs a number
    for a name that has none.
    """
    symbols = _symbols(probe.layer, probe.tensors)
    names = {name: symbol(name, number) for name, number in symbols.items()}
    known_numbers = {name: number for name, number in symbols.items() if number is not None}
    hidden = probe._replace(hidden=frozenset(names.keys() - known_numbers.keys()))
    _refuse_unknown_arguments(probe.layer, hidden.hidden)
    if not hidden.hidden:
        result = probe.run(known_numbers)
        found = fitted_formulas(probe, known_numbers, result, names)
        sizes, unfitted = _numbers_alone(result, found.sizes)
        with_batch = _with_batch(probe, known_numbers, result, result, sizes)
        fitted = FittedSizes(found.ranges, unfitted) if names else None
        return ProbedSizes(result, known_numbers, with_batch, fitted)
    try:
        result = hidden.run(known_numbers)
    except SpecError as error:
        remedy = f"if it needs a number for {' and '.join(sorted(hidden.hidden))}, give it under"
        remedy += " `dims`, or with --set"
        raise SpecError(*(replace(each, remedy=remedy) for each in error.problems)) from None
    known = fitted_formulas(
        hidden, known_numbers, result, {name: names[name] for name in known_numbers}
    )
    of_none, unfitted = _numbers_alone(result, known.sizes)
    numbers, base = _probe_with_placeholders(probe, symbols, result)
    of_numbers: list[Expr | None] = [None] * len(of_none)
    ranges = known.ranges
    if base is not None:
        found = fitted_formulas(probe, numbers, base, names)
        of_numbers, ranges = found.sizes, found.ranges
    formulas = [
        one if size is not None else other
        for size, one, other in zip(result.sizes, of_none, of_numbers, strict=True)
    ]
    formulas = [  # what Keras calls not known is no plain number
        None if size is None and one is not None and not one.symbols() & hidden.hidden else one
        for size, one in zip(result.sizes, formulas, strict=True)
    ]
    with_batch = _with_batch(probe, numbers, result, base, formulas)
    return ProbedSizes(result, numbers, with_batch, FittedSizes(ranges, unfitted))


def _numbers_alone(
    result: ProbeResult, sizes: Sequence[Expr | None]
) -> tuple[list[Expr | None], bool]:
    """Return sizes with their numbers where no formula was found, and whether there is one."""
    alone = [
        const(size) if each is None and size is not None else each
        for size, each in zip(result.sizes, sizes, strict=True)
    ]
    return alone, any(
        each is None and one is not None for each, one in zip(sizes, alone, strict=True)
    )


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


def _with_batch(
    probe: LayerProbe,
    numbers: dict[str, int],
    result: ProbeResult,
    base: ProbeResult | None,
    formulas: Sequence[Expr | None],
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
