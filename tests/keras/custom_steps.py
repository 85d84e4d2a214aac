"""Ways to mix the steps of a sequence, each with the steps that it truly reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from random import Random

Reads = Callable[[int, int], set[int]]
"""The steps, of so many, that an output step reads."""


@dataclass
class Mixer:
    """How a layer mixes its steps: `call` with Keras, the input and the weights of its own.

    `open_steps`: it can be called where their number is not known.
    """

    name: str
    call: Callable[[Any, Any, list[Any]], Any]
    reads: Reads
    outputs: Callable[[int], int | None] = lambda steps: steps
    weights: tuple[Callable[[dict[str, int]], tuple[int, ...]], ...] = ()
    accepts: Callable[[int], bool] = lambda _: True
    open_steps: bool = False

    def causal(self, steps: int) -> bool | None:
        """Whether no output step reads a later one; None where they are not the same steps."""
        if self.outputs(steps) != steps:
            return None
        return all(max(self.reads(t, steps), default=0) <= t for t in range(steps))

    def __repr__(self) -> str:
        return self.name


def _weighted(reads: Reads, outputs: Callable[[int], int] = lambda steps: steps) -> Any:
    """Return a call that adds up the steps that are read, each with a weight of its own."""

    def call(keras: Any, x: Any, _: list[Any]) -> Any:
        steps = x.shape[1]
        matrix = np.zeros((steps, outputs(steps)))
        for step in range(outputs(steps)):
            for each in reads(step, steps):
                matrix[each, step] = 0.5 + 1 / (1 + (each - step) ** 2)
        return keras.ops.einsum("bsn,st->btn", x, keras.ops.cast(matrix, x.dtype))

    return call


def taps(random: Random) -> Mixer:
    kind = random.choice(["window", "dilated", "ahead", "centred", "odd"])
    size = random.randint(1, 64)
    every = random.randint(2, 9)
    offsets = {
        "window": list(range(1 - size, 1)),
        "dilated": [-every * each for each in range(min(size, 8))],
        "ahead": list(range(min(size, 20))),
        "centred": list(range(-(size // 2), size - size // 2)),
        "odd": sorted(random.sample(range(-12, 4), 3)),
    }[kind]

    def reads(t: int, steps: int) -> set[int]:
        return {t + by for by in offsets if 0 <= t + by < steps}

    return Mixer(f"{kind} {offsets[0]}…{offsets[-1]}", _weighted(reads), reads)


def maximum(random: Random) -> Mixer:
    size = random.randint(2, 9)

    def call(keras: Any, x: Any, _: list[Any]) -> Any:
        low = x * 0 - 50
        padded = keras.ops.concatenate([low, x], 1)
        steps = x.shape[1]
        parts = [padded[:, max(0, steps - by) : 2 * steps - by] for by in range(min(size, steps))]
        return keras.ops.max(keras.ops.stack(parts), 0)

    return Mixer(f"maximum of {size}", call, lambda t, _: set(range(max(0, t - size + 1), t + 1)))


def pooled(random: Random) -> Mixer:
    size, stride = random.randint(1, 7), random.randint(2, 6)

    def reads(t: int, _: int) -> set[int]:
        return set(range(t * stride, t * stride + size))

    def outputs(steps: int) -> int:
        return (steps - size) // stride + 1

    return Mixer(
        f"pooled {size} by {stride}",
        _weighted(reads, outputs),
        reads,
        outputs=outputs,
        accepts=lambda steps: steps >= size,
    )


def convolved(random: Random) -> Mixer:
    size, every = random.randint(1, 9), random.randint(1, 8)

    def call(keras: Any, x: Any, own: list[Any]) -> Any:
        padded = keras.ops.pad(x, ((0, 0), ((size - 1) * every, 0), (0, 0)))
        return keras.ops.conv(padded, own[0], 1, "valid", dilation_rate=every)

    return Mixer(
        f"convolved {size} dilated {every}",
        call,
        lambda t, _: {t - every * each for each in range(size) if t - every * each >= 0},
        weights=(lambda s: (size, s["n"], s["n"]),),
        open_steps=True,
    )


def running(random: Random) -> Mixer:
    kind = random.choice(["sum", "sum before", "sum after", "from the end", "slow", "state"])

    def call(keras: Any, x: Any, own: list[Any]) -> Any:
        ops = keras.ops
        total = ops.cumsum(x, 1)
        if kind == "sum before":
            return total - x
        if kind in ("sum after", "from the end"):
            turned = ops.cumsum(ops.flip(x, 1), 1)
            return turned if kind == "from the end" else ops.flip(turned, 1)
        if kind == "slow":
            return total * 0.01
        if kind == "state":
            state, states = x[:, 0] * 0, []
            for step in range(x.shape[1]):
                state = ops.tanh(x[:, step] + 0.5 * state)
                states.append(state)
            return ops.stack(states, 1)
        return total

    reads: Reads = {
        "sum before": lambda t, _: set(range(t)),
        "sum after": lambda t, steps: set(range(t, steps)),
        "from the end": lambda t, steps: set(range(steps - 1 - t, steps)),
    }.get(kind, lambda t, _: set(range(t + 1)))
    return Mixer(f"running {kind}", call, reads, open_steps=kind != "state")


def whole(random: Random) -> Mixer:
    kind = random.choice(["softmax", "causal softmax", "near softmax", "mixed", "mean added"])
    width = random.randint(1, 20)

    def call(keras: Any, x: Any, own: list[Any]) -> Any:
        ops = keras.ops
        if kind == "mixed":
            return ops.einsum("bsn,st->btn", x, own[0])
        if kind == "mean added":
            return x + ops.mean(x, 1, keepdims=True)
        scores = ops.matmul(x, ops.swapaxes(x, 1, 2)) * 0.1
        if kind == "softmax":
            return ops.matmul(ops.softmax(scores), x)
        at = ops.arange(x.shape[1])
        apart = at[:, None] - at[None, :]
        if kind == "causal softmax":
            scores = ops.where(apart < 0, -1e9, scores)
        if kind == "near softmax":
            scores = ops.where(abs(apart) > width, -1e9, scores)
        return ops.matmul(ops.softmax(scores), x)

    reads: Reads = {
        "causal softmax": lambda t, _: set(range(t + 1)),
        "near softmax": lambda t, steps: set(range(max(0, t - width), min(steps, t + width + 1))),
    }.get(kind, lambda _, steps: set(range(steps)))
    weights = (lambda s: (s["T"], s["T"]),) if kind == "mixed" else ()
    opened = kind in ("softmax", "mean added")
    return Mixer(f"whole {kind} {width}", call, reads, weights=weights, open_steps=opened)


def vector(random: Random) -> Mixer:
    kind = random.choice(["last", "first", "mean", "largest", "last few", "first few", "strided"])
    few = random.randint(2, 20)

    def call(keras: Any, x: Any, _: list[Any]) -> Any:
        ops = keras.ops
        match kind:
            case "last":
                return x[:, -1]
            case "first":
                return x[:, 0]
            case "largest":
                return ops.max(x, 1)
        part = {"last few": x[:, -few:], "first few": x[:, :few], "strided": x[:, ::3]}
        return ops.mean(part.get(kind, x), 1)

    reads: Reads = {
        "last": lambda _, steps: {steps - 1},
        "first": lambda _, __: {0},
        "last few": lambda _, steps: set(range(max(0, steps - few), steps)),
        "first few": lambda _, steps: set(range(min(few, steps))),
        "strided": lambda _, steps: set(range(0, steps, 3)),
    }.get(kind, lambda _, steps: set(range(steps)))
    return Mixer(f"vector {kind} {few}", call, reads, outputs=lambda _: None, open_steps=True)


def branching(random: Random) -> Mixer:
    kind = random.choice(["long", "even", "half", "mean of half", "window of half"])
    bound = random.randint(3, 120)

    def reads(t: int, steps: int) -> set[int]:
        half = max(1, steps // 2)
        match kind:
            case "half":
                return {t, half - 1}
            case "mean of half":
                return set(range(half))
            case "window of half":
                return set(range(max(0, t - half + 1), t + 1))
        turns = steps > bound if kind == "long" else steps % 2 == 0
        return {steps - 1 - t if turns else t}

    return Mixer(f"branching {kind} {bound}", _weighted(reads), reads)


def moved(random: Random) -> Mixer:
    kind = random.choice(
        ["flip", "flip added", "roll", "last added", "repeated", "blocks", "times"]
    )
    by = random.randint(2, 7)
    reads: Reads = {
        "flip": lambda t, steps: {steps - 1 - t},
        "flip added": lambda t, steps: {t, steps - 1 - t},
        "roll": lambda t, steps: {(t - by) % steps},
        "last added": lambda t, steps: {t, steps - 1},
        "repeated": lambda t, _: {t // by},
        "blocks": lambda t, steps: set(range(t // by * by, min(steps, t // by * by + by))),
    }.get(kind, lambda t, _: {t})

    def outputs(steps: int) -> int:
        return steps * by if kind == "repeated" else steps

    def times(keras: Any, x: Any, own: list[Any]) -> Any:
        return x * own[0]

    return Mixer(
        f"moved {kind} {by}",
        times if kind == "times" else _weighted(reads, outputs),
        reads,
        outputs=outputs,
        weights=(lambda s: (s["T"], s["n"]),) if kind == "times" else (),
    )


MIXERS = [taps, taps, taps, maximum, pooled, convolved, running, whole, vector, branching, moved]
