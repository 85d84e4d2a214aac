"""What pictures show, judged by real models: `python -m tests.keras.picture_judge --count 500`.

Models are drawn at random, one input step after another is changed, and what moves is compared with
the lines of the picture: where something moves, lines must lead; where lines lead, something moves.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from seqinspect import SpecError
from seqinspect.analysis.walk import analyse
from seqinspect.given import graph_of
from seqinspect.output.drawing import grid
from seqinspect.output.drawing.calls import Calls
from seqinspect.output.drawing.grid import scene
from tests.golden.scene_reach import Follower, NotDrawn
from tests.keras.time_judge.claims import Claims
from tests.keras.time_judge.drawing import draw
from tests.keras.time_judge.judging import DRAWS, MOST_DRAWS, _may_hide, _run_once, _steps
from tests.keras.time_judge.judging import Judged as TimeJudged
from tests.keras.time_judge.movement import ALL, Draw, Moved, move, timed_axes
from tests.keras.time_judge.real_model import RealModel, use_float64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.keras.time_judge.real_model import Spec

MOST_STEPS = 100

RENAMED = {"GetItem", "operator"}
"""Entries whose layers have other names in the report."""


def judge(spec: Spec, seed: int, counts: Counter[str]) -> list[str]:
    """Return where the picture of a model and what moves in it differ."""
    if any(entry.keys() & RENAMED for entry in spec["layers"]):
        counts["renamed"] += 1
        return []
    random = np.random.default_rng(seed)
    model = RealModel(spec)
    run = _run_once(model, spec, TimeJudged(), random)
    if run is None:
        counts["does not run"] += 1
        return []
    try:
        claims = Claims(spec, model, run.calls)
        graph, _ = graph_of(spec)
        report = analyse(graph)
        follower, calls = Follower(scene(graph, report)), Calls(graph, report)
    except SpecError:
        counts["refused"] += 1
        return []
    moved = Moved({name: _steps(model, name) for name, axis in timed_axes(model).items() if axis})
    differences: list[str] = []
    for number in range(MOST_DRAWS):
        move(model, spec["outputs"], claims.axes, moved, Draw(random, ALL, calm=number % 2 == 1))
        found = [*_compare(follower, calls, moved, claims)]
        differences = [
            text for text, tensor, wide in found if not (wide and _may_hide(model, run, tensor))
        ]
        counts["hidden"] += number == MOST_DRAWS - 1 and len(found) > len(differences)
        if number >= DRAWS - 1 and not found:
            break
    counts["models"] += 1
    counts["relations"] += sum(len(table) for table in moved.tables.values())
    counts["not drawn"] += _missed(follower, calls, moved, claims)
    return differences


def _compare(
    follower: Follower, calls: Calls, moved: Moved, claims: Claims
) -> Iterator[tuple[str, str, bool]]:
    """Yield where something moves without a line, or a line leads where nothing moves."""
    for (tensor, name), table in moved.tables.items():
        if "." in tensor or tensor not in claims.rows:
            continue
        index = follower.last_row(calls.tensor(tensor).path)
        stepped = claims.axes[tensor] is not None
        for step in range(len(table)):
            try:
                shown = follower.reach(index, step if stepped else None).get(name, set())
            except NotDrawn:
                continue
            hits = {s for s, hit in zip(moved.changed[name], table[step], strict=True) if hit}
            if hits - shown or shown - hits:
                text = f"{tensor} at {step} of {name}: drawn {sorted(shown)}, moved {sorted(hits)}"
                yield text, tensor, not hits - shown


def _missed(follower: Follower, calls: Calls, moved: Moved, claims: Claims) -> int:
    """Return how many relations a picture says nothing of."""
    missed = 0
    for (tensor, _), table in moved.tables.items():
        if "." in tensor or tensor not in claims.rows:
            continue
        index = follower.last_row(calls.tensor(tensor).path)
        for step in range(len(table)):
            try:
                follower.reach(index, step if claims.axes[tensor] is not None else None)
            except NotDrawn:
                missed += 1
    return missed


def draw_every_step() -> None:
    """Give every step a column, so that nothing is left out."""
    grid.ALL_STEPS = grid.ALL_DOTS = grid.ALL_LINES = MOST_STEPS


def main() -> int:
    """Draw and judge models; print those whose picture and Keras differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="judge this one model")
    options = parser.parse_args()
    use_float64()
    draw_every_step()
    counts: Counter[str] = Counter()
    wrong = 0
    for index in range(options.count) if options.only is None else [options.only]:
        spec = draw(f"{options.seed} {index}")
        differences = judge(spec, index, counts)
        if differences:
            wrong += 1
            print(f"--seed {options.seed}, model {index}: {spec}")
            for text in differences[:4]:
                print(f"  {text}")
            sys.stdout.flush()
    print(f"{wrong} of {options.count} pictures differ; {dict(counts)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
