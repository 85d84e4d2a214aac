"""Random specs with names for sizes: those of `whole_models`, whose numbers get names."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.keras.stream_models import draw as draw_stream
from tests.keras.whole_models import draw

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = frozenset(
    {
        "units", "filters", "kernel_size", "strides", "dilation_rate", "pool_size", "output_size",
        "output_dim", "input_dim", "cropping", "padding", "size", "target_shape", "shape", "Dense",
        "RepeatVector", "num_heads", "key_dim", "x",
    }
)  # fmt: skip
"""Arguments that hold sizes: what is no number in them stays as it is."""


def drawn_spec(seed: str) -> dict[str, Any]:
    """Return a spec with names of one of three kinds: any model, one that is fed step by step, or
    one that repeats a block."""
    kind = Random(f"kind {seed}").random()
    if kind < 0.5:
        return named_spec(seed)
    return named_spec(seed, draw_stream) if kind < 0.85 else repeating_spec(seed)


def repeating_spec(seed: str) -> dict[str, Any]:
    """Return a spec that repeats a block `L` times, in whose layers every step stays a step."""
    random = Random(f"repeats {seed}")
    blocks: list[dict[str, Any]] = [
        {"LSTM": {"units": "n", "return_sequences": True}},
        {"Dense": {"units": "n"}},
        {"TimeDistributed": {"Dense": "n"}},
        {"Conv1D": {"filters": "n", "kernel_size": "k", "padding": "causal"}},
        {"Conv1D": {"filters": "n", "kernel_size": "k", "padding": "same"}},
        {"LayerNormalization": {}},
        {"PReLU": {}},
    ]  # fmt: skip
    block = [
        {**entry, "name": f"b{at}"}
        for at, entry in enumerate(random.sample(blocks, random.randint(1, 3)))
    ]
    first: list[dict[str, Any]] = [{"Dense": "n"}] if random.random() < 0.5 else []
    width = random.randint(1, 4)
    dims = {"T": random.randint(2, 12), "n": random.randint(1, 9), "k": random.randint(1, 5),
            "L": random.randint(1, 5)}  # fmt: skip
    layers = [*first, {"repeat": "L", "layers": block}, {"Dense": 2}]
    return {"dims": dims, "inputs": {"x": {"shape": ["T", width]}}, "layers": layers}


def named_spec(seed: str, draw: Callable[[str], dict[str, Any]] = draw) -> dict[str, Any]:
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
