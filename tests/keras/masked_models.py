"""Random models with masks, judged by Keras: `python -m tests.keras.masked_models --count 500`.

Each is drawn once and made twice: as a spec, and as a functional model of Keras, which is called on
data with padding. What is compared, for every call: the mask of its output (whether there is one,
its shape, its values), Keras's warnings, what happens where masked steps are changed and the mask
is kept, which input steps move which output steps, and whether the model can be called at all.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.model.masks import Beside, Everywhere, Made, MaskUse, Unmarked
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.model.masks import Marks, MaskReport
    from seqinspect.model.report import Report, Row

STEPS = 5
SAMPLES = 3
DRAWS = 2
SMALL = 1e-6
"""What moves less is rounding: everything is computed in float32."""


@dataclass
class Call:
    """A call of a layer: its class and arguments, what it reads, and its call's own arguments."""

    name: str
    type: str
    arguments: dict[str, Any]
    sources: list[str]
    call: dict[str, Any] = field(default_factory=dict)


@dataclass
class Drawn:
    """A model: inputs (name to shape and dtype), calls, and the shapes of what has been made."""

    random: Random
    inputs: dict[str, tuple[list[int], str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def add(self, type_: str, arguments: dict[str, Any], sources: list[str], **call: Any) -> str:
        name = f"{type_.lower()}_at_{len(self.calls)}"  # Keras names operations on masks itself
        self.calls.append(Call(name, type_, arguments, sources, call))
        return name


def draw(seed: int) -> Drawn:
    """Draw a model: one to three branches, masked or not, joined and read by what uses masks."""
    d = Drawn(Random(seed))
    ends = [branch(d, index) for index in range(d.random.choice([1, 1, 2, 2, 3]))]
    for _ in range(d.random.randint(1, 4)):
        if len(ends) > 1 and d.random.random() < 0.5:
            join(d, ends)
        else:
            step(d, ends)
    while len(ends) > 1:
        join(d, ends)
    step(d, ends)
    return d


def branch(d: Drawn, index: int) -> str:
    """Draw an input and what makes a mask of it, or none."""
    kind = d.random.choice(["ids", "ids", "ids", "floats", "floats", "pages", "plain", "plain"])
    name = f"in{index}"
    if kind == "pages":
        d.inputs[name] = ([STEPS, 3], "int32")
        made = d.add("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, [name])
        d.shapes[made] = (STEPS, 3, 4)
        inner: dict[str, Any] = d.random.choice([
            {"class": "GRU", "units": d.random.choice([4, 3])},
            {"class": "Bidirectional", "layer": {"class": "LSTM", "units": 2}},
            {"class": "GlobalAveragePooling1D"},
            {"class": "Dense", "units": 4},
        ])  # fmt: skip
        folded = d.add("TimeDistributed", {"layer": inner}, [made])
        if inner["class"] == "Dense":
            d.shapes[folded] = (STEPS, 3, 4)
            folded = d.add("TimeDistributed", {"layer": {"class": "LSTM", "units": 4}}, [folded])
        d.shapes[folded] = (STEPS, inner.get("units", 4))
        return folded
    if kind == "ids":
        d.inputs[name] = ([STEPS], "int32")
        made = d.add("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, [name])
    else:
        d.inputs[name] = ([STEPS, 4], "float32")
        made = name if kind == "plain" else d.add("Masking", {}, [name])
    d.shapes[made] = (STEPS, 4)
    return made


JOINS = (
    "Concatenate", "Concatenate", "Add", "Multiply", "Average", "Maximum", "Minimum", "Attention",
    "MultiHeadAttention", "LSTM", "Dot",
)  # fmt: skip


def join(d: Drawn, ends: list[str]) -> None:
    """Join two branches, if they have the same shape after a Dense each."""
    count = 3 if len(ends) > 2 and d.random.random() < 0.3 else 2
    chosen = [ends.pop(d.random.randrange(len(ends))) for _ in range(count)]
    alike = [one if d.shapes[one] == (STEPS, 4) else widen(d, one) for one in chosen]
    sources = [one for one in alike if one is not None]
    if len(sources) < count:  # what is no sequence of all steps ends here, unused
        ends.append(sources[0] if sources else chosen[0])
        return
    kind = d.random.choice(JOINS)
    if kind == "Concatenate":
        axis = d.random.choice([-1, -1, 2, 1])
        made = d.add(kind, {"axis": axis}, sources)
        shape = (STEPS * count, 4) if axis == 1 else (STEPS, 4 * count)
    elif kind == "Attention":
        call = {"use_causal_mask": True} if d.random.random() < 0.4 else {}
        made, shape = d.add(kind, {}, sources[:2], **call), (STEPS, 4)
    elif kind == "MultiHeadAttention":
        made, shape = attend(d, sources[0], sources[1]), (STEPS, 4)
    elif kind == "LSTM":
        encoder = d.add("LSTM", {"units": 3, "return_state": True}, sources[:1])
        made = d.add("LSTM", {"units": 3, "return_sequences": True}, sources[1:2],
                     initial_state=[f"{encoder}.1", f"{encoder}.2"])  # fmt: skip
        shape = (STEPS, 3)
    elif kind == "Dot":
        made, shape = d.add(kind, {"axes": 2}, sources[:2]), (STEPS, STEPS)
    else:
        made, shape = d.add(kind, {}, sources), (STEPS, 4)
    d.shapes[made] = shape
    ends.append(made)


def widen(d: Drawn, source: str) -> str | None:
    """Bring a sequence to four features; None where it is none."""
    shape = d.shapes[source]
    if len(shape) != 2 or shape[0] != STEPS:
        return None
    made = d.add("Dense", {"units": 4}, [source])
    d.shapes[made] = (STEPS, 4)
    return made


def attend(d: Drawn, query: str, value: str) -> str:
    arguments: dict[str, Any] = {"num_heads": 1, "key_dim": 3}
    call = {"use_causal_mask": True} if d.random.random() < 0.4 else {}
    if d.random.random() < 0.25:
        arguments["dropout"] = 0.1
    return d.add("MultiHeadAttention", arguments, [query, value], **call)


def step(d: Drawn, ends: list[str]) -> None:
    """Add a layer behind one of the ends, or two, as around an attention."""
    place = d.random.randrange(len(ends))
    source = ends[place]
    shape = d.shapes[source]
    if len(shape) != 2:
        return
    steps, width = shape
    kind = d.random.choice(list(STEPS_OF))
    arguments, call, made_shape = STEPS_OF[kind](d, steps, width)
    if kind == "residual":
        behind = attend(d, source, source)
        d.shapes[behind] = shape
        made = d.add("Add", {}, [source, behind])
    elif kind == "Nested":
        made = d.add(kind, arguments, [source])
    else:
        made = d.add(kind.rstrip("_"), arguments, [source], **call)
    d.shapes[made] = made_shape
    ends[place] = made


Stepped = tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]


def recurrent(d: Drawn, steps: int, width: int) -> Stepped:
    del width
    sequences = d.random.random() < 0.7
    arguments: dict[str, Any] = {"units": 3, "return_sequences": sequences}
    for name, odds in (("go_backwards", 0.25), ("unroll", 0.15), ("zero_output_for_mask", 0.15)):
        if d.random.random() < odds:
            arguments[name] = True
    if arguments.get("go_backwards"):
        arguments.pop("zero_output_for_mask", None)
    return arguments, {}, (steps, 3) if sequences else (3,)


def same(**arguments: Any) -> Callable[[Drawn, int, int], Stepped]:
    return lambda d, steps, width: (arguments, {}, (steps, width))


def both(d: Drawn, steps: int, width: int) -> Stepped:
    inner, _, shape = recurrent(d, steps, width)
    inner.pop("go_backwards", None)
    kind = d.random.choice(["LSTM", "GRU"])
    return {"layer": {"class": kind, **inner}}, {}, (*shape[:-1], 6)


def nested(d: Drawn, steps: int, width: int) -> Stepped:
    """A model within the model, whose layers use, carry or stop a mask."""
    layers = d.random.choice([
        [{"class": "Dense", "units": 3}, {"class": "GRU", "units": 3, "return_sequences": True}],
        [{"class": "Conv1D", "filters": 3, "kernel_size": 1}],
        [{"class": "Dropout", "rate": 0.1}, {"class": "Dense", "units": 3}],
    ])  # fmt: skip
    return {"layers": layers, "shape": [steps, width]}, {}, (steps, 3)


def distributed(d: Drawn, steps: int, width: int) -> Stepped:
    del d, width
    return {"layer": {"class": "Dense", "units": 3}}, {}, (steps, 3)


STEPS_OF: dict[str, Callable[[Drawn, int, int], Stepped]] = {
    "LSTM": recurrent,
    "GRU": recurrent,
    "SimpleRNN": recurrent,
    "Bidirectional": both,
    "TimeDistributed": distributed,
    "Dense": lambda d, steps, width: ({"units": 4}, {}, (steps, 4)),
    "Dropout": same(rate=0.2),
    "LayerNormalization": same(),
    "BatchNormalization": same(),
    "UnitNormalization": same(),
    "RMSNormalization": same(),
    "Activation": same(activation="tanh"),
    "ReLU": same(),
    "Masking": same(),
    "Conv1D": lambda d, steps, width: (
        {"filters": 3, "kernel_size": 2, "padding": "causal"}, {}, (steps, 3)),
    "Permute": lambda d, steps, width: ({"dims": [2, 1]}, {}, (width, steps)),
    "Reshape": lambda d, steps, width: ({"target_shape": [steps, width]}, {}, (steps, width)),
    "Cropping1D": lambda d, steps, width: ({"cropping": [0, 1]}, {}, (steps - 1, width)),
    "ZeroPadding1D": lambda d, steps, width: ({"padding": 1}, {}, (steps + 2, width)),
    "MaxPooling1D": lambda d, steps, width: ({"pool_size": 2}, {}, (steps // 2, width)),
    "GlobalAveragePooling1D": lambda d, steps, width: ({}, {}, (width,)),
    "GlobalAveragePooling1D_": lambda d, steps, width: (
        {"data_format": "channels_first"}, {}, (steps,)),
    "GlobalMaxPooling1D": lambda d, steps, width: ({}, {}, (width,)),
    "Softmax": lambda d, steps, width: ({"axis": 1}, {}, (steps, width)),
    "Flatten": lambda d, steps, width: ({}, {}, (steps * width,)),
    "residual": lambda d, steps, width: ({}, {}, (steps, width)),
    "Nested": nested,
}  # fmt: skip


# the same model as a spec


def spec_of(d: Drawn) -> dict[str, Any]:
    inputs = {name: {"shape": shape, "dtype": dtype} for name, (shape, dtype) in d.inputs.items()}
    layers = []
    for call in d.calls:
        listed = len(call.sources) > 1 or call.type == "Attention"
        entry: dict[str, Any] = {"from": call.sources if listed else call.sources[0]}
        if call.type == "Nested":
            inner = [{each["class"]: _without_class(each)} for each in call.arguments["layers"]]
            given = call.arguments["shape"]
            entry = {"Sequential": {"layers": inner, "input": given}, "name": call.name} | entry
        else:
            entry = {call.type: _spec_arguments(call.arguments), "name": call.name} | entry
        if call.call:
            entry["call"] = call.call
        layers.append(entry)
    return {"inputs": inputs, "layers": layers}


def _without_class(layer: dict[str, Any]) -> dict[str, Any]:
    return _spec_arguments(_options(layer))


def _options(layer: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in layer.items() if name != "class"}


def _spec_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {each["class"]: _without_class(each)} if isinstance(each, dict) else each
        for name, each in arguments.items()
    }


# the same model in Keras


@dataclass
class Ran:
    """What one call did when the model ran: its inputs, arguments and outputs with their masks."""

    layer: Any
    args: Any
    kwargs: dict[str, Any]
    masks_in: list[Any]
    outputs: list[Any]
    masks: list[Any]


def keras_layer(keras: Any, type_: str, arguments: dict[str, Any], name: str | None = None) -> Any:
    made = {
        key: keras_layer(
            keras, each["class"], {k: v for k, v in each.items() if k != "class"}, None
        )
        if isinstance(each, dict)
        else each
        for key, each in arguments.items()
    }
    return getattr(keras.layers, type_)(**made, **({"name": name} if name else {}))


def keras_model(keras: Any, d: Drawn) -> Any:
    tensors = {
        name: keras.Input(shape, dtype=dtype, name=name)
        for name, (shape, dtype) in d.inputs.items()
    }
    for call in d.calls:
        if call.type == "Nested":
            parts = [
                keras_layer(keras, each["class"], _options(each))
                for each in call.arguments["layers"]
            ]  # fmt: skip
            shape = keras.Input(call.arguments["shape"])
            layer = keras.Sequential([shape, *parts], name=call.name)
        else:
            layer = keras_layer(keras, call.type, call.arguments, call.name)
        sources = [tensors[name] for name in call.sources]
        named = dict(call.call)
        if "initial_state" in named:
            named["initial_state"] = [tensors[name] for name in named["initial_state"]]
        merges = isinstance(layer, keras.layers.Attention) or hasattr(layer, "_merge_function")
        outputs = layer(sources, **named) if merges else layer(*sources, **named)
        for index, output in enumerate(keras.tree.flatten(outputs)):
            tensors[f"{call.name}.{index}" if index else call.name] = output
    return keras.Model([tensors[name] for name in d.inputs], tensors[d.calls[-1].name])


class Recorder:
    """Runs a model and keeps what each layer of it did, by name."""

    def __init__(self, keras: Any, model: Any) -> None:
        self.keras = keras
        self.model = model
        self.own = {layer.name for layer in model.layers}

    def run(self, arrays: list[Any]) -> dict[str, Ran]:
        """Call the model. Raises what Keras raises."""
        ran: dict[str, Ran] = {}
        kind = self.keras.layers.Layer
        called, own, mask_of = kind.__call__, self.own, self.mask_of
        flatten = self.keras.tree.flatten
        keep = self.keras.ops.convert_to_tensor

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            masks_in = [mask_of(x) for x in flatten(args)]
            outputs = called(layer, *args, **kwargs)
            if layer.name in own:
                made = flatten(outputs)
                masks = [mask_of(x) for x in made]
                ran[layer.name] = Ran(layer, args, kwargs, masks_in, [keep(x) for x in made], masks)
            return outputs

        kind.__call__ = call
        try:
            self.model([self.keras.ops.convert_to_tensor(array) for array in arrays])
        finally:
            kind.__call__ = called
        return ran

    @staticmethod
    def mask_of(tensor: Any) -> Any:
        return getattr(tensor, "_keras_mask", None)


# data


def data(d: Drawn, seed: int) -> list[Any]:
    """Draw inputs whose samples have padding at the end, at the front, and in between."""
    import numpy as np

    random = np.random.default_rng(seed)
    arrays = []
    for shape, dtype in d.inputs.values():
        if dtype == "int32":
            array: Any = random.integers(1, 9, (SAMPLES, *shape)).astype("int32")
            if len(shape) == 2:
                array[:, :, 2:][random.random((SAMPLES, shape[0])) < 0.5] = 0
        else:
            array = random.normal(0, 1, (SAMPLES, *shape)).astype("float32")
        array[0, 3:] = 0
        array[1, :2] = 0
        array[2, random.integers(0, STEPS)] = 0
        arrays.append(array)
    return arrays


# comparing


def judge(seed: int) -> list[str] | None:
    """Return what a report says wrongly of a random model; None where Keras refuses to build it."""
    runtime.load()
    import yaml

    import keras

    d = draw(seed)
    keras.utils.set_random_seed(seed)
    text = yaml.safe_dump(spec_of(d), sort_keys=False)
    refused = ""
    try:
        report = analyse(read_spec(text.encode()))
    except SpecError as error:
        refused = error.problems[0].what
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = keras_model(keras, d)
    except Exception as error:
        return None if refused else [f"Keras refuses: {str(error)[:200]}"]
    if refused:
        return [f"seqinspect refuses: {refused}"]
    for variable in model.weights:
        import numpy as np

        random = np.random.default_rng(seed + len(variable.shape))
        value = random.normal(0, 0.7, variable.shape)
        variable.assign(np.abs(value) if "variance" in variable.path else value)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recorder = Recorder(keras, model)
        impossible = [r.name for r in rows_of(report) if r.mask is not None and not r.mask.runs]
        try:
            ran = recorder.run(data(d, seed))
        except Exception as error:
            over = any(r.mask is not None and r.mask.use is MaskUse.LAST_AXES for r in report.rows)
            return [] if impossible or over else [f"cannot be called: {str(error)[:300]}"]
    if impossible:
        return [f"{impossible[0]}: said to be impossible, and it runs"]
    return [
        *compare_masks(report, ran),
        *compare_warnings(report, {str(warning.message) for warning in caught}),
        *compare_uses(keras, report, ran, seed),
        *compare_steps(d, report, recorder, seed),
    ]


def rows_of(report: Report) -> list[Row]:
    """The calls of the model itself that Keras keeps."""
    return [row for row in report.rows if row.depth == 0 and row.used]


def compare_masks(report: Report, ran: dict[str, Ran]) -> list[str]:
    """Which outputs have a mask, of which shape, and what it marks."""
    import numpy as np

    found = []
    for row in rows_of(report):
        real = ran[row.name].masks
        for index, output in enumerate(row.outputs):
            has = real[index] is not None
            if output.masked is not has:
                found.append(f"{row.name}.{index}: says masked {output.masked}, Keras {has}")
        mask = real[0]
        about = None if row.mask is None else row.mask.mask
        if mask is None or about is None or not row.mask.carries:  # type: ignore[union-attr]
            continue
        passed = row.mask.output if row.mask is not None else None
        if passed is None:
            continue
        shape = tuple(size.value for size in passed.symbolic[1:])
        if shape != tuple(mask.shape[1:]):
            found.append(f"{row.name}: says a mask {shape}, Keras {tuple(mask.shape)}")
            continue
        marked = evaluate(passed.marks, ran, mask.shape)
        if marked is not None and not np.array_equal(marked, np.asarray(mask)):
            found.append(f"{row.name}: the mask marks other steps than {passed.marks}")
    return found


def evaluate(marks: Marks, ran: dict[str, Ran], shape: Any) -> Any:
    """The values of a mask by those of the masks that it is said to be made of."""
    import numpy as np

    match marks:
        case Unmarked():
            return np.ones(shape, "bool")
        case Made(at):
            made: Any = np.asarray(ran[at].masks[0])
            while made.ndim > len(shape):
                made = made.any(-1)
            return made if made.shape == tuple(shape) else None
        case Everywhere(parts):
            values = [evaluate(part, ran, shape) for part in parts]
            return None if any(each is None for each in values) else np.logical_or.reduce(values)
        case Beside(parts):
            width = shape[1] // len(parts)
            values = [evaluate(part, ran, (shape[0], width, *shape[2:])) for part in parts]
            return None if any(each is None for each in values) else np.concatenate(values, 1)


def compare_warnings(report: Report, messages: set[str]) -> list[str]:
    found = []
    for row in rows_of(report):
        warned = any(f"Layer '{row.name}' " in each and "masking" in each for each in messages)
        mask = row.mask
        said = mask is not None and mask.ended == row.path and mask.use is MaskUse.NONE
        if row.type == "Sequential":
            continue  # Keras warns of every model within a model, whose layers carry the mask
        if said and mask is not None and mask.warned is not warned:
            found.append(f"{row.name}: says warned {mask.warned}, Keras {warned}")
        if warned and not said:
            found.append(f"{row.name}: Keras warns that the mask ends")
    return found


def compare_uses(keras: Any, report: Report, ran: dict[str, Ran], seed: int) -> list[str]:
    """What moves where masked steps are changed and the mask stays."""
    found = []
    for row in rows_of(report):
        if row.mask is None or row.mask.mask is None or row.type == "Sequential":
            continue
        moved = masked_steps_move(keras, ran[row.name], row.mask, seed)
        if moved is None:
            continue
        leaves_out = row.mask.leaves_out and not row.mask.mask.reversed
        if leaves_out and moved:
            found.append(f"{row.name}: says {row.mask.use.name}, and masked steps move it")
        reads = (MaskUse.NOT_PASSED, MaskUse.UNMARKED, MaskUse.NONE)
        if row.mask.use in reads and not moved and row.type not in INERT:
            found.append(f"{row.name}: says {row.mask.use.name}, and masked steps do not move it")
    return found


INERT = frozenset({"Masking", "GlobalMaxPooling1D", "MaxPooling1D", "Cropping1D", "Maximum",
                   "Minimum", "ReLU", "Embedding"})  # fmt: skip
"""Layers that need not move with a step that they read."""


def masked_steps_move(keras: Any, call: Ran, report: MaskReport, seed: int) -> bool | None:
    """Whether the output moves with steps that are masked; None where none is."""
    import numpy as np

    args = keras.tree.flatten(call.args)
    random = np.random.default_rng(seed)
    mask = call.kwargs.get("mask")
    if mask is None:
        mask = next((each for each in call.masks_in if each is not None), None)
    if mask is None or "query_mask" in call.kwargs:
        return None
    if len(mask.shape) != 2 or report.use in (MaskUse.OTHERS, MaskUse.QUERIES):
        return None
    own = np.asarray(mask)
    if own.all():
        return None
    changed = []
    for tensor, carried in zip(args, call.masks_in, strict=True):
        given = call.kwargs.get("mask") if len(args) == 1 else None
        mask_of = carried if given is None else given
        if mask_of is None:
            changed.append(keras.ops.convert_to_tensor(np.asarray(tensor)))
            continue
        array = np.array(tensor)
        if array.dtype.kind != "f" or len(mask_of.shape) != 2:
            return None
        hidden = ~np.asarray(mask_of)
        array[hidden] += random.normal(0, 1, array[hidden].shape).astype(array.dtype)
        new = keras.ops.convert_to_tensor(array)
        if carried is not None:
            new._keras_mask = carried
        changed.append(new)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs = call.layer(*keras.tree.pack_sequence_as(call.args, changed), **call.kwargs)
    before, after = (np.asarray(x) for x in (call.outputs[0], keras.tree.flatten(outputs)[0]))
    if not np.isfinite(before).all():  # the mean of no step
        return None
    if report.use is MaskUse.KEYS:  # what comes out at a masked query may be anything
        before, after = before[own], after[own]
    return bool(np.abs(before - after).max(initial=0.0) > SMALL)


def compare_steps(d: Drawn, report: Report, recorder: Recorder, seed: int) -> list[str]:
    """Whether an output step moves with an input step that it is not said to depend on."""
    import numpy as np

    found: list[str] = []
    rows = [row for row in rows_of(report) if row.time is not None]
    for turn in range(DRAWS):
        arrays = data(d, seed + 1000 * turn)
        before = recorder.run(arrays)
        for index, name in enumerate(d.inputs):
            for at in range(STEPS):
                changed = [array.copy() for array in arrays]
                other = data(d, seed + 17 * at + turn + 5)[index][::-1]
                changed[index][:, at] = other[:, (at + 2) % STEPS]
                after = recorder.run(changed)
                for row in rows:
                    a, b = (np.asarray(run[row.name].outputs[0]) for run in (before, after))
                    found += wrong_steps(row, name, at, np.abs(a - b) > SMALL)
        if found:
            break
    return found[:3]


def wrong_steps(row: Row, name: str, at: int, moved: Any) -> list[str]:
    time = row.time
    if time is None:
        return []
    if time.axis is None:
        claims = {0: steps_of(row, name, 0)}
        hits = {0: bool(moved.any())}
    else:
        axes = tuple(axis for axis in range(moved.ndim) if axis != time.axis)
        hits = dict(enumerate(moved.any(axis=axes).tolist()))
        claims = {step: steps_of(row, name, step) for step in hits}
    return [
        f"{row.name}: step {step} moves with step {at} of {name}, said {claims[step]}"
        for step, hit in hits.items()
        if hit and at not in claims[step]
    ]


def steps_of(row: Row, name: str, step: int) -> range:
    for depends in row.time.depends if row.time is not None else ():
        if depends.input == name:
            if depends.first is None or depends.last is None:
                return range(STEPS)  # bounds that are not given
            first, last = (
                bound.evaluate({**bound.numbers(), "t": step})
                for bound in (depends.first, depends.last)
            )
            return range(first, last + 1, max(1, depends.every))
    return range(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = refused = 0
    for seed in range(options.seed, options.seed + options.count):
        found = judge(seed)
        refused += found is None
        if found:
            wrong += 1
            print(seed, json.dumps(found, indent=1), flush=True)
    print(f"{options.count} models, {refused} refused by both, {wrong} with disagreements")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
