"""The same model at 50, 500, 5,000 and 50,000 steps: its answers may not hang on the number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from seqinspect import SpecError, describe
from tests.keras.time_judge.claims import Claims
from tests.keras.time_judge.judging import Judged, calls_before, judge_causality, wrong_bounds
from tests.keras.time_judge.movement import FEW, Draw, Moved, move, timed_axes
from tests.keras.time_judge.real_model import RealModel, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.keras.time_judge.real_model import Spec

LENGTHS = (50, 500, 5_000, 50_000)
"""Numbers of steps; at the last one nothing is moved."""

SLOWEST = "slowest report, ms"

FULL = 4
"""With so many output steps, one sees as much as any."""

DRAWS = 2
MOST_DRAWS = 6
MOST_MOVED = 24
"""So many steps of an input are moved: those that bound what outputs are said to see, and some."""


def judge_lengths(spec: Spec, seed: int = 0) -> Judged:
    """Judge a spec whose `T` and `S` can be any number, at each of LENGTHS."""
    judged, random = Judged(), np.random.default_rng(seed)
    said: dict[int, Claims] = {}
    for steps in LENGTHS:
        same = {**spec, "dims": {**spec["dims"], **dict.fromkeys(("T", "S"), steps)}}
        try:
            said[steps] = _claims(same, judged)
            if steps < LENGTHS[-1]:
                _judge_at(same, steps, said[steps], judged, random)
        except SpecError as error:
            judged.differ("REFUSED", f"at {steps} steps: {error}")
            return judged
    _judge_fields(said, judged)
    return judged


def _claims(spec: Spec, judged: Judged) -> Claims:
    """Return what is said of a spec, and note how long that took of the processor."""
    model = RealModel({**spec, "layers": []})
    started = time.process_time()
    claims = Claims(spec, model, [entry["name"] for entry in spec["layers"]])
    describe(spec, static=True).to_markdown()
    milliseconds = round(1000 * (time.process_time() - started))
    judged.counts[SLOWEST] = max(judged.counts[SLOWEST], milliseconds)
    return claims


def _judge_at(
    spec: Spec, steps: int, claims: Claims, judged: Judged, random: np.random.Generator
) -> None:
    model = RealModel(spec)
    inputs = [name for name, axis in timed_axes(model).items() if axis]
    read = {source for entry in spec["layers"] for source in sources_of(entry)}
    chosen = {
        name: tuple(sorted(set(_bracketing(claims, name, model.inputs[name].shape[1], random))))
        for name in inputs
        if name in read
    }
    if not chosen:
        return
    moved = Moved(chosen)
    axes = {name: claims.axes[name] for name in spec["outputs"]}
    found: list[tuple[str, str, str]] = []
    for draw in range(MOST_DRAWS):
        move(model, spec["outputs"], axes, moved, Draw(random, FEW, calm=draw % 2 == 0))
        found = list(wrong_bounds(moved, claims))
        if draw >= DRAWS - 1 and not any(kind != "NARROW" for kind, _, _ in found):
            break
    for kind, tensor, sentence in found:
        if kind != "NARROW" and _masks_what_was_computed(model, tensor):
            judged.counts["hidden"] += 1
            continue
        judged.differ(f"REACH {kind}", f"at {steps} steps: {sentence}")
    judged.counts[f"relations at {steps}"] += len(moved.tables)
    judge_causality(model, spec, claims, moved, judged)


def _masks_what_was_computed(model: RealModel, tensor: str) -> bool:
    """Whether a Masking looks for zeros in what was computed: it finds them with rare weights."""
    return any(
        "Masking" in entry and not model.inputs.keys() >= set(sources_of(entry))
        for entry in calls_before(model, tensor)
    )


def _bracketing(
    claims: Claims, name: str, steps: int, random: np.random.Generator
) -> Iterator[int]:
    """Yield steps of an input: the ends that are claimed, those beside them, and some others."""
    yield from (0, steps // 3, steps // 2, steps - 1)
    yield from random.integers(0, steps, 4).tolist()
    found = []
    for output in claims.json["outputs"]:
        bounds, row = claims.bounds.get((output, name)), claims.rows.get(output)
        if bounds is None or row is None:
            continue
        count = row["time"]["steps"] or 1
        field = claims.fields.get((output, name))
        full = field.first_full if field is not None and field.first_full is not None else 0
        for step in {0, max(0, full - 1), full, count // 2, count - 1}:
            first, last = bounds.at(step)
            found += [first - 1, first, last, last + 1]
    inside = sorted({step for step in found if 0 <= step < steps})
    yield from random.permutation(inside)[:MOST_MOVED].tolist()


def _judge_fields(said: dict[int, Claims], judged: Judged) -> None:
    """Whether `causal` is the same at all lengths, and receptive fields go on as they began."""
    causal = {steps: claims.json["causal"] for steps, claims in said.items()}
    if len(set(causal.values())) > 1:
        judged.differ("LENGTHS", f"causal: says {causal}")
    for key in said[LENGTHS[0]].fields:
        rows = {steps: claims.rows[key[0]] for steps, claims in said.items()}
        # Where there are few output steps, the ends cut the field of each.
        lengths = [
            steps for steps in LENGTHS[1:] if (rows[steps]["time"]["steps"] or steps) >= FULL
        ]
        fields = [said[steps].fields[key].size for steps in lengths]
        judged.counts["fields at all lengths"] += 1
        if None in fields:
            judged.differ("LENGTHS", f"{key[0]}: says field {fields} of {key[1]} at {lengths}")
            continue
        # A field is a number, or as many steps as there are but for a number of them, and those
        # behind the last output step of a stride.
        stride = LENGTHS[-1] // (rows[LENGTHS[-1]]["time"]["steps"] or LENGTHS[-1])
        sizes = [field or 0 for field in fields]
        left = [steps - size for steps, size in zip(lengths, sizes, strict=True)]
        if len(set(sizes)) < 2 or max(left) - min(left) < max(1, stride):
            continue
        judged.differ("LENGTHS", f"{key[0]}: says field {fields} of {key[1]} at {lengths}")
