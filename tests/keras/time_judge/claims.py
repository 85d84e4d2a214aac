"""The claims of the JSON report on time and masks, each compared with what moved in Keras."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import keras
from seqinspect import SpecError, describe
from tests.keras.time_judge.movement import MASKINGS, Moved, draw_data, mixes, move, timed_axes
from tests.keras.time_judge.real_model import RealModel, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.keras.time_judge.real_model import Run, Spec

DRAWS = 3
MOST_DRAWS = 9
"""So many times a model is given new weights where a step that should move its output did not."""


@dataclass
class Judged:
    """Where a report and Keras differ, by kind; `counts` of what was compared."""

    differences: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def differ(self, kind: str, sentence: str) -> None:
        self.differences.append((kind, sentence))


class Claim:
    """What one row says of one input: the steps that its step t depends on."""

    def __init__(self, first: str, last: str, sizes: Mapping[str, int | None]) -> None:
        self.text = f"{first}…{last}"
        self._first, self._last = (compile(text, "bound", "eval") for text in (first, last))
        self._sizes = sizes

    def ends(self, step: int) -> tuple[int, int]:
        names = {"max": max, "min": min, **self._sizes, "t": step}
        return (
            eval(self._first, {}, names),
            eval(self._last, {}, names),
        )


def judge(spec: Spec, seed: int = 0) -> Judged:
    """Compare all claims on one model with what moves in it."""
    judged = Judged()
    random = np.random.default_rng(seed)
    model = RealModel(spec)
    model.put_in_order(spec["outputs"])
    names = {name: name for name in model.tensors}
    text: Any = spec
    if any(entry.keys() & {"GetItem", "operator"} for entry in spec["layers"]):
        whole = model.whole(spec["outputs"])
        text = json.loads(whole.to_json())
        names = _names_in_config(model)
    run = _run_once(model, spec, judged, random)
    try:
        report = describe(text, static=True)
    except SpecError as error:
        judged.counts["refused"] += 1
        if run is not None:
            judged.differ("REFUSED", str(error))
        return judged
    data = report.to_dict()
    rows = {row["name"]: row for row in data["layers"] if row["depth"] == 0}
    if run is None:
        judged.differ("RUNS", "Keras cannot run it, and it is not refused")
        return judged
    called = [entry["name"] for entry in model.entries]
    looked_at = {own: rows[names[own]] for own in called if names[own] in rows}
    inputs = {given["name"]: given for given in data["inputs"]}
    _judge_inputs(model, inputs, judged)
    axes = {
        own: None if row["time"] is None else row["time"]["axis"] for own, row in looked_at.items()
    }
    moved = Moved({name: _steps(model, name) for name, axis in timed_axes(model).items() if axis})
    claims = {
        (own, each["input"]): Claim(each["first"], each["last"], data["dims"])
        for own, row in looked_at.items()
        for each in (row["time"]["depends"] if row["time"] else ())
    }
    for draw in range(MOST_DRAWS):
        move(model, axes, moved, random, calm=draw % 2 == 1)
        found = list(_depends(moved, claims, looked_at))
        if draw >= DRAWS - 1 and not any(kind == "WIDE" for kind, _ in found):
            break
    judged.differences += [(f"REACH {kind}", sentence) for kind, sentence in found]
    judged.counts["rows"] += len(looked_at)
    judged.counts["relations"] += len(claims)
    own_names = {name: own for own, name in names.items()}
    _judge_causality(model, spec, data, moved, judged)
    _judge_field(report, own_names, moved, judged)
    by_name = {own_names[row.name]: row for row in report.top if row.name in own_names}
    _judge_masks(model, by_name, run, judged)
    return judged


def _steps(model: RealModel, name: str) -> tuple[int, ...]:
    return tuple(range(model.inputs[name].shape[1]))


def _names_in_config(model: RealModel) -> dict[str, str]:
    names = {}
    for own, tensor in model.tensors.items():
        operation, node, index = tensor._keras_history
        name = f"{operation.name}_call_{node + 1}" if node else operation.name
        names[own] = f"{name}.{index}" if index else name
    return names


def _run_once(
    model: RealModel, spec: Spec, judged: Judged, random: np.random.Generator
) -> Run | None:
    """Call the model on data with padding; None where Keras cannot."""
    model.set_weights(random, calm=False)
    data = [draw_data(model, masking, random, small=False) for masking in MASKINGS * 2]
    arrays = {name: np.stack([each[name] for each in data]) for name in model.inputs}
    try:
        run = model.run(arrays)
    except Exception as error:
        judged.counts[f"cannot run: {type(error).__name__}"] += 1
        return None
    outputs = spec["outputs"]
    whole = model.whole(outputs)(list(arrays.values()))
    whole = whole if isinstance(whole, list | tuple) else [whole]
    for name, output in zip(outputs, whole, strict=True):
        one, other = (keras.ops.convert_to_numpy(x) for x in (run.tensors[name], output))
        if not np.allclose(one, other, equal_nan=True):
            judged.differ("JUDGE", f"{name}: the judge's calls are not those of the whole model")
    return run


def _judge_inputs(model: RealModel, inputs: Mapping[str, Any], judged: Judged) -> None:
    read = {source for entry in model.entries for source in sources_of(entry)}
    for name, axis in timed_axes(model).items():
        said = inputs[name]["time_axis"]
        if name in read and said != axis:
            judged.differ("INPUT", f"{name}: says that axis {said} is time, is {axis}")


def _depends(
    moved: Moved, claims: Mapping[tuple[str, str], Claim], rows: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield where a row names fewer or more steps than move it."""
    for (tensor, name), table in moved.tables.items():
        claim = claims.get((tensor, name))
        changed = moved.changed[name]
        for step in range(len(table)):
            steps = [s for s, hit in zip(changed, table[step], strict=True) if hit]
            first, last = claim.ends(step) if claim else (1, 0)
            of = f"{tensor} ({rows[tensor]['type']}) at t = {step} of {name}"
            said = claim.text if claim else "none"
            outside = [s for s in steps if not first <= s <= last]
            if outside:
                yield "NARROW", f"{of}: says {said} = {first}…{last}, moved {steps}"
                break
            ends = {first, last} if first <= last else set()
            if not ends & set(changed) <= set(steps):
                yield "WIDE", f"{of}: says {said} = {first}…{last}, moved {steps}"
                break


