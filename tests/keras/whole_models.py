"""Random whole models, judged by experiment: `python -m tests.keras.whole_models --count 500`.

Each is a spec of 2 to 8 layers with branches, merges, layers that are called again, models within
the model, and one or two inputs, of 1 to 12 steps. For every call the first and last step that its
output steps are said to depend on must be those that move it in a real model with random weights.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.receptive_field import same_steps
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import build
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.movement import Experiment
from seqinspect.output.fact_text import difference_text
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

Entry = dict[str, Any]
SEEDS = 5
"""So many times a model is tried with new weights where something did not move."""


@dataclass
class Drawn:
    """A spec as far as it has been drawn; `named` are the layers that may be called again.

    `large`: its sizes are those of real models.
    """

    random: Random
    spec: dict[str, Any]
    large: bool = False
    count: int = 0
    named: list[str] = field(default_factory=list)

    def name(self) -> str:
        self.count += 1
        return f"layer{self.count}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def choice(self, items: Any) -> Any:
        return self.random.choice(items)


def width(d: Drawn) -> int:
    return d.choice([8, 24, 64, 64, 100, 128]) if d.large else d.integer(2, 4)


def activation(d: Drawn) -> Any:
    return d.choice([None, "tanh", "sigmoid", "relu", "softplus", "elu"])


def recurrent(d: Drawn) -> Entry:
    kind = d.choice(["LSTM", "GRU", "SimpleRNN"])
    options: Entry = {"units": width(d), "return_sequences": d.chance(0.75)}
    if d.chance(0.25):
        options["go_backwards"] = True
    if d.chance(0.15):
        options["use_bias"] = False
    if d.chance(0.1):
        options["unroll"] = True
    if kind == "GRU" and d.chance(0.3):
        options["reset_after"] = False
    return {kind: options}


def with_states(d: Drawn) -> Entry:
    entry = recurrent(d)
    next(iter(entry.values()))["return_state"] = True
    return entry


def bidirectional(d: Drawn) -> Entry:
    mode = d.choice(["concat", "sum", "mul", "ave"])
    return {"Bidirectional": {"layer": recurrent(d), "merge_mode": mode}}


def time_distributed(d: Drawn) -> Entry:
    return {
        "TimeDistributed": d.choice([{"Dense": width(d)}, {"LSTM": {"units": 2}}, {"Flatten": {}}])
    }


def convolution(d: Drawn) -> Entry:
    options = {
        "filters": width(d),
        "kernel_size": d.integer(1, 4),
        "padding": d.choice(["valid", "same", "causal"]),
        "activation": activation(d),
    }
    options[d.choice(["strides", "dilation_rate"])] = d.integer(1, 3)
    return {"Conv1D": options}


def depthwise(d: Drawn) -> Entry:
    options: Entry = {"kernel_size": d.integer(1, 3), "padding": d.choice(["valid", "same"])}
    if d.chance(0.5):
        return {"SeparableConv1D": {**options, "filters": width(d)}}
    return {"DepthwiseConv1D": options}


def transposed(d: Drawn) -> Entry:
    return {
        "Conv1DTranspose": {
            "filters": width(d),
            "kernel_size": d.integer(1, 4),
            "strides": d.integer(1, 3),
            "padding": d.choice(["valid", "same"]),
        }
    }


def pooling(d: Drawn) -> Entry:
    kind = d.choice(["MaxPooling1D", "AveragePooling1D"])
    options: Entry = {"pool_size": d.integer(1, 3), "padding": d.choice(["valid", "same"])}
    if d.chance(0.5):
        options["strides"] = d.integer(1, 3)
    return {kind: options}


def global_pooling(d: Drawn) -> Entry:
    kind = d.choice(["GlobalMaxPooling1D", "GlobalAveragePooling1D"])
    return {kind: {"keepdims": d.chance(0.3)}}


def adaptive(d: Drawn) -> Entry:
    kind = d.choice(["AdaptiveAveragePooling1D", "AdaptiveMaxPooling1D"])
    return {kind: {"output_size": d.integer(1, 4)}}


def edges(d: Drawn) -> Entry:
    both = [d.integer(0, 2), d.integer(0, 2)]
    return d.choice(  # type: ignore[no-any-return]
        [
            {"Cropping1D": {"cropping": both}},
            {"ZeroPadding1D": {"padding": both}},
            {"UpSampling1D": {"size": d.integer(1, 3)}},
        ]
    )


def normalization(d: Drawn) -> Entry:
    return d.choice(  # type: ignore[no-any-return]
        [
            {"LayerNormalization": {"axis": d.choice([-1, -1, 1, [1, 2]])}},
            {"BatchNormalization": {"axis": d.choice([-1, -1, 1])}},
            {"UnitNormalization": {"axis": d.choice([-1, 1])}},
            {"RMSNormalization": {"axis": -1}},
            {"Softmax": {"axis": d.choice([-1, 1])}},
            {"Masking": {}},
            {"Dropout": 0.2},
            {"SpatialDropout1D": 0.2},
            {"Activation": "tanh"},
            {"LeakyReLU": {}},
            {"PReLU": d.choice([{}, {"shared_axes": [1]}])},
            {"Rescaling": 0.5},
        ]
    )


def dense(d: Drawn) -> Entry:
    return {"Dense": {"units": width(d), "activation": activation(d)}}


def unary(d: Drawn, shape: tuple[int, ...]) -> Entry:
    """A layer for one tensor of a shape without the batch."""
    if len(shape) == 1:
        some: list[Callable[[], Entry]] = [
            lambda: dense(d),
            lambda: {"RepeatVector": d.integer(1, 6)},
            lambda: {"Reshape": {"target_shape": split(d, shape[0])}},
            lambda: {"Activation": "tanh"},
            lambda: {"LayerNormalization": {}},
        ]
        return d.choice(some)()  # type: ignore[no-any-return]
    if len(shape) == 2:
        numbers = shape[0] * shape[1]
        makers = [recurrent] * 5 + [bidirectional] * 3 + [convolution] * 5 + [dense] * 3
        makers += [pooling, edges, normalization] * 2
        makers += [transposed, depthwise, global_pooling, adaptive, time_distributed, with_states]
        makers += [
            lambda d: {"Permute": {"dims": [2, 1]}},
            lambda d: {"Flatten": {}},
            lambda d: {"Reshape": {"target_shape": split(d, numbers)}},
            lambda d: {"Reshape": {"target_shape": [*shape, 1]}},
        ]
        return d.choice(makers)(d)  # type: ignore[no-any-return]
    return d.choice(  # type: ignore[no-any-return]
        [
            {"TimeDistributed": {"Flatten": {}}},
            {"TimeDistributed": {"Dense": 2}},
            {"TimeDistributed": {"LSTM": 2}},
            {"Flatten": {}},
            {"Dense": width(d)},
            {"Permute": {"dims": d.choice([[2, 1, 3], [1, 3, 2], [3, 1, 2]])}},
            {"Reshape": {"target_shape": [shape[0], -1]}},
            {"Conv2D": {"filters": 2, "kernel_size": d.choice([1, 2]), "padding": "same"}},
        ]
    )


def split(d: Drawn, number: int) -> list[int]:
    """Two axes of a size that hold so many numbers."""
    return [
        first := d.choice([k for k in range(1, number + 1) if number % k == 0]),
        number // first,
    ]


def merge(d: Drawn, tensors: dict[str, tuple[int, ...]]) -> Entry | None:
    """A layer for several tensors that fit."""
    a = d.choice(list(tensors))
    shape = tensors[a]
    same = [name for name, other in tensors.items() if other == shape]
    if d.chance(0.35):
        b = d.choice(same)
        kinds = ["Add", "Multiply", "Average", "Maximum", "Minimum"]
        # x − x is zero whatever x is: what cancels is no matter of time.
        both = {a, b} <= d.spec["inputs"].keys() and a != b
        kind = d.choice([*kinds, "Subtract"] if both else kinds)
        return {kind: {}, "from": [a, b]}
    if d.chance(0.5):
        axis = d.choice([-1, *range(1, len(shape) + 1)])
        place = axis - 1 if axis > 0 else len(shape) - 1
        fits = [
            name
            for name, other in tensors.items()
            if len(other) == len(shape)
            and all(x == y for i, (x, y) in enumerate(zip(other, shape, strict=True)) if i != place)
        ]
        others = [d.choice(fits) for _ in range(d.integer(1, 2))]
        return {"Concatenate": {"axis": axis}, "from": [a, *others]}
    sequences = [n for n, other in tensors.items() if len(other) == 2]
    if a not in sequences:
        return None
    fits = [name for name in sequences if tensors[name][1] == shape[1]]
    b = d.choice(fits)
    causal = {"use_causal_mask": True} if d.chance(0.5) else {}
    kind = d.choice(
        ["MultiHeadAttention", "Attention", "AdditiveAttention", "GroupQueryAttention", "Dot"]
    )
    if kind == "Dot":
        return {"Dot": {"axes": d.choice([1, 2, [1, 1], [2, 2]])}, "from": [a, b]}
    if kind == "MultiHeadAttention":
        return {
            kind: {"num_heads": d.integer(1, 2), "key_dim": 2},
            "from": [a, d.choice(sequences)],
            "call": causal,
        }
    if kind == "GroupQueryAttention":
        options = {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": d.integer(1, 2)}
        return {kind: options, "from": [a, b], "call": causal}
    return {kind: {}, "from": [a, b], "call": causal}


def inner_model(d: Drawn, shape: tuple[int, ...]) -> Entry:
    """A model within the model."""
    if d.chance(0.5):
        return {"Sequential": {"layers": [unary(d, shape) for _ in range(d.integer(1, 2))]}}
    one, two = unary(d, shape), unary(d, shape)
    return {
        "Functional": {
            "inputs": {"x": list(shape)},
            "layers": [
                {**one, "name": "one"},
                {**two, "name": "two", "from": d.choice(["one", "x"])},
            ],
            "outputs": d.choice([["two"], ["two", "one"]]),
        }
    }


def entry(d: Drawn, tensors: dict[str, tuple[int, ...]], words: set[str]) -> Entry | None:
    """The next entry, or none where what was drawn does not fit."""
    here = list(tensors)
    source = here[-1] if d.chance(0.7) else d.choice(here)
    if source in words:
        made: Entry = {
            "Embedding": {"input_dim": 9, "output_dim": width(d), "mask_zero": d.chance(0.4)}
        }
        return {**made, "from": source}
    usable = {name: shape for name, shape in tensors.items() if name not in words}
    if len(usable) > 1 and d.chance(0.3):
        return merge(d, usable)
    if d.named and d.chance(0.12):
        return {"reuse": d.choice(d.named), "from": source}
    if d.chance(0.12):
        return {**inner_model(d, tensors[source]), "from": source}
    made = unary(d, tensors[source])
    if d.chance(0.1) and next(iter(made)) in ("LSTM", "GRU", "SimpleRNN"):
        units = next(iter(made.values()))["units"]
        states = [name for name, shape in usable.items() if shape == (units,)]
        if states:
            count = 2 if "LSTM" in made else 1
            return {**made, "from": source, "call": {"initial_state": [d.choice(states)] * count}}
    return {**made, "from": source}


def draw(seed: str, *, large: bool = False) -> dict[str, Any]:
    """The spec that a seed stands for."""
    d = Drawn(Random(seed), {"dims": {}, "inputs": {}, "layers": []}, large)
    for index in range(1 if d.chance(0.6) else 2):
        steps, name = d.integer(20, 600) if large else d.integer(1, 12), f"T{index}"
        shape: list[Any] = [steps]
        if d.chance(0.5):
            d.spec["dims"][name] = steps
            shape = [name]
        given: Entry = {"shape": shape}
        if d.chance(0.25):
            given["dtype"] = "int32"
        else:
            shape.append(width(d))
        d.spec["inputs"][f"in{index}"] = given
    if d.chance(0.1):
        d.spec["inputs"]["static"] = {"shape": [width(d)]}
    wanted, tries = d.integer(2, 8), 0
    while len(d.spec["layers"]) < wanted and tries < 80:
        tries += 1
        _extend(d)
    return d.spec


def _extend(d: Drawn) -> None:
    """Add one entry, if the model can be used with it."""
    spec = d.spec
    tensors = {
        name: tuple(spec["dims"].get(size, size) for size in given["shape"])
        for name, given in spec["inputs"].items()
    }
    words = {name for name, given in spec["inputs"].items() if given.get("dtype") == "int32"}
    if spec["layers"]:
        report = analyse(read_spec(text_of(spec)))
        for row in report.top:
            for index, output in enumerate(row.outputs):
                name = f"{row.name}.{index}" if index else row.name
                tensors[name] = tuple(size or 0 for size in output.shape[1:])
                if "int" in output.dtype:
                    words.add(name)
    made = entry(d, tensors, words)
    if made is None:
        return
    made = {**made, "name": d.name()}
    spec["layers"].append(made)
    try:
        report = analyse(read_spec(text_of(spec)))
        sizes = [size for row in report.rows for output in row.outputs for size in output.shape[1:]]
        if any(size is None or not 0 < size < (10**6 if d.large else 60) for size in sizes):
            raise SpecError
    except SpecError:
        spec["layers"].pop()
        return
    if not made.keys() & {"reuse", "Embedding"}:
        d.named.append(made["name"])


def text_of(spec: dict[str, Any]) -> bytes:
    return json.dumps(spec).encode()


@dataclass
class Judged:
    """What the report says and the experiment does not show, or the other way round.

    `hidden` counts the rows that name more steps than move them, for a reason that is known.
    """

    differences: list[str]
    rows: int
    hidden: int


def judge(spec: dict[str, Any]) -> Judged:
    """Compare report and experiment on one model."""
    graph = read_spec(text_of(spec))
    report = analyse(graph)
    experiment = Experiment(flatten_model(graph), report, SEEDS)
    verdicts = {path: experiment.verdict(path) for path in experiment.rows}
    found = [
        f"{path}: {difference_text(experiment.difference(path))}"
        for path, right in verdicts.items()
        if right is False or (right is None and not experiment.may_be_hidden(path))
    ]
    hidden = sum(right is None for right in verdicts.values())
    calls = {node.name for node in experiment.calls.graph.nodes}
    found += [f"{name} has no row" for name in calls - {row.path for row in report.rows}]
    found += _masks(graph, report)
    if not hidden:
        found += _causality(report, experiment)
    return Judged(found, len(verdicts), hidden)


def _masks(graph: Graph, report: Report) -> list[str]:
    """Compare which calls return a mask with what Keras hands on."""
    calls = build(graph)
    return [
        f"{row.path}: says mask {row.mask}, Keras {calls[row.path].outputs[0].mask}"
        for row in report.rows
        if (calls[row.path].outputs[0].mask is not None)
        is not (row.mask is not None and row.mask.carries)
    ]


def _causality(report: Report, experiment: Experiment) -> list[str]:
    """Compare `causal`: whether no output step moves with a later step of as long an input."""
    output, *states = report.outputs  # states of a last layer have no steps
    assert all(state.rpartition(".")[0] == output for state in states)
    row = experiment.rows.get(output)
    if row is None or row.time is None or row.time.axis is None or row.time.steps is None:
        return []
    same = {
        given.name
        for given in report.inputs
        if given.time_axis is not None
        and same_steps(given.tensor.symbolic[given.time_axis], row.time.steps)
    }
    hits = [
        index <= step
        for (name, step), steps in experiment.moved[output].items()
        if name in same
        for index in steps
    ]
    if not hits or report.causal is all(hits):
        return []
    return [f"causal: says {report.causal}, is {all(hits)}"]


def main() -> int:
    """Judge many models; print those on which the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="judge this one model, and print its spec")
    options = parser.parse_args()
    runtime.load()
    wrong, rows, hidden, started = 0, 0, 0, time.perf_counter()
    for index in range(options.count) if options.only is None else [options.only]:
        spec = draw(f"{options.seed} {index}")
        if options.only is not None:
            print(json.dumps(spec, indent=1))
        try:
            judged = judge(spec)
        except SpecError as error:
            judged = Judged([str(error)], 0, 0)
        rows += judged.rows
        hidden += judged.hidden
        if judged.differences:
            wrong += 1
            print(f"--seed {options.seed} --only {index}: {json.dumps(spec)}")
            print("".join(f"  {line}\n" for line in judged.differences[:6]), end="", flush=True)
    seconds = time.perf_counter() - started
    print(
        f"{wrong} disagreements in {options.count} models, {rows} rows,"
        f" {hidden} with steps that are hidden, {seconds:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
