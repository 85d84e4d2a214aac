"""The second judge: a rule's reach against a tiny real layer, one input step changed at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.time.dependence import Dependence
from seqinspect.time.reach import Reach
from tests.rules.judge import keras_side, rule_side
from tests.rules.judge.compare import Verdict

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

Source = tuple[str, int | None]
Moved = dict[int, set[int]]
Runs = list[list[Any]]
"""For each run the outputs of the layer, as arrays."""

DRAWS = ((1.0, 1.0, 0.6), (3.0, -2.0, 0.6), (0.3, 9.0, 0.6), (1.0, -9.0, 0.6))
"""For each run with new weights: the scale of the input, how far a step is moved, and the scale
of the weights."""

CALM = ((0.3, 0.5, 0.1), (0.1, 1.0, 0.3), (1.0, 1.0, 0.02))
"""The same for further runs where a claim is wider than what moved:
states that grow without bound (a gate that is linear) drown a step, or end in infinity."""

NOISE = 1e-11
"""A smaller change is one of rounding: the layers run in float64."""


def judge(draft: Draft, seed: int) -> Verdict:
    """Compare rule and experiment on one draft whose sizes are known."""
    try:
        layer = rule_side.read(draft.layer, draft.options)
        facts = rule_side.facts_of(layer, draft.inputs)
    except SpecError:
        return Verdict("refused")
    if not timed(draft):
        return Verdict("open")  # an image: there is no time to judge
    try:
        runs = experiment(draft, layer, seed)
        found = differences(draft, facts, runs)
        if found:
            runs += experiment(draft, layer, seed, CALM)
            found = differences(draft, facts, runs)
    except Exception as error:  # the layer cannot run: the first judge's business
        return Verdict("disagree", (f"Keras fails: {type(error).__name__}: {str(error)[:300]}",))
    if found and _equal_samples_differ(runs):
        return Verdict("open")  # a weight has an axis of the batch: the rows show nothing
    return Verdict("disagree" if found else "agree", tuple(found))


def _equal_samples_differ(runs: Runs) -> bool:
    """Whether the last row, a copy of the base, has another output in any of the runs."""
    import numpy as np

    return any(
        not np.allclose(result[-1], result[0], rtol=NOISE, atol=NOISE, equal_nan=True)
        for results in runs
        for result in results
    )


def timed(draft: Draft) -> list[tuple[Source, Tensor]]:
    """The inputs that have time steps."""
    return [
        ((name, place), x)
        for name, place, x in draft.tensors()
        if x.time is not None or x.fold is not None
    ]


def differences(draft: Draft, facts: Facts, runs: Runs) -> list[str]:
    """Where the rule names other steps than those that moved an output step in any run."""
    moved = moved_by(draft, facts, runs)
    found: list[str] = []
    for index, output in enumerate(facts.outputs):
        for source, tensor in timed(draft):
            reach = reach_of(facts, index, source)
            what = f"output {index} of {source[0]}"
            found += _differences(what, reach, tensor, output, moved[index, source])
    return found


def reach_of(facts: Facts, output: int, source: Source) -> Reach:
    """What an output reads of one input tensor."""
    name, place = source
    reading = facts.reaches[output]
    if not isinstance(reading, Mapping):
        return reading
    reach = reading.get(name, Reach())
    if isinstance(reach, Reach):
        return reach
    return reach[place or 0]


def _differences(what: str, reach: Reach, tensor: Tensor, output: Tensor, seen: Moved) -> list[str]:
    found = []
    through = Dependence.identity(tensor.steps).through(reach)
    for step, moved in seen.items():
        said = {member for span in reach.spans for member in span.members(step)}
        if said != moved:
            found.append(f"{what}, t={step}: reads {sorted(said)}, moved by {sorted(moved)}")
        if through is None:
            continue
        low, high = (_number(bound, step) for bound in through.bounds)
        ends = (low, high) if low <= high else None
        truth = (min(moved), max(moved)) if moved else None
        if ends != truth:
            found.append(f"{what}, t={step}: bounds {ends}, moved {truth}")
    if output.time is None and output.fold is None and not all(s.constant for s in reach.spans):
        found.append(f"{what}: has no steps, and its reach moves with t")
    return found


def _number(bound: Any, step: int) -> int:
    return int(bound.evaluate({**bound.numbers(), "t": step}))


def experiment(
    draft: Draft, layer: Layer, seed: int, draws: tuple[tuple[float, float, float], ...] = DRAWS
) -> Runs:
    """Run the layer with random weights; row 0 of its batch is the base, each other one step moved.

    The rows follow `_rows`; a copy of the base comes last. Every run has new weights and inputs.
    """
    import numpy as np

    keras = runtime.load()
    random = np.random.default_rng(seed)
    tensors = dict(timed(draft))
    rows = _rows(draft)
    runs = []
    for run, (scale, push, spread) in enumerate(draws):
        arrays = {
            (name, place): _array(random, x, draft.below, scale, len(rows) + 2, passes=run % 2 == 0)
            for name, place, x in draft.tensors()
        }
        for row, (source, step) in enumerate(rows, 1):
            view = _by_step(arrays[source], tensors[source])
            dtype = tensors[source].dtype
            if dtype == "bool":
                view[row, step] = ~view[row, step]
            elif dtype.startswith(("int", "uint")):
                view[row, step] = (view[row, step] + 1) % draft.below
            else:
                view[row, step] += push * (1 + random.random(view[row, step].shape))
        given = [keras.ops.convert_to_tensor(array) for array in arrays.values()]
        made = keras_side.built(draft, layer)
        keras_side.called(made, draft, given)
        _set_weights(random, made, spread)
        for part in made._flatten_layers():
            if getattr(part, "stateful", False) and hasattr(part, "states"):
                _reset(part.states)
        results = keras_side.called(made, draft, given)
        runs.append([np.array(result, dtype="float64") for result in results])
    return runs


def moved_by(draft: Draft, facts: Facts, runs: Runs) -> dict[tuple[int, Source], Moved]:
    """For each output and input: which input steps move each output step, in any of the runs."""
    import numpy as np

    rows = _rows(draft)
    moved: dict[tuple[int, Source], Moved] = {
        (index, source): {step: set() for step in range(_steps(output))}
        for index, output in enumerate(facts.outputs)
        for source, _ in timed(draft)
    }
    for results in runs:
        for index, (output, result) in enumerate(zip(facts.outputs, results, strict=True)):
            view = _by_step(result, output)
            changed = np.abs(view[1:-1] - view[:1])
            limit = NOISE * (1 + np.abs(view[:1]))
            # A base that is not finite shows nothing; a step that makes it so has moved it.
            hit = ~(changed <= limit) & np.isfinite(view[:1])
            hit = hit.reshape(*hit.shape[:2], -1).any(axis=-1)
            for row, (source, step) in enumerate(rows):
                for at in np.flatnonzero(hit[row]):
                    moved[index, source][int(at)].add(step)
    return moved


def _rows(draft: Draft) -> list[tuple[Source, int]]:
    return [(source, step) for source, x in timed(draft) for step in range(_steps(x))]


def _steps(x: Tensor) -> int:
    return x.steps.value or 1


def _array(random: Any, x: Tensor, below: int, scale: float, rows: int, *, passes: bool) -> Any:
    """One random sample, as many times as there are rows.

    `passes`: a mask whose steps are not moved lets everything through; else it lets nothing.
    """
    import numpy as np

    shape = [size.value for size in x.shape[1:]]
    if x.dtype == "bool":
        timed = x.time is not None or x.fold is not None
        one: Any = np.full(shape, timed or passes)
    elif x.dtype.startswith(("int", "uint")):
        one = random.integers(0, below, shape).astype(x.dtype)
    else:
        one = (random.normal(size=shape) * scale).astype(x.dtype)
    return np.repeat(one[None], rows, axis=0)


def _by_step(array: Any, x: Tensor) -> Any:
    """A view (rows, steps, …) of an array; one step where the tensor has none."""
    import numpy as np

    if x.time is not None:
        return np.moveaxis(array, x.time, 1)
    if x.fold is None:
        return array.reshape(array.shape[0], 1, -1)
    sizes = [size.value or 1 for size in (x.fold.outer, x.fold.steps, x.fold.inner)]
    unfolded = array.reshape(*array.shape[:-1], *sizes)
    return np.moveaxis(unfolded, -2, 1)


def _reset(states: Any) -> None:
    """Start anew; Keras's own `reset_state` knows no states of stacked cells."""
    for state in states:
        if isinstance(state, list | tuple):
            _reset(state)
        else:
            state.assign(state * 0)


def _set_weights(random: Any, layer: Any, spread: float) -> None:
    """Random weights, none of them zero; a variance is positive."""
    for weight in layer.weights:
        values = random.normal(size=tuple(weight.shape)) * spread
        if "variance" in weight.path:
            values = abs(values) + 0.5
        weight.assign(values)