def _judge_causality(model: RealModel, spec: Spec, data: Any, moved: Moved, judged: Judged) -> None:
    """Whether no step of an output depends on a later step of an input."""
    equal: list[bool] = []
    others: list[bool] = []
    for output in spec["outputs"]:
        for name, changed in moved.changed.items():
            table = moved.tables.get((output, name))
            shape = model.tensors[output].shape
            if table is None or len(table) == 1 or len(shape) < 3:
                continue
            ahead = any(
                table[step, index] and s > step
                for index, s in enumerate(changed)
                for step in range(len(table))
            )
            (equal if len(table) == model.inputs[name].shape[1] else others).append(ahead)
    claim = data["causal"]
    judged.counts[f"causal {claim}"] += 1
    if claim is True and any(equal + others):
        judged.differ("REACH", "causal: says True, a later step moves an output")
    if claim is False and not any(equal + others):
        judged.differ("REACH", "causal: says False, no later step moves an output")
    if claim is None and equal:
        judged.counts["causal not known"] += 1


def _judge_field(report: Any, own_names: Mapping[str, str], moved: Moved, judged: Judged) -> None:
    from seqinspect.analysis.receptive_field import receptive_fields

    for each in receptive_fields(report):
        table = moved.tables.get((own_names[each.output], each.input))
        if table is None:
            continue
        if each.size is None:
            judged.counts["field not known"] += 1
            continue
        judged.counts["fields"] += 1
        spans = []
        for hits in table:
            (steps,) = hits.nonzero()
            spans.append(steps[-1] - steps[0] + 1 if len(steps) else 0)
        full = spans.index(max(spans))
        if each.size != max(spans):
            judged.differ("REACH", f"{each.output}: field {each.size}, is {max(spans)}")
        elif each.first_full != full:
            judged.differ("REACH", f"{each.output}: full from {each.first_full}, is {full}")


def _judge_masks(model: RealModel, rows: Mapping[str, Any], run: Run, judged: Judged) -> None:
    """Which calls return a mask, and which leave out a step because of one."""
    random = np.random.default_rng(0)
    for entry in model.entries:
        name = entry["name"]
        row = rows.get(name)
        if row is None:
            continue
        carries = row.mask is not None and row.mask.carries
        judged.counts["masks"] += carries
        masked = run.masks[name] is not None
        if carries is not masked:
            judged.differ("MASK", f"{name} ({row.type}): says a mask {carries}, is {masked}")
        found = [mixes(model, entry, run, each, random) for each in sources_of(entry)]
        uses = row.mask is not None and row.mask.uses
        skips = [unmasked and not padded for unmasked, padded in filter(None, found)]
        mixing = [unmasked for unmasked, _ in filter(None, found)]
        judged.counts["skips"] += uses
        if uses and mixing and any(mixing) and not any(skips):
            judged.differ("MASK", f"{name} ({row.type}): says that it skips, masked steps move it")
        if not uses and any(skips):
            judged.differ("MASK", f"{name} ({row.type}): says that it skips nothing, it does")
