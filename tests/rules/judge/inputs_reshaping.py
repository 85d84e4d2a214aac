"""Hints for the layers that rearrange, cut, pad and repeat."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor


@draws("Reshape")
def reshape(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(2, 4)
    if draw.real and x.time is not None:  # before the time axis, few: the rule follows six turns
        few = [literal(draw.integer(1, 2)) for _ in range(1, x.time)]
        x = x.to(x.shape[0], *few, *x.shape[x.time :])
    elif draw.real:
        x = x.to(x.shape[0], *[literal(1)] * (x.rank - 2), x.features)
    sizes = [size.value for size in x.shape[1:]]
    known = [size or draw.integer(1, 6) for size in sizes]
    target: list[object] = list(_factors(draw, prod(known), draw.integer(1, 4)))
    if draw.chance(0.3):  # the sizes that it has, with a one somewhere, or merged with the next
        target = list(known)
        place = draw.integer(0, len(target))
        target.insert(place, 1)
    if draw.wrong():
        target[draw.integer(0, len(target) - 1)] = draw.integer(1, 9)
    if draw.chance(0.4) or None in sizes:
        target[draw.integer(0, len(target) - 1)] = -1 if draw.real else draw.choice([-1, -1, None])
    if draw.wrong(0.03):
        target = [-1, *target[1:], -1]
    return Draft(layer, draw.options(layer, target_shape=target), {"inputs": x})


def _factors(draw: Draw, number: int, count: int) -> list[int]:
    """`count` numbers, in random order, whose product is `number`."""
    found = []
    for _ in range(count - 1):
        factor = draw.choice([n for n in range(1, number + 1) if number % n == 0])
        found.append(factor)
        number //= factor
    return [*found, number]


@draws("Permute")
def permute(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(2, 5)
    dims = list(range(1, x.rank))
    draw.random.shuffle(dims)
    if draw.wrong():
        dims[0] += draw.choice([-1, 1])
    return Draft(layer, draw.options(layer, dims=dims), {"inputs": x})


@draws("RepeatVector")
def repeat_vector(draw: Draw, layer: str) -> Draft:
    x = draw.tensor(draw.size())
    x = draw.folded(x) if draw.chance(0.5) or draw.real else x
    return Draft(layer, draw.options(layer), {"inputs": x})


@draws("Cropping1D", "Cropping2D", "Cropping3D")
def cropping(draw: Draw, layer: str) -> Draft:
    return _spatial(draw, layer, "cropping", most=1 if draw.real else 2)


@draws("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(draw: Draw, layer: str) -> Draft:
    return _spatial(draw, layer, "padding", most=4)


@draws("UpSampling1D", "UpSampling2D", "UpSampling3D")
def up_sampling(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])

    def size() -> object:
        if dimensions == 1 or draw.chance(0.4):
            return draw.integer(1, 4)
        return [draw.integer(1, 4) for _ in range(dimensions + draw.wrong(0.05))]

    draft = Draft(layer, draw.options(layer, size=size), {"inputs": _image(draw, dimensions)})
    if draw.real and draft.options.get("interpolation") == "bicubic":
        # Right on an input step it reads no neighbour: for odd sizes the rule says one more.
        draft = replace(draft, options={**draft.options, "size": draw.choice([1, 2, 4])})
    return draft


def _spatial(draw: Draw, layer: str, option: str, most: int) -> Draft:
    dimensions = int(layer[-2])

    def count() -> int:
        return draw.integer(0, most)

    def pair() -> object:
        return [count() for _ in range(2 + draw.wrong(0.03))]

    def margins() -> object:
        if draw.chance(0.3):
            return count()
        if dimensions == 1:
            return pair()
        number = dimensions + draw.wrong(0.05)
        return [draw.choice([count, pair])() for _ in range(number)]

    options = draw.options(layer, **{option: margins})
    if draw.real and option == "cropping":
        options[option] = margins()
    return Draft(layer, options, {"inputs": _image(draw, dimensions)})


def _image(draw: Draw, dimensions: int) -> Tensor:
    """A tensor with so many spatial axes; time is one of them, the channels, or there is none."""
    time = draw.choice([1, 1, 1, *range(2, dimensions + 2), None])
    low = 4 if draw.real else 2
    sizes = [
        draw.named(None) if not draw.real and draw.chance(0.12) else literal(draw.integer(low, 7))
        for _ in range(dimensions + 1)
    ]
    return draw.tensor(*sizes, time=time)
