"""Small chains of layers: what is said of time is what following each step by itself gives.

At a few steps the ends cut almost every window, and a last step may fall where t rises.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from seqinspect import describe

Steps = list[set[int]]
CHAINS = 40


def convolved(steps: int, chance: random.Random) -> tuple[Steps, dict[str, Any]] | None:
    """Return which steps each output step of a random convolution reads; None if too few are there.

    Source of the padding: `same` has half of it, rounded down, before the first step.
    """
    kernel, dilation = chance.randint(1, 4), chance.randint(1, 3)
    stride = 1 if dilation > 1 else chance.choice([1, 1, 1, 2])
    padding = chance.choice(["same", "same", "causal", "valid"])
    span = (kernel - 1) * dilation
    outputs, before = -(-steps // stride), span
    if padding == "valid":
        outputs, before = (steps - span - 1) // stride + 1, 0
    elif padding == "same":
        before = max(0, (outputs - 1) * stride + span + 1 - steps) // 2
    taps = [{t * stride - before + tap * dilation for tap in range(kernel)} for t in range(outputs)]
    options = {"kernel_size": kernel, "strides": stride, "dilation_rate": dilation}
    layer = {"Conv1D": {"filters": 2, "padding": padding, **options}}
    return ([read & {*range(steps)} for read in taps], layer) if outputs > 0 else None


def other(steps: int, chance: random.Random) -> tuple[Steps, dict[str, Any]] | None:
    """Return the same of a random layer that goes through the steps, cuts some or adds some."""
    before, behind = chance.randint(0, 2), chance.randint(0, 2)
    match chance.choice(["forward", "forward", "backward", "crop", "pad"]):
        case "forward":
            read = [{*range(t + 1)} for t in range(steps)]
            return read, {"LSTM": {"units": 2, "return_sequences": True}}
        case "backward":
            read = [{*range(steps - 1 - t, steps)} for t in range(steps)]
            options = {"return_sequences": True, "go_backwards": True}
            return read, {"LSTM": {"units": 2, **options}}
        case "crop":
            if before + behind >= steps:
                return None
            read = [{t + before} for t in range(steps - before - behind)]
            return read, {"Cropping1D": {"cropping": [before, behind]}}
    read = [{t - before} & {*range(steps)} for t in range(steps + before + behind)]
    return read, {"ZeroPadding1D": {"padding": [before, behind]}}


def drawn(chance: random.Random) -> tuple[int, Steps, list[dict[str, Any]]]:
    """Return a number of steps, what each output step of a chain depends on, and the chain."""
    steps = chance.randint(1, 7)
    depends: Steps = [{t} for t in range(steps)]
    layers: list[dict[str, Any]] = []
    for _ in range(chance.randint(1, 5)):
        found = chance.choice([convolved, other])(len(depends), chance)
        if found is not None:
            depends = [set().union(*(depends[step] for step in read)) for read in found[0]]
            layers.append(found[1])
    return steps, depends, layers


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_causality_and_ends_are_those_of_each_step(seed: int, named: bool) -> None:
    for index in range(CHAINS):
        steps, depends, layers = drawn(random.Random(f"{seed} {index}"))
        if not layers:
            continue
        dims = {"T": steps} if named else {}
        shape = ["T" if named else steps, 2]
        report = describe({"dims": dims, "input": shape, "layers": layers}, static=True).to_dict()
        ahead = any(step > t for t, read in enumerate(depends) for step in read)
        assert report["causal"] is not True or not ahead, layers
        if report["causal"] is False and len(depends) == steps:
            assert ahead, layers
        time = report["layers"][-1]["time"]
        for each in time["depends"] if time else ():
            if each["first"] is None:
                continue
            for t, read in enumerate(depends):
                sizes = {**report["dims"], "max": max, "min": min, "t": t}
                first, last = (eval(each[end], {}, dict(sizes)) for end in ("first", "last"))
                assert {*range(first, last + 1)} >= read, (layers, t)
                assert not read or (first, last) == (min(read), max(read)), (layers, t)
