"""Each claim of a report on a model, compared with what moves in the real one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect import SpecError
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from tests.keras.time_judge.claims import Claims
from tests.keras.time_judge.layer_alone import mixes, own_moves, words_for
from tests.keras.time_judge.movement import (
    ALL,
    CANCELLED,
    FEW,
    MASKINGS,
    TOLERANCE,
    Draw,
    Effort,
    Moved,
    draw_data,
    mixes_samples,
    move,
    timed_axes,
)
from tests.keras.time_judge.real_model import RealModel, sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.keras.time_judge.real_model import Entry, Run, Spec

DRAWS = 3
MOST_DRAWS = 9
"""So many times a model is given new weights where a step that should move its output did not."""

COPIES = {"UpSampling1D", "RepeatVector", "ZeroPadding1D", "Conv1DTranspose", "shift"}
"""What makes equal steps, or steps of zeros."""

ATTENTION = {"MultiHeadAttention", "Attention", "AdditiveAttention", "GroupQueryAttention"}
WEIGHING = {*ATTENTION, "Multiply", "multiply"}
"""What these cannot tell apart, or multiply with: how equal values are weighed shows nowhere."""


NORMALIZATIONS = {"LayerNormalization", "GroupNormalization"}
"""What these make of equal steps is rounding, and what they are laid over."""

MORE = 24
"""Steps that are added to see which weights grow: enough that no stride hides them."""

TURNING = {"Permute", "Reshape", "turn"}


@dataclass
class Judged:
    """Where a report and Keras differ, by kind; `counts` of what was compared."""

    differences: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def differ(self, kind: str, sentence: str) -> None:
        self.differences.append((kind, sentence))


def judge(spec: Spec, seed: int = 0) -> Judged:
    """Compare all claims on one model with what moves in it."""
    judged = Judged()
    random = np.random.default_rng(seed)
    model = RealModel(spec)
    run = _run_once(model, spec, judged, random)
    try:
        claims = Claims(spec, model, () if run is None else run.calls)
    except SpecError as error:
        judged.counts["refused"] += 1
        if run is not None and not _is_as_stated(model, run):
            judged.counts["refused, and Keras states another shape than it returns"] += 1
        elif run is not None and _becomes_grouped(spec, error):
            judged.counts["refused, and Keras runs a convolution called again in groups"] += 1
        elif run is not None and "on TensorFlow" in str(error):
            judged.counts["refused, and runs as long as TensorFlow makes no graph of it"] += 1
        elif run is not None:
            judged.differ("REFUSED", str(error))
        return judged
    runs = all(row.mask is None or row.mask.runs for row in claims.report.rows if row.used)
    told = any(Peculiarity.SCORES_OF_QUERY_ONLY in row.remarks for row in claims.report.rows)
    if run is None and told:
        judged.counts[
            "does not run: Keras states another shape than it returns, and it is told"
        ] += 1
    elif runs is not (run is not None):
        judged.differ("MASK", f"says that it runs: {runs}; it does: {run is not None}")
    if run is None:
        judged.counts["does not run"] += 1
        return judged
    _judge_inputs(model, claims, judged)
    moved = Moved({name: _steps(model, name) for name, axis in timed_axes(model).items() if axis})
    try:
        apart = mixes_samples(model, spec["outputs"], random)
    except ValueError:  # an Add of tensors of different ranks takes the samples for another axis
        judged.counts["runs on some numbers of samples only"] += 1
        return judged
    judged.counts["samples of a batch are mixed"] += apart
    for draw in range(MOST_DRAWS):
        tried = Draw(
            random,
            FEW if apart else ALL,
            calm=draw % 2 == 1,
            bare=draw % 4 == 2,
            apart=apart,
            tolerance=CANCELLED if _cancels(model) else TOLERANCE,
        )
        move(model, spec["outputs"], claims.axes, moved, tried)
        found = list(wrong_bounds(moved, claims))
        if draw >= DRAWS - 1 and not any(kind != "NARROW" for kind, _, _ in found):
            break
    if any(kind != "NARROW" for kind, _, _ in found):  # a step may be left nothing but padding
        padding = Effort(("all",), ALL.changes)
        move(model, spec["outputs"], claims.axes, moved, tried._replace(effort=padding))
        found = list(wrong_bounds(moved, claims))
    if any(kind == "NARROW" for kind, _, _ in found):
        firm = _moved_firmly(model, spec, claims, moved, tried)
        judged.counts["rounding"] += len(found)
        found = [each for each in found if each[0] != "NARROW" or each[1] in firm]
        judged.counts["rounding"] -= len(found)
    for kind, tensor, sentence in found:
        if kind != "NARROW" and _may_hide(model, run, tensor):
            judged.counts["hidden"] += 1
        else:
            judged.differ(f"REACH {kind}", sentence)
    judged.counts["rows"] += len(claims.rows)
    judged.counts["relations"] += len(claims.bounds)
    judged.counts["relations not given"] += len(claims.not_given)
    may_hide = any(_may_hide(model, run, each) for each in spec["outputs"])
    judge_causality(model, spec, claims, moved, judged, may_hide=may_hide)
    if not judged.counts["hidden"]:
        _judge_field(claims, moved, judged)
    _judge_masks(model, claims, run, judged)
    _judge_reads(
        model,
        claims,
        run,
        lambda: _run_once(model, spec, judged, random, calm=True) or run,
        judged,
        apart=apart,
    )
    _judge_sharing(spec, model, claims, judged)
    return judged


def _moved_firmly(
    model: RealModel, spec: Spec, claims: Claims, moved: Moved, tried: Draw
) -> set[str]:
    """Return the tensors that move with more than is said, and by more than rounding can grow to.

    What a recurrent layer makes of the last digit may be many times that.
    """
    firm = Moved(moved.changed)
    for draw in range(DRAWS):
        again = tried._replace(tolerance=CANCELLED, calm=draw == 1, bare=draw == 2)
        move(model, spec["outputs"], claims.axes, firm, again)
    return {tensor for kind, tensor, _ in wrong_bounds(firm, claims) if kind == "NARROW"}


def _steps(model: RealModel, name: str) -> tuple[int, ...]:
    return tuple(range(model.inputs[name].shape[1]))


def _run_once(
    model: RealModel,
    spec: Spec,
    judged: Judged,
    random: np.random.Generator,
    *,
    calm: bool = False,
) -> Run | None:
    """Call the model on data with padding; None where Keras cannot."""
    model.set_weights(random, calm=calm)
    data = [draw_data(model, masking, random, small=False) for masking in MASKINGS * 4]
    arrays = {name: np.stack([each[name] for each in data]) for name in model.inputs}
    try:
        return model.run(spec["outputs"], arrays)
    except Exception as error:
        judged.counts[f"cannot run: {type(error).__name__}"] += 1
        return None


def _is_as_stated(model: RealModel, run: Run) -> bool:
    """Whether every call returned the shape that Keras states: no layer can rely on another.

    A TimeDistributed calls its layer without Keras's checks of what that is called on.
    """
    return all(
        tuple(x.shape[1:]) == tuple(model.tensors[name].shape[1:])
        for name, x in run.tensors.items()
    )


def _becomes_grouped(spec: Spec, error: SpecError) -> bool:
    """Whether a TimeDistributed convolution is called again on a multiple of its channels.

    A Conv1D by itself is refused by Keras, too; TimeDistributed asks nothing of what it is called
    on, and the backend takes the channels for groups.
    """
    again = [entry["reuse"] for entry in spec["layers"] if "reuse" in entry]
    layers = [entry for entry in spec["layers"] if entry["name"] in again]
    within = {key for entry in layers for key in entry.get("TimeDistributed", {}).get("layer", {})}
    return "again, whose kernel is" in str(error) and any("Conv" in key for key in within)


def _judge_inputs(model: RealModel, claims: Claims, judged: Judged) -> None:
    read = {source for entry in model.entries for source in sources_of(entry)}
    inputs = {each["name"]: each for each in claims.json["inputs"]}
    for name, axis in timed_axes(model).items():
        if name in read and inputs[name]["time_axis"] != axis:
            said = inputs[name]["time_axis"]
            judged.differ("INPUT", f"{name}: says that axis {said} is time, is {axis}")


def wrong_bounds(moved: Moved, claims: Claims) -> Iterator[tuple[str, str, str]]:
    """Yield where a row names fewer steps than move it, or an end or a stride that does not."""
    for (tensor, name), table in moved.tables.items():
        if (tensor, name) in claims.not_given:
            continue
        bounds = claims.bounds.get((tensor, name))
        every = claims.every(tensor, name) if bounds else 0
        changed = set(moved.changed[name])
        for step in range(len(table)):
            steps = {s for s, hit in zip(moved.changed[name], table[step], strict=True) if hit}
            first, last = bounds.at(step) if bounds else (1, 0)
            said = range(first, last + 1, every or 1)
            due = {first, last} if first <= last else set()
            kind = "NARROW" if not steps <= set(said) else ""
            if not kind and not (set(said) if every else due) & changed <= steps:
                kind = "WIDE" if not due & changed <= steps else "HOLES"
            if kind:
                text = bounds.text if bounds else "none"
                stride = f" every {every}" if every > 1 else ""
                yield (
                    kind,
                    tensor,
                    f"{tensor} ({claims.rows[tensor]['type']}) at t = {step} of {name}:"
                    f" says {text} = {first}…{last}{stride}, moved {sorted(steps)}",
                )
                break


def _may_hide(model: RealModel, run: Run, tensor: str) -> bool:
    """Whether something may rightly hide a step that a call depends on, in all that is tried.

    Equal steps, or steps of zeros, hide how something weighs them, and a Masking always finds those
    of zeros. In features that were steps, or were computed, it finds zeros only with rare weights.
    The maximum of a and the minimum of a and b is a; a less a is 0, and so is b times that. Of two
    steps, a masked one hands on the state of the other, and is a copy of it. Copies of one feature,
    side by side, are their mean. A masked step of a query returns 0, whatever its values have seen.
    A middle step less that of the same steps turned round is 0, and so is the mean of all of them.
    """
    entries = [*calls_before(model, tensor)]
    kinds = {_kind(entry) for entry in entries}
    within = {_kind(each) for entry in entries for each in _layers_within(entry)}
    kinds |= {*COPIES, "Masking"} & within
    finding = "Masking" in kinds and bool(kinds & {*TURNING, *COPIES})
    masking = [
        entry
        for entry in entries
        if any("Masking" in each for each in (entry, *_layers_within(entry)))
    ]
    masks = [run.masks.get(entry["name"]) for entry in masking]
    idle = any(mask is not None and np.asarray(mask).all() for mask in masks)
    absorbed = "Minimum" in kinds and bool(kinds & {"Maximum", "maximum"})
    absorbed = absorbed or {"Subtract", "flip"} <= kinds
    absorbed = absorbed or ("Multiply" in kinds and any(_is_zero(run, each) for each in entries))
    handed_on = any(
        run.masks.get(sources_of(entry)[0]) is not None and run.tensors[entry["name"]].shape[1] == 2
        for entry in entries
        if _goes_backwards(entry)
    )
    copies = bool(kinds & COPIES) or handed_on
    copies = copies or any(_attends_to_equals(run, entry) for entry in entries)
    attending = [entry for entry in entries if entry.get("call", {}).get("use_causal_mask")]
    silent = len(attending) > 1 and any(
        run.masks.get(sources_of(entry)[0]) is not None
        for entry in attending
        if _kind(entry) in {"Attention", "AdditiveAttention"}
    )
    evened = bool(kinds & NORMALIZATIONS) and any(_repeats_one(run, each) for each in entries)
    return finding or idle or absorbed or silent or evened or (copies and bool(kinds & WEIGHING))


def _attends_to_equals(run: Run, entry: Entry) -> bool:
    """Whether the steps that an attention attends to are equal, as two are of a wide pooling."""
    if _kind(entry) not in ATTENTION:
        return False
    value = np.asarray(run.tensors[entry["from"][1]])
    return np.allclose(value, value[:, :1], rtol=1e-9, atol=0)


def _repeats_one(run: Run, entry: Entry) -> bool:
    """Whether one feature is laid beside itself."""
    first, *others = sources_of(entry)
    return "Concatenate" in entry and not others and run.tensors[first].shape[-1] == 1


def _goes_backwards(entry: Entry) -> bool:
    return any(isinstance(each, dict) and each.get("go_backwards") for each in entry.values())


def _is_zero(run: Run, entry: Entry) -> bool:
    return "Subtract" in entry and not np.asarray(run.tensors[entry["name"]]).any()


def _cancels(model: RealModel) -> bool:
    """Whether it may take the mean of equal numbers from them, and divide by what is left."""
    entries = [*model.entries, *(each for one in model.entries for each in _layers_within(one))]
    within = [entry.get("TimeDistributed", {}).get("layer", {}) for entry in entries]
    return bool({_kind(entry) for entry in (*entries, *within)} & NORMALIZATIONS)


def _kind(entry: Entry) -> str:
    if "operator" in entry:
        return str(entry["operator"])
    if entry.get("Bidirectional", {}).get("merge_mode") == "mul":
        return "Multiply"
    return next((key for key in entry if key[0].isupper()), "")


def calls_before(model: RealModel, tensor: str) -> Iterator[Entry]:
    """Yield the calls that a tensor depends on, its own first."""
    entries = {entry["name"]: entry for entry in model.entries}
    pending, visited = [tensor], set()
    while pending:
        name = pending.pop().partition(".")[0]
        if name in entries and name not in visited:
            visited.add(name)
            yield entries[name]
            pending += sources_of(entries[name])
            pending += entries[name].get("call", {}).get("initial_state", [])


def judge_causality(
    model: RealModel,
    spec: Spec,
    claims: Claims,
    moved: Moved,
    judged: Judged,
    *,
    may_hide: bool = False,
) -> None:
    """Whether no step of an output depends on a later step of an input that it counts."""
    equal: list[bool] = []
    others: list[bool] = []
    apart: list[bool] = []
    whole = True
    for output in spec["outputs"]:
        for name, changed in moved.changed.items():
            table = moved.tables.get((output, name))
            if table is None or claims.axes[output] is None:
                whole = whole and table is not None  # further outputs of a layer are not looked at
                continue
            t, s = np.arange(len(table))[:, None], np.array(changed)[None, :]
            ahead = bool((table & (s > t)).any())
            if len(table) == model.inputs[name].shape[1]:
                equal.append(ahead)
            elif _goes_along(table, changed):
                others.append(ahead)
            else:
                apart.append(ahead)
    claim = claims.json["causal"]
    judged.counts[f"causal {claim}"] += 1
    if claim is True and any(equal + others):
        judged.differ("REACH", "causal: says True, a later step moves an output")
    if claim is False and whole and not any(equal + others + apart):
        if may_hide:
            judged.counts["hidden"] += 1
            return
        judged.differ("REACH", "causal: says False, no later step moves an output")
    if claim is None and equal:
        judged.counts["causal not known, with as many steps"] += 1


def _goes_along(table: Any, changed: tuple[int, ...]) -> bool:
    """Whether what is seen moves on by one step with each output step, but for the ends."""
    if len(changed) < table.shape[1] or len(table) < 3:
        return False
    for end in (0, -1):
        seen = [steps[end] if (steps := _true(hits)) else None for hits in table]
        moves = [b - a for a, b in pairwise(seen) if a is not None and b is not None and a != b]
        if len(moves) > 1 and set(moves) == {1}:
            return True
    return False


def _judge_field(claims: Claims, moved: Moved, judged: Judged) -> None:
    for (own, name), claim in claims.fields.items():
        table = moved.tables[own, name]
        if claim.size is None:
            judged.counts["field not known"] += 1
            continue
        judged.counts["fields"] += 1
        spans = [len(steps) and int(steps[-1] - steps[0] + 1) for steps in map(_true, table)]
        most = max(len(_true(hits)) for hits in table)
        full = spans.index(max(spans))
        if claim.size != max(spans):
            judged.differ("REACH", f"{own}: says field {claim.size} of {name}, is {max(spans)}")
        elif claim.first_full != full:
            judged.differ("REACH", f"{own}: says full from {claim.first_full}, is {full}")
        if claim.reads is None:
            judged.counts["steps read not known"] += 1
        elif claim.reads != most:
            judged.differ("REACH", f"{own}: says {claim.reads} steps of {name} read, are {most}")
        if claim.example and claim.example != tuple(_true(table[full])):
            said = f"step {full} reads {claim.example}"
            judged.differ("REACH", f"{own}: says that {said}, it reads {_true(table[full])}")


def _true(hits: Any) -> list[int]:
    return [int(step) for step in hits.nonzero()[0]]


def _judge_masks(model: RealModel, claims: Claims, run: Run, judged: Judged) -> None:
    """Which calls return a mask, and which leave out a step because of one."""
    for entry in model.entries:
        name = entry["name"]
        if name not in claims.facts or "operator" in entry:
            continue
        row = claims.facts[name]
        carries = row.mask is not None and row.mask.carries
        judged.counts["masks"] += carries
        masked = run.masks[name] is not None
        if carries is not masked:
            judged.differ("MASK", f"{name} ({row.type}): says a mask {carries}, is {masked}")
        elif row.mask is not None and row.mask.output is not None:
            said = [size.value for size in row.mask.output.symbolic[1:]]
            if said != list(run.masks[name].shape[1:]):
                is_so = tuple(run.masks[name].shape)
                judged.differ("MASK", f"{name} ({row.type}): says {said}, its mask is {is_so}")
        if _makes_masks_within(entry):
            continue  # what is left out there is what that mask marks
        axis = claims.axes[name]
        attends = "" if _kind(entry) in ATTENTION else None
        first, *_ = sources = sources_of(entry)
        found = [
            mixes(run, name, each, axis, attends, itself=attends is None or each == first)
            for each in sources
        ]
        if _kind(entry) in ATTENTION and len(entry["from"]) > 2:
            # Of one weight for all masked steps no key tells: what counts is the value.
            query, of_value, key, *_ = entry["from"]
            value = mixes(run, name, of_value, axis, masked_by=key, itself=query == of_value)
            found = found if value is None else [value]
        uses = row.mask is not None and row.mask.leaves_out
        skips = [without and not masked for without, masked in filter(None, found)]
        mixing = [without for without, _ in filter(None, found)]
        judged.counts["skips"] += uses
        # A model says it of all that it returns; another layer of all data.
        several = len((entry.get("Functional") or {}).get("outputs", ())) > 1
        if uses and any(mixing) and not any(skips) and not several:
            judged.differ("MASK", f"{name} ({row.type}): says that it skips, masked steps move it")
        sometimes = row.mask is not None and row.mask.use is MaskUse.LAST_KEYS
        skipped = all(skips) if "Functional" in entry else any(skips)
        if not uses and skips and skipped and not (several or sometimes):
            judged.differ("MASK", f"{name} ({row.type}): says that it skips nothing, it does")


def _makes_masks_within(entry: Entry) -> bool:
    return any({"Masking", "Embedding"} & each.keys() for each in _layers_within(entry))


def _layers_within(entry: Entry) -> list[Entry]:
    model = entry.get("Functional") or entry.get("Sequential") or {"layers": []}
    return list(model["layers"])


def _judge_reads(
    model: RealModel,
    claims: Claims,
    run: Run,
    calm: Callable[[], Run],
    judged: Judged,
    *,
    apart: bool,
) -> None:
    """Which steps of what it reads first a call reads; `apart`: samples of a batch are mixed.

    `calm` runs the model with weights by which states are kept.
    """
    axes = {**claims.axes, **timed_axes(model)}
    for entry in model.entries:
        name = entry["name"]
        row = claims.rows.get(name)
        if row is None or row["time"] is None or "operator" in entry:
            continue
        # Of attention it is said of its query, or of its value; a query without steps may say what
        # it knows of them.
        sources = sources_of(entry)[: 2 if _kind(entry) in ATTENTION else 1]
        timed = [source for source in sources if axes.get(source) is not None]
        if not timed or "int" in str(model.tensors[timed[0]].dtype):
            continue
        if (
            (apart and _kind(entry) in {*ATTENTION, "Functional"})
            or _read_twice(run, entry)
            or axes.get(sources[0]) is None
            or any(source not in axes for source in sources)
        ):
            judged.counts["reads not judged"] += 1
            continue
        judged.counts["reads"] += 1
        said, read = (
            row["time"]["reads"],
            [own_moves(run, name, x, _pair(axes, x, row)) for x in timed],
        )
        if not _is_said(said, claims, name, read):
            kept = calm()  # a state may fade on its way
            others = [own_moves(kept, name, x, _pair(axes, x, row)) for x in timed]
            read = [(a | c, b | d) for (a, b), (c, d) in zip(read, others, strict=True)]
        if not _is_said(said, claims, name, read):
            if _may_hide(model, run, name):
                judged.counts["hidden"] += 1
                continue
            if _kind(entry) in ATTENTION and not any(each.any() for each, _ in read):
                judged.counts["reads not judged"] += 1
                continue  # of one step to attend to, whatever the query is
            is_read = [[int(s) for s in hits.nonzero()[0]] for hits in read[0][0]]
            judged.differ("READS", f"{name} ({row['type']}): says {said}, reads {is_read}")


def _pair(axes: Mapping[str, int | None], source: str, row: Any) -> tuple[int, int | None]:
    """Return the time axes of what a call reads and of what it returns."""
    return axes[source] or 0, row["time"]["axis"]


def _is_said(said: str, claims: Claims, name: str, read: Sequence[tuple[Any, Any]]) -> bool:
    """Whether one of the tensors that a call reads is read as its row says."""
    for unmasked, every in read:
        if said == "window":
            may, must = claims.windows(name, *unmasked.shape)
            right = any((each <= may).all() and (must <= each).all() for each in (unmasked, every))
        else:
            right = said in words_for(unmasked) | words_for(every)
            right = right or (said == "all" and claims.is_bound(name))
        if right:
            return True
    return False


def _read_twice(run: Run, entry: Entry) -> bool:
    """Whether one tensor comes in under two names, as what a Dropout hands on does."""
    if _kind(entry) in ATTENTION and len(set(entry["from"][::2])) < len(entry["from"][::2]):
        return True  # as query and as key
    sources = entry["from"] if "Functional" in entry else sources_of(entry)
    sources = sources if isinstance(sources, list) else [sources]
    return len({id(run.tensors[source]) for source in sources}) < len(sources)


def _judge_sharing(spec: Spec, model: RealModel, claims: Claims, judged: Judged) -> None:
    """Whether all steps share the weights: their shapes are the same at another number of steps."""
    try:
        longer = RealModel(_with_more_steps(spec, MORE))
    except Exception:
        judged.counts["no longer model"] += 1
        return
    axes = {**claims.axes, **timed_axes(model)}
    entries = {entry["name"]: entry for entry in model.entries}
    for entry in model.entries:
        name = entry["name"]
        row = claims.rows.get(name)
        layer: Any = model.layers[name]
        other: Any = longer.layers.get(name)
        if row is None or row["time"] is None or not getattr(layer, "weights", None):
            continue
        source, *others = sources_of(entry)
        axis = axes.get(source)
        if axis is None and _kind(entries.get(source, {})) != "Flatten":
            continue  # steps that are mixed are none that a weight could be shared by
        last = -1 if axis is None else axis
        one, more = (list(each.tensors[source].shape) for each in (model, longer))
        if one.pop(last) == more.pop(last):
            continue  # copies, or an input of one step: their number stays
        features = any(
            model.tensors[each].shape[-1] != longer.tensors[each].shape[-1] for each in others
        )
        if axis is not None and (one != more or features):
            continue  # the scores of an attention: other steps are its features
        here, there = ([tuple(w.shape) for w in each.weights] for each in (layer, other))
        judged.counts["shared"] += 1
        said = row["time"]["shared"]
        if said is not None and said is not (here == there):
            judged.differ("SHARED", f"{name} ({row['type']}): says {said}, is {here == there}")


def _with_more_steps(spec: Spec, more: int) -> Spec:
    """Return the spec with so many more steps in every input that has time."""
    inputs, dims = {}, dict(spec["dims"])
    for name, given in spec["inputs"].items():
        shape = list(given["shape"])
        if (len(shape) > 1 or "dtype" in given) and shape != [1]:
            if isinstance(shape[0], str):
                dims[shape[0]] = spec["dims"][shape[0]] + more
            else:
                shape[0] += more
        inputs[name] = {**given, "shape": shape}
    return {**spec, "dims": dims, "inputs": inputs}
