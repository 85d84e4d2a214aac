"""Options of layers that augment images, and what is refused: factors, ranges, channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.errors import refuse
from seqinspect.records import NamedTuple
from seqinspect.rules.shapes import shape_text
from seqinspect.rules.signature import Parameter
from seqinspect.rules.wrong_values import show, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.model.facts import Tensor
    from seqinspect.rules.arguments import Numbers


class Option(NamedTuple):
    """An option of a layer, and what refuses a value that its kind lets pass."""

    parameter: Parameter
    check: Callable[[str, Any], None] | None = None


def option(
    name: str, kind: str, *default: object, check: Callable[[str, Any], None] | None = None
) -> Option:
    """An option of some kind; without a default it is required."""
    value = default[0] if default else None
    return Option(Parameter(name, kind, value, required=not default), check)


def factor(
    low: int,
    *default: object,
    name: str = "factor",
    kind: str = "Numbers",
    every: bool = False,
    above: bool = False,
) -> Option:
    """A number from `low` to 1, or a pair of numbers; without a default it is required.

    Of a pair, Keras wants a first number up to 1 and a second from `low` on, unless `every` one
    must lie in between. `above`: `low` itself is refused.
    """

    def check(name: str, value: Numbers | None) -> None:
        if value is not None and not within(value, low, 1, every=every, above=above):
            wrong(name, value, f"a number from {low} to 1, or a list of two")

    return option(name, kind, *default, check=check)


def within(
    value: Numbers, low: int, high: int, *, every: bool = False, above: bool = False
) -> bool:
    """Whether a number lies from `low` to `high`, or a pair does as Keras wants it to."""
    if not isinstance(value, tuple):
        return low < value <= high if above else low <= value <= high
    if len(value) != 2 or any(isinstance(one, tuple) for one in value):
        return False
    if every:
        return all(within(one, low, high, above=above) for one in value)
    return value[0] <= high and value[1] >= low  # type: ignore[operator]  # both are numbers: just looked


def check_bits(name: str, value: Numbers) -> None:
    """Refuse what is no number of bits, from 1 to 8, and no pair of them."""
    if not within(value, 1, 8):
        wrong(name, value, "a number from 1 to 8, or a list of two")
    if any(isinstance(one, float) for one in (value if isinstance(value, tuple) else (value,))):
        wrong(name, value, "an integer of bits, or a list of two")


def check_odd(name: str, value: Numbers) -> None:
    """Refuse the size of a window without a middle."""
    sizes = value if isinstance(value, tuple) else (value, value)
    if len(sizes) != 2 or any(isinstance(size, tuple) or size % 2 == 0 for size in sizes):
        wrong(name, value, "an odd number, or a list of two")


def check_range(name: str, value: Numbers) -> None:
    """Refuse what is no pair of a lowest and a highest value."""
    if not isinstance(value, tuple) or len(value) != 2:
        refuse(
            f"`{name}` is a list of two numbers",
            received=show(value),
            expected="the lowest and the highest value of the images",
            argument=name,
            about="value",
        )


def check_channels(data: Tensor, data_format: object, *, also_one: bool = False) -> None:
    """Refuse other images than those of red, green and blue (or of one channel)."""
    if data.rank not in (3, 4):
        return  # refused as no image
    axis = data.rank - (3 if data_format == "channels_first" else 1)
    channels = data.shape[axis]
    if axis == 0 and channels.value is None:
        refuse(
            "takes 3 axes as a single image, and its first axis, the batch, as the channels",
            received=shape_text(data.shape),
            expected="4 axes (batch, channels, height, width)",
            about="rank",
        )
    if channels.value not in (None, 3) and not (also_one and channels == 1):
        refuse(
            f"changes colours, and its images have {channels.text()} channels",
            received=channels.text(),
            expected="3 channels, or 1" if also_one else "3 channels",
            about="shape",
        )


CHANNELS = "AnyCase['channels_last', 'channels_first'] | None"

DATA_FORMAT = option("data_format", CHANNELS, None)
SEED = option("seed", "int | None", None)
VALUE_RANGE = option("value_range", "Numbers", (0, 255), check=check_range)
INTERPOLATION = option("interpolation", "Literal['nearest', 'bilinear']", "bilinear")
FILL_MODE = option("fill_mode", "Literal['reflect', 'wrap', 'constant', 'nearest']", "reflect")
FILL_VALUE = option("fill_value", "Real", 0.0)
