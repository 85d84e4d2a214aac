"""Rows of sweeps, judged by describing their points: `python -m tests.space.sweep_judge`.

A random spec is swept over several sizes, and over choices; at random points it is read and
analysed anew, and every column must be what that report says.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.readers.opened import open_spec
from seqinspect.readers.spec import read_spec
from seqinspect.space.amounts import QUANTITIES
from seqinspect.space.axes import Axis, Space
from seqinspect.space.quantities import Running, number
from seqinspect.space.sweep import Sweep
from tests.keras.whole_models import text_of
from tests.space.drawn import named_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

VALUES = (1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 30, 100, 1_000)
COLUMNS = (*QUANTITIES, "receptive_field", "causal", "refused")
RUNNING = Running(3, "adam")


def with_choices(spec: dict[str, Any], random: Random) -> dict[str, Any]:
    """Let a spec choose the class of its recurrent layers, the padding and an activation."""
    layers = []
    drawn = {"cell": random.choice([["LSTM", "GRU"], ["GRU", "SimpleRNN", "LSTM"]])}
    for entry in spec["layers"]:
        kind = next(iter(entry))
        if kind in ("LSTM", "GRU") and "call" not in entry and random.random() < 0.7:
            options = {k: v for k, v in entry[kind].items() if k != "reset_after"}
            layers.append({"$cell": options, **{k: v for k, v in entry.items() if k != kind}})
        elif kind in ("Conv1D", "SeparableConv1D") and random.random() < 0.7:
            drawn["pad"] = ["causal", "same", "valid"]
            layers.append({**entry, kind: {**entry[kind], "padding": "$pad"}})
        elif kind == "Dense" and isinstance(entry[kind], dict) and random.random() < 0.7:
            drawn["act"] = ["relu", "tanh"]
            layers.append({**entry, kind: {**entry[kind], "activation": "$act"}})
        else:
            layers.append(entry)
    return {**spec, "layers": layers, "choices": drawn}


def space_of(spec: dict[str, Any], random: Random) -> Space | None:
    names = [name for name, size in spec["dims"].items() if isinstance(size, int)]
    if not names:
        return None
    swept = random.sample(names, min(len(names), random.randint(1, 3)))
    axes = []
    for name in swept:
        values = dict.fromkeys([spec["dims"][name], *random.sample(VALUES, 5)])
        axes.append(Axis(name, tuple(random.sample([*values], len(values)))))
    for name, words in spec.get("choices", {}).items():
        axes.insert(random.randint(0, len(axes)), Axis(name, tuple(words)))
    return Space(tuple(axes))


def described(text: bytes, point: Mapping[str, Any]) -> dict[str, Any]:
    """What describe says of one point, by an analysis of its own."""
    try:
        graph = read_spec(text, overrides=point)
        report = analyse(graph)
    except SpecError as error:
        return {**dict.fromkeys(COLUMNS), "refused": error.problems[0].about or "value"}
    sizes = [field.size for field in report.fields]
    known = [size for size in sizes if size is not None]
    return {
        **{name: number(graph, report, name, RUNNING) for name in QUANTITIES},
        "receptive_field": max(known) if known and len(known) == len(sizes) else None,
        "causal": report.causal,
        "refused": None,
    }


def judge(seed: str, points: int) -> tuple[int, int, list[str]]:
    """Return how many points of one space agree, how many analyses it took, and what differs."""
    random = Random(seed)
    spec = named_spec(seed)
    if random.random() < 0.5:
        changed = with_choices(spec, random)
        with suppress(SpecError):  # another class may not return what is read of the first
            open_spec(text_of(changed), "model")
            spec = changed
    space = space_of(spec, random)
    if space is None:
        return 0, 0, []
    text = text_of(spec)
    sweep = Sweep(space, open_spec(text, "model").read, COLUMNS, RUNNING)
    rows = [
        dict(zip(block, row, strict=True))
        for block in sweep.blocks()
        for row in zip(*block.values(), strict=True)
    ]
    wrong = []
    chosen = random.sample(range(space.size), min(points, space.size))
    for at in chosen:
        point = space.point(at)
        expected = {**point, **described(text, point)}
        if rows[at] != expected:
            differing = {
                k: (rows[at][k], expected[k]) for k in expected if rows[at][k] != expected[k]
            }
            wrong.append(f"{seed}: {point}: {differing}")
    return len(chosen) - len(wrong), sweep.analyses, wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    found, started, spaces = Counter[str](), time.monotonic(), 0
    while found["agree"] + found["differ"] < options.points:
        agree, analyses, wrong = judge(f"{options.seed}/{spaces}", 8)
        spaces += 1
        found += Counter({"agree": agree, "analyses": analyses, "differ": len(wrong)})
        for line in wrong:
            print(line, flush=True)
    print(f"{spaces} spaces, {time.monotonic() - started:.0f} s: {dict(found)}")
    return 1 if found["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
