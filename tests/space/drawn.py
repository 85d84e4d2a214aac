"""Random specs with names for sizes: those of `whole_models`, whose numbers get names."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.keras.whole_models import draw

SIZES = frozenset(
    {
        "units", "filters", "kernel_size", "strides", "dilation_rate", "pool_size", "output_size",
        "output_dim", "input_dim", "cropping", "padding", "size", "target_shape", "shape", "Dense",
        "RepeatVector", "num_heads", "key_dim", "x",
    }
)  # fmt: skip
"""Arguments that hold sizes: what is no number in them stays as it is."""


def named_spec(seed: str) -> dict[str, Any]:
    """Return a spec whose dims are names for many of its numbers; equal numbers share a name.

    Some names are defined by others: {"n4": 4, "n8": "2*n4"}.
    """
    random = Random(f"names {seed}")
    spec = draw(seed)
    dims: dict[str, Any] = spec["dims"]
    one_name = random.random() < 0.6

    def size(number: int) -> object:
        if number < 1 or random.random() < 0.15:
            return number
        name = f"n{number}" if one_name or random.random() < 0.5 else f"m{len(dims)}"
        dims.setdefault(name, number)
        return name

    def named(value: object, key: str = "") -> object:
        match value:
            case bool():
                return value
            case int() if key in SIZES:
                return size(value)
            case list():
                return [named(each, key) for each in value]
            case dict():
                return {name: named(each, name) for name, each in value.items()}
        return value

    spec["inputs"] = named(spec["inputs"])
    spec["layers"] = named(spec["layers"])
    numbers = list(dims.items())
    for name, number in numbers[1:]:
        for other, smaller in numbers:
            if other == name:
                break
            if random.random() < 0.2 and isinstance(dims[other], int) and number % smaller == 0:
                dims[name] = f"{number // smaller}*{other}"
                break
    return spec
