"""What is said of feeding models step by step, judged: `python -m tests.keras.stream_judge`.

Random whole models (`--count`, as `whole_models` and `time_judge` draw them), and, with `--rules`,
random configurations of every rule (as the judge of the rules draws them). Where a model is said to
be fed step by step, its twin is written, run on random weights step by step, and compared with the
whole model: every output step within 1e-5, each with the input step that it is said to be ready
with, and the bytes of the tensors that are really kept. Where it is said that it cannot, the output
step of the witness must move with the later input step.

`keras.ops.add` on TensorFlow lays a bias of shape (1, n, 1) along the last axis where that has n
steps too (`plain_add`): what agrees only without that is counted as "of Keras".
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.readers.spec import read_spec
from seqinspect.streaming.analyse import plan
from seqinspect.writers.twin.source import twin_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.streaming.analyse import Plan
    from seqinspect.streaming.data import Streaming
    from seqinspect.streaming.schedule import Form, Read

TOLERANCE = 1e-5
SAMPLES = 2
MORE = 16
"""So many steps more than the window are fed to see what windows keep when they are full."""

TRIES = 6
"""So many times a witness is tried with other weights and inputs."""

INDEXES = 4
"""Integer inputs are below this."""


class Verdict(NamedTuple):
    """What became of one model: agrees, no (with a witness), not known, unwritten, …"""

    word: str
    differences: tuple[str, ...] = ()


def judge(graph: Graph, seed: str, below: int = INDEXES) -> Verdict:
    """Compare what is said of a model with what it does; its indexes are `below` a number."""
    report = analyse(graph)
    planned = plan(graph, report)
    found = planned.found
    if found.answer in ("not known", "once"):
        return Verdict(found.answer)
    seeds = list(seed.encode())
    if found.answer == "no":
        return _judge_no(graph, found, np.random.default_rng(seeds), below)
    try:
        source = twin_source(graph, planned)
    except SpecError as error:
        return Verdict("unwritten", (str(error),))
    verdict = _judge_yes(source, planned, np.random.default_rng(seeds), below)
    if verdict.word == "disagrees":
        with plain_add():
            again = _judge_yes(source, planned, np.random.default_rng(seeds), below)
        if again.word == "agrees":
            return Verdict("of Keras", verdict.differences)
    return verdict


@contextmanager
def plain_add() -> Iterator[None]:
    """Let `keras.ops.add` on TensorFlow add as arrays are added."""
    import tensorflow as tf

    arrays = runtime.load().src.backend.numpy
    own = arrays.add
    arrays.add = lambda x1, x2: tf.add(*map(tf.convert_to_tensor, (x1, x2)))
    try:
        yield
    finally:
        arrays.add = own


# it can be fed step by step


def _judge_yes(source: str, planned: Plan, random: Any, below: int) -> Verdict:
    keras = runtime.load()
    names: dict[str, Any] = {}
    exec(compile(source, "twin", "exec"), names)
    model = names["build_model"]()
    _randomise(model, random, 0.3)
    values = _inputs(planned, random, SAMPLES, below)
    try:
        whole = _flat(_called(model, values))
    except _no_kernel() as error:
        return Verdict("of Keras", (str(error)[:300],))
    for layer in model._flatten_layers():  # a stateful layer begins anew
        for state in keras.tree.flatten(getattr(layer, "states", None) or []):
            state.assign(keras.ops.zeros_like(state))
    stepped, ended, counts = _run(names, model, planned, values, last=True)
    differences = []
    for name, one, other in zip(planned.model.outputs, whole, stepped, strict=True):
        due = keras.ops.convert_to_numpy(one)
        if other is None or other.shape != due.shape:
            shape = None if other is None else other.shape
            differences.append(f"{name}: {shape} step by step, {due.shape} as a whole")
        elif not _close(other, due):
            by = np.nanmax(abs(other - due) / np.maximum(1, abs(due)))
            differences.append(f"{name}: differs by {by:.2g}")
    differences += _readiness(planned, counts)
    if not differences:
        differences += _bytes(names, model, planned, _inputs(planned, random, 1, below), ended)
    return Verdict("disagrees" if differences else "agrees", tuple(differences))


def _no_kernel() -> tuple[type[Exception], ...]:
    """Return what TensorFlow raises where it has no kernel: a softmax of six axes."""
    import tensorflow as tf

    return tf.errors.AbortedError, tf.errors.UnimplementedError


def _close(one: Any, other: Any) -> bool:
    scale = np.maximum(1, abs(other))
    return bool((abs(one.astype("float64") - other.astype("float64")) <= TOLERANCE * scale).all())


def _run(
    names: dict[str, Any], model: Any, planned: Plan, values: dict[str, Any], *,
    last: bool, steps: int | None = None,
) -> tuple[list[Any], dict[str, int], list[list[int]]]:  # fmt: skip
    """Return all outputs, the bytes that each state had at most, and how many steps had come.

    With `last`, what is made at the end of the window is not looked at, but for what grows.
    """
    keras, found = runtime.load(), planned.found
    inputs = planned.model.inputs
    samples = len(next(iter(values.values())))
    states = names["first_states"](
        model, *(values[name] for name in found.given), batch_size=samples
    )
    axes = {name: inputs[name].tensor.time or 1 for name in found.fed}
    count = steps or values[found.fed[0]].shape[axes[found.fed[0]]]
    made: list[list[Any]] = [[] for _ in found.outputs]
    counts: list[list[int]] = []
    most: dict[str, int] = dict.fromkeys(states, 0)
    for step in range(count):
        for name, state in states.items():
            most[name] = max(most[name], _bytes_of(state, samples))
        new = [
            np.take(values[name], [step % values[name].shape[axes[name]]], axis=axes[name])
            for name in found.fed
        ]
        given = [keras.ops.convert_to_tensor(x) for x in new]
        outputs, states = names["step"](model, states, *given, last=last and step == count - 1)
        several = outputs if len(found.outputs) > 1 else (outputs,)
        for parts, output, said in zip(made, several, found.outputs, strict=True):
            if output is not None:
                array = keras.ops.convert_to_numpy(output)
                parts[:] = [array] if said.newest else [*parts, array]
        counts.append([
            sum(part.shape[_axis(planned, at)] for part in parts) for at, parts in enumerate(made)
        ])  # fmt: skip
    growing = {
        f"{layer.path}/{kept.name}"
        for layer in found.layers for kept in layer.kept if kept.grows
    }  # fmt: skip
    for name, state in states.items():
        if not last or name in growing:
            most[name] = max(most[name], _bytes_of(state, samples))
    joined = [
        None if not parts else np.concatenate(parts, _axis(planned, at))
        for at, parts in enumerate(made)
    ]
    return joined, most, counts


def _axis(planned: Plan, at: int) -> int:
    """Return the axis of the steps of an output; of a vector, that of its features."""
    tensor = [*planned.model.outputs.values()][at].tensor
    return tensor.rank - 1 if tensor.time is None else tensor.time


def _bytes_of(state: Any, samples: int) -> int:
    if state is None:
        return 0
    array = np.asarray(state)
    return array.nbytes // samples if array.ndim else array.nbytes


def _readiness(planned: Plan, counts: list[list[int]]) -> Iterator[str]:
    """Yield where an output step came with another input step than it is said to."""
    for at, output in enumerate(planned.found.outputs):
        if output.newest or output.ready is None:
            continue
        traced = planned.model.outputs[output.name]
        total, numbers = traced.tensor.steps.value or 0, output.ready.numbers()
        ready = [output.ready.evaluate({**numbers, "t": step}) for step in range(total)]
        for step, now in enumerate(counts):
            due = total if step == len(counts) - 1 else sum(each <= step for each in ready)
            if due != now[at]:
                yield f"{output.name}: {now[at]} steps after input step {step}, said {due}"
                break


def _bytes(
    names: dict[str, Any], model: Any, planned: Plan, values: Any, ended: dict[str, int]
) -> Iterator[str]:
    """Yield where more or fewer bytes are kept than is said."""
    found = planned.found
    bounded = any(kept.grows or kept.role.name in ("POSITION", "PHASE") for kept in found.kept)
    steps = planned.model.inputs[found.fed[0]].tensor.steps.value or 0
    placed = "placed" in names["step"].__code__.co_names
    short = _short(planned)
    longer = 0 if bounded or placed or short else MORE
    _, most, _ = _run(names, model, planned, values, last=False, steps=steps + longer)
    most = {name: max(number, ended[name]) for name, number in most.items()}
    real, said = sum(most.values()), found.kept_bytes.value
    fills = said is not None and said - sum(short.values()) <= real - sum(most[x] for x in short)
    if said is None or real > said or not fills:
        yield f"keeps {real} bytes, said {said}: {most}"


def _short(planned: Plan) -> dict[str, int]:
    """Return the bytes of what is kept that a window may not fill: it ends before."""
    end = planned.model.inputs[planned.found.fed[0]].tensor.steps.value or 0
    return {
        f"{call.call.path}/{kept.name}": kept.bytes.value or 0
        for call in planned.calls
        for kept in call.kept
        for read in call.read
        if kept.steps is not None and kept.role.name != "WHOLE" and (
            kept.name == read.traced.path or (kept.role.name == "CACHE" and read.role == "value")
        )
        and (kept.steps.value or 0) > _filled(call.forms[0], read, end)
    }  # fmt: skip


def _filled(form: Form, read: Read, end: int) -> int:
    """Return how many steps of what is read wait for output steps at most within a window."""
    ready, due = getattr(read.form, "ready", None), getattr(form, "ready", None)
    if ready is None or due is None:
        return 0
    numbers = {**ready.numbers(), **due.numbers()}
    spans = read.reach.spans
    came = [
        ready.evaluate({**numbers, "t": step})
        for step in range(read.traced.tensor.steps.value or 0)
    ]
    most = made = 0
    for now in range(end - 1):
        while due.evaluate({**numbers, "t": made}) <= now:
            made += 1
        firsts = (x.first.evaluate({**x.first.numbers(), "t": made}) for x in spans)
        most = max(most, sum(step <= now for step in came) - max(0, min(firsts)))
    return most


# it cannot


def _judge_no(graph: Graph, found: Streaming, random: Any, below: int) -> Verdict:
    from seqinspect.writers.python_source import python_source

    witness = found.witness
    assert witness is not None
    names: dict[str, Any] = {}
    exec(compile(python_source(graph), "model", "exec"), names)
    model = names["model"]
    model_inputs = {each.name: each for each in found.report.inputs}
    output = next(at for at, each in enumerate(found.outputs) if each.answer == "no")
    axis = (model_inputs[witness.input].time_axis) or 1
    keras = runtime.load()
    for attempt in range(TRIES):
        _randomise(model, random, (0.5, 0.2, 1.0)[attempt % 3])
        values = {
            name: _array(each.tensor.shape, each.tensor.dtype, random, 8, below)
            for name, each in model_inputs.items()
        }
        if attempt % 2:  # a witness may need a first step that is masked
            for name, each in model_inputs.items():
                np.moveaxis(values[name], each.time_axis or 0, 0)[0] = 0
        moved = dict(values)
        changed = np.moveaxis(moved[witness.input].copy(), axis, 1)
        shape, dtype = changed[:, witness.last.value].shape, changed.dtype
        changed[:, witness.last.value] = (
            random.integers(0, below, shape) if dtype.kind == "i" else random.normal(0, 2, shape)
        )
        moved[witness.input] = np.moveaxis(changed, 1, axis)
        one, other = (
            keras.ops.convert_to_numpy(_flat(_called(model, x))[output]) for x in (values, moved)
        )
        if witness.step is None:
            hits = one != other
        else:
            time_axis = _time_axis(found, output, one.ndim)
            hits = np.take(one, witness.step, time_axis) != np.take(other, witness.step, time_axis)
        if hits.any():
            return Verdict("no")
    return Verdict("disagrees", (f"no, but {witness} does not move",))


def _time_axis(found: Streaming, output: int, rank: int) -> int:
    name = found.outputs[output].name
    for row in found.report.top:
        if row.name == name and row.time is not None and row.time.axis is not None:
            return row.time.axis
    return 1 if rank > 1 else 0


# models


def _randomise(model: Any, random: Any, spread: float) -> None:
    for weight in model.weights:
        if "seed" in weight.path or "int" in str(weight.dtype):
            continue
        array = random.normal(0, spread, weight.shape)
        if "variance" in weight.path:
            array = abs(array) + 0.5
        weight.assign(array.astype("float32"))


def _inputs(planned: Plan, random: Any, samples: int, below: int) -> dict[str, Any]:
    return {
        name: _array(tuple(size.value for size in traced.tensor.shape), traced.tensor.dtype,
                     random, samples, below)
        for name, traced in planned.model.inputs.items()
    }  # fmt: skip


def _array(shape: tuple[int | None, ...], dtype: str, random: Any, samples: int, below: int) -> Any:
    sizes = (shape[0] or samples, *(size or 1 for size in shape[1:]))
    if "int" in dtype:
        return random.integers(0, below, sizes).astype(dtype)
    array = random.normal(0, 1, sizes)
    if len(sizes) == 3:  # steps of half of the samples that a Masking leaves out
        array[: sizes[0] // 2][random.random(sizes[:2])[: sizes[0] // 2] < 0.4] = 0
    return array.astype(dtype if dtype != "string" else "float32")


def _called(model: Any, values: dict[str, Any]) -> Any:
    first, *others = values.values()
    return model([first, *others] if others else first, training=False)


def _flat(outputs: Any) -> list[Any]:
    return [*outputs] if isinstance(outputs, list | tuple) else [outputs]


def random_models(kind: str) -> Callable[[str], dict[str, Any]]:
    """Return what draws the spec of a model from a seed."""
    if kind == "usual":
        from tests.keras.stream_models import draw as draw_usual

        return draw_usual
    from tests.keras.whole_models import draw

    return draw


def main() -> int:
    """Judge many models; print those on which the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", choices=("usual", "whole"), default="usual")
    parser.add_argument("--rules", action="store_true", help="judge every rule by itself")
    parser.add_argument("--layer", action="append", help="with --rules, this rule only")
    parser.add_argument("--only", type=int, help="judge this one, and print it")
    options = parser.parse_args()
    runtime.load()
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    if options.rules:
        from tests.keras.stream_rules import judge_rules

        counts = judge_rules(options)
    else:
        draw = random_models(options.models)
        with suppress(KeyboardInterrupt):  # what was judged is counted
            for index in range(options.count) if options.only is None else [options.only]:
                counts += _judge_one(draw, options, index)
    seconds = time.perf_counter() - started
    words = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    print(f"{counts['disagrees']} disagreements: {words}; {seconds:.0f} s")
    return 1 if counts["disagrees"] else 0


def _judge_one(
    draw: Callable[[str], dict[str, Any]], options: argparse.Namespace, index: int
) -> Counter[str]:
    seed = f"{options.seed} {index}"
    spec = draw(seed)
    try:
        verdict = judge(read_spec(json.dumps(spec).encode()), seed)
    except SpecError:
        verdict = Verdict("refused")
    except Exception as error:
        if options.only is not None:
            raise
        verdict = Verdict("disagrees", (f"{type(error).__name__}: {str(error)[:300]}",))
    if options.only is not None or verdict.word in ("disagrees", "unwritten"):
        print(f"--models {options.models} --seed {options.seed} --only {index}: {verdict.word}:"
              f" {json.dumps(spec)}")  # fmt: skip
        print("".join(f"  {line}\n" for line in verdict.differences[:4]), end="", flush=True)
    return Counter([verdict.word])


if __name__ == "__main__":
    Random()  # specs are drawn with it
    sys.exit(main())
