"""Judge of `check --data`: random small models and arrays, and what a real `fit` makes of them.

    python -m tests.keras.data_judge --count 500 [--seed 1] [--only 17]

Models are drawn as specs and built in Keras by code of this file alone. `fit` says whether arrays
are refused; a second run, layer by layer, records the shapes that a loss compares, where weights
and masks fall, and what the model takes for its inputs. Every disagreement is printed, and makes
the exit code 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import warnings
from math import prod
from typing import Any

import numpy as np

from seqinspect.lint.given_data import data_of
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.findings.shared import views_of
from seqinspect.readers.arrays import arrays_of

LOSSES = (
    "mse mae mape msle huber log_cosh cosine_similarity poisson kl_divergence hinge squared_hinge"
    " categorical_hinge binary_crossentropy binary_focal_crossentropy categorical_crossentropy"
    " categorical_focal_crossentropy sparse_categorical_crossentropy dice tversky"
).split()
USUAL = ("mse", "mae", "huber", "binary_crossentropy", "categorical_crossentropy",
         "sparse_categorical_crossentropy")  # fmt: skip
TYPES = ("float64", "float16", "int64", "int32", "uint8", "bool", "complex64", "object", "<U3",
         "datetime64[s]", "longdouble")  # fmt: skip


class Case:
    """One model with arrays: the spec, how Keras builds it, and what it is fitted on."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.refused, self.runs, self.error = False, False, ""
        self.spec: dict[str, Any] = {}
        self.shapes: dict[str, list[Any]] = {}
        self.outputs: list[list[Any]] = []
        self.numbers = np.random.default_rng(self.random.randrange(1 << 30))
        draw = self.random.choice
        self.steps = draw([1, 2, 3, 4, 5, 5, 6, 32])
        self.features = draw([1, 1, 2, 3, 4])
        self.classes = draw([1, 1, 2, 3, 4])
        self.open = draw([False, False, True])
        self.samples = draw([1, 2, 3, 4, 5, self.steps, self.features, self.classes, 8, 33, 40, 64])
        self.batch_size = draw([None, None, None, 4, 3, 32])
        self.model = draw(MODELS)
        self.loss: Any = draw([*LOSSES, *USUAL, *USUAL])
        if draw([0, 0, 0, 1]):
            self.loss = draw([
                {"SparseCategoricalCrossentropy": {"ignore_class": -1, "from_logits": True}},
                {"CategoricalCrossentropy": {"label_smoothing": 0.1}}, {"Huber": {"delta": 2.0}},
                {"BinaryCrossentropy": {"from_logits": True}},
            ])  # fmt: skip
        self.model(self)

    def one(self, entries: list[Any], shape: list[Any], output: list[Any], **more: Any) -> None:
        """Take a model of one input and one output."""
        given = {"shape": shape, **more}
        self.spec = {"input": given, "layers": entries, "expect": {"loss": self.loss}}
        self.shapes, self.outputs = {"input": shape}, [output]
        if self.open and "Flatten" not in entries and len(shape) == 2:
            self.spec = {
                "dims": {"T": None},
                **self.spec,
                "input": {**given, "shape": ["T", shape[1]]},
            }
        self.arrays()

    def arrays(self) -> None:
        """Draw x, y and weights, most of them nearly right."""
        draw = self.random.choice
        xs = [self.x(shape, index) for index, shape in enumerate(self.shapes.values())]
        ys = [self.y(shape) for shape in self.outputs]
        self.data: dict[str, Any] = {"x": xs[0], "y": ys[0]}
        if len(xs) > 1 or draw([0] * 12 + [1]):
            self.data["x"] = self.several(xs, list(self.shapes))
        if len(ys) > 1 or draw([0] * 12 + [1]):
            self.data["y"] = self.several(ys, self.spec.get("outputs", ["last"]))
        if draw([0, 0, 1]):
            whole = (self.samples, *self.outputs[0])
            shape = draw([(whole[0],), (*whole[:1], 1), whole[:-1], (*whole[:-1], 1), whole,
                          (whole[0], draw([2, self.steps])), (whole[0] + 1,)])  # fmt: skip
            weights = self.numbers.random(shape).astype(draw(["float32"] * 6 + ["int64", "<U3"]))
            self.data["sample_weight"] = weights
            if len(ys) > 1 and draw([0, 1]):
                self.data["sample_weight"] = [self.numbers.random((self.samples, *each[:-1]))
                                              for each in self.outputs]  # fmt: skip

    def several(self, arrays: list[Any], names: list[str]) -> Any:
        draw = self.random.choice
        kind = draw(["list"] * 3 + ["names"] * 3 + ["swapped", "less", "more", "other", "single"])
        named = dict(zip(names, arrays, strict=True))
        if kind == "list" or (len(arrays) == 1 and kind in ("swapped", "less")):
            return arrays
        if kind == "swapped":
            return arrays[::-1]
        if kind == "less":
            return arrays[:-1]
        if kind == "more":
            return draw([[*arrays, arrays[0]], {**named, "more": arrays[0]}])
        if kind == "other":
            return {"other" if name == names[-1] else name: each for name, each in named.items()}
        return named if kind == "names" else arrays[0]

    def changed(self, shape: list[int]) -> list[int]:
        """Return a shape that is nearly the one that is due."""
        draw, new = self.random.choice, list(shape)
        match draw(["same"] * 9 + ["size", "one", "drop", "add", "swap", "drop one", "add last"]):
            case "size" if new:
                new[self.random.randrange(len(new))] = draw([1, 2, 3, self.steps, self.samples])
            case "one" if new:
                new[self.random.randrange(len(new))] = 1
            case "drop" if new:
                del new[self.random.randrange(len(new))]
            case "drop one":
                new = [size for size in new if size != 1]
            case "add":
                new.insert(self.random.randrange(len(new) + 1), draw([1, 1, 2, self.steps]))
            case "add last":
                new.append(1)
            case "swap":
                self.random.shuffle(new)
        return new

    def x(self, shape: list[int], index: int) -> Any:
        draw = self.random.choice
        new = (self.samples, *self.changed(shape))
        dtype = draw(["float32"] * 40 + [*TYPES])
        given = self.spec.get("input") or list(self.spec["inputs"].values())[index]
        if given.get("index"):
            values = self.numbers.integers(0, 5, new)
            if values.size and draw([0] * 5 + [1]):
                values.flat[-1] = draw([5, 7, -1, -5, -6])
            return values.astype(draw(["int32", "int64", "float32", "uint8"])
                                 if values.min(initial=0) >= 0 else "int64")  # fmt: skip
        return self.values(new, dtype)

    def y(self, shape: list[int]) -> Any:
        draw, name = self.random.choice, str(self.loss)
        base = list(shape)
        if draw([0, 0, 0, 1]):  # what a loss may lay over the output
            base = draw(
                [[], [1], [1, *shape[1:]], shape[1:], [*shape[:-1], 1], [self.steps, *shape]]
            )
        if "parse" in name and draw([0, 0, 0, 1, 1, 1, 1]):
            base = base[:-1]
        new = (draw([self.samples] * 50 + [self.samples + 1]), *self.changed(base))
        if "parse" in name:
            values = self.numbers.integers(0, max(shape[-1], 1), new)
            if values.size and draw([0] * 4 + [1]):
                values.flat[-1] = draw([shape[-1], -1, shape[-1] - 1])
            return values.astype(draw(["int64", "float32"]))
        return self.values(new, draw(["float32"] * 40 + [*TYPES]))

    def values(self, shape: tuple[int, ...], dtype: str) -> Any:
        if dtype == "<U3":
            return np.full(shape, "w1", dtype)
        if dtype == "datetime64[s]":
            return np.zeros(shape, dtype)
        if dtype == "object":
            return self.numbers.random(shape).astype(object)
        return (self.numbers.random(shape) * (3 if "int" in dtype else 1)).astype(dtype)


def sequence(case: Case) -> None:
    """Every step by itself, with or without a mask."""
    masks = case.random.choice([[], [], ["Masking"]])
    entries = [*masks, {"Dense": case.classes, "name": "last"}]
    case.one(entries, [case.steps, case.features], [case.steps, case.classes])


def pooled(case: Case) -> None:
    """One vector of all steps."""
    entries = ["GlobalAveragePooling1D", {"Dense": case.classes, "name": "last"}]
    case.one(entries, [case.steps, case.features], [case.classes])


def flat(case: Case) -> None:
    """Weights for every step."""
    entries = ["Flatten", {"Dense": case.classes, "name": "last"}]
    case.one(entries, [case.steps, case.features], [case.classes])


def table(case: Case) -> None:
    """Rows without time."""
    case.one([{"Dense": case.classes, "name": "last"}], [case.features], [case.classes])


def words(case: Case) -> None:
    """Indexes, one vector or one for each word."""
    every, masked = case.random.choice([True, False]), case.random.choice([True, False])
    entries = [
        {"Embedding": {"input_dim": 5, "output_dim": 2, "mask_zero": masked}},
        *([] if every else ["GlobalAveragePooling1D"]),
        {"Dense": case.classes, "name": "last"},
    ]
    output = [case.steps, case.classes] if every else [case.classes]
    dtype = case.random.choice(["int32", "float32"])
    case.one(entries, [case.steps], output, dtype=dtype, index=True)


def windows(case: Case) -> None:
    """A convolution over the steps."""
    kernel, padding = case.random.choice([1, 2, 3]), case.random.choice(["valid", "same"])
    steps = case.steps - kernel + 1 if padding == "valid" else case.steps
    if steps < 1:
        return pooled(case)
    convolution = {"filters": case.classes, "kernel_size": kernel, "padding": padding}
    entries = [{"Conv1D": convolution, "name": "last"}]
    return case.one(entries, [case.steps, case.features], [steps, case.classes])


def picture(case: Case) -> None:
    """An image, and one output a sample."""
    entries = ["GlobalAveragePooling2D", {"Dense": case.classes, "name": "last"}]
    case.one(entries, [4, case.steps, case.features], [case.classes])


def deep(case: Case) -> None:
    """An output of more axes."""
    shape = case.random.choice(
        [[case.steps, 1, case.features], [1, 1], [case.steps, case.features, 1]]
    )
    if prod(shape) != case.steps * case.features:
        shape = [case.features, case.steps]
    case.open = False
    entries = [{"Dense": case.features}, {"Reshape": shape, "name": "last"}]
    case.one(entries, [case.steps, case.features], shape)


def batch(case: Case) -> None:
    """A fixed batch, stateful or not."""
    stateful = case.random.choice([True, False])
    case.batch_size, case.open = None, False
    case.samples = case.random.choice([2, 4, 4, 8, 8, 5])
    entries = [
        {"SimpleRNN": {"units": 2, "stateful": stateful}},
        {"Dense": case.classes, "name": "last"},
    ]
    case.one(entries, [case.steps, case.features], [case.classes], batch=4)


def two_inputs(case: Case) -> None:
    """A sequence and a row beside it."""
    case.spec = {
        "inputs": {"a": {"shape": [case.steps, case.features]}, "b": {"shape": [2]}},
        "layers": [
            {"GlobalMaxPooling1D": {}, "from": "a", "name": "c"},
            {"Concatenate": {}, "from": ["c", "b"], "name": "d"},
            {"Dense": case.classes, "from": "d", "name": "last"},
        ],
        "expect": {"loss": case.loss},
    }  # fmt: skip
    case.shapes = {"a": [case.steps, case.features], "b": [2]}
    case.outputs = [[case.classes]]
    case.arrays()


def two_outputs(case: Case) -> None:
    """One output a step, and one a sample."""
    case.spec = {
        "inputs": {"a": {"shape": [case.steps, case.features]}},
        "layers": [
            {"Dense": case.classes, "from": "a", "name": "every"},
            {"GlobalMaxPooling1D": {}, "from": "a", "name": "c"},
            {"Dense": case.classes, "from": "c", "name": "one"},
        ],
        "outputs": ["every", "one"],
        "expect": {"loss": case.loss},
    }  # fmt: skip
    case.shapes = {"a": [case.steps, case.features]}
    case.outputs = [[case.steps, case.classes], [case.classes]]
    case.arrays()


MODELS = (
    sequence, sequence, sequence, pooled, pooled, flat, table, words, words, windows, picture, deep,
    batch, two_inputs, two_outputs,
)  # fmt: skip


def built(keras: Any, spec: dict[str, Any]) -> Any:
    """Build a spec of this file in Keras."""
    inputs = {"input": spec["input"]} if "input" in spec else spec["inputs"]
    tensors = {
        name: keras.Input(
            shape=tuple(None if size == "T" else size for size in given["shape"]),
            batch_size=given.get("batch"), dtype=given.get("dtype"), name=name,
        )
        for name, given in inputs.items()
    }  # fmt: skip
    first, last = list(tensors.values()), next(iter(tensors))
    for index, given in enumerate(spec["layers"]):
        entry = {given: {}} if isinstance(given, str) else given
        (kind, arguments), *_ = entry.items()
        name = entry.get("name", f"layer_{index}")
        if kind in ("Dense", "Reshape"):
            arguments = {"units" if kind == "Dense" else "target_shape": arguments}
        layer = getattr(keras.layers, kind)(**arguments, name=name)
        source = entry.get("from", last)
        read = [tensors[each] for each in source] if isinstance(source, list) else tensors[source]
        tensors[name], last = layer(read), name
    outputs = [tensors[name] for name in spec.get("outputs", [last])]
    return keras.Model(
        first if len(first) > 1 else first[0], outputs if len(outputs) > 1 else outputs[0]
    )


def loss_of(keras: Any, loss: Any) -> Any:
    """Return a loss as `compile` takes it."""
    if isinstance(loss, str):
        return loss
    ((name, arguments),) = loss.items()
    return getattr(keras.losses, name)(**arguments)


class Recorder:
    """What Keras compares, weighs and takes for its inputs, while it runs."""

    def __init__(self, keras: Any) -> None:
        from keras.src.losses import loss as loss_module
        from keras.src.losses.losses import LossFunctionWrapper
        from keras.src.models.functional import Functional

        self.repeated = self.misplaced = self.misread = False
        self.undo = [
            (LossFunctionWrapper, "call", LossFunctionWrapper.call),
            (loss_module, "reduce_weighted_values", loss_module.reduce_weighted_values),
            (Functional, "_adjust_input_rank", Functional._adjust_input_rank),
        ]
        call, reduce_values, adjust = (old for _, _, old in self.undo)

        def recorded_call(wrapper: Any, y_true: Any, y_pred: Any) -> Any:
            function = wrapper.fn

            def compared(one: Any, other: Any, **options: Any) -> Any:
                if "sparse" not in function.__name__:
                    whole = np.broadcast_shapes(tuple(one.shape), tuple(other.shape))
                    self.repeated |= not prod(whole) == prod(one.shape) == prod(other.shape)
                return function(one, other, **options)

            wrapper.fn = compared
            try:
                return call(wrapper, y_true, y_pred)
            finally:
                wrapper.fn = function

        def recorded_reduce(
            values: Any, sample_weight: Any = None, mask: Any = None, **options: Any
        ) -> Any:
            result = reduce_values(values, sample_weight, mask, **options)
            if len(values.shape):
                self.misplaced |= misplaced(reduce_values, values, sample_weight, mask)
            return result

        def recorded_adjust(model: Any, flat_inputs: Any) -> Any:
            found = adjust(model, flat_inputs)
            for tensor, given in zip(found, model._inputs, strict=True):
                pairs = zip(tuple(tensor.shape)[1:], tuple(given.shape)[1:], strict=True)
                self.misread |= any(None not in pair and pair[0] != pair[1] for pair in pairs)
            return found

        LossFunctionWrapper.call = recorded_call
        loss_module.reduce_weighted_values = recorded_reduce
        Functional._adjust_input_rank = recorded_adjust

    def close(self) -> None:
        """Take the recording out of Keras."""
        for owner, name, old in self.undo:
            setattr(owner, name, old)


def misplaced(reduce_values: Any, values: Any, sample_weight: Any, mask: Any) -> bool:
    """Tell by experiment whether the weight or the mask of a sample falls on another one."""
    from keras.src.losses.loss import squeeze_or_expand_to_same_rank as to_same_rank

    shape, batch_size = tuple(values.shape), values.shape[0]

    def total(weights: Any, marks: Any) -> Any:
        found = np.zeros(shape, "float32")
        for at in np.ndindex(shape):
            one = np.zeros(shape, "float32")
            one[at] = 1
            found[at] = np.array(
                reduce_values(one, weights, marks, reduction="sum", dtype="float32")
            )
        return found

    weights = None if sample_weight is None else np.array(sample_weight, "float32")
    marks = None if mask is None else np.array(mask, bool)
    if (weights is None and marks is None) or prod(shape) > 300:
        return False
    if weights is not None and marks is None:
        both = to_same_rank(np.zeros(shape), weights)
        if prod(np.broadcast_shapes(*(tuple(each.shape) for each in both))) > prod(shape):
            return True
    ones = None if weights is None else np.ones_like(weights)
    all_true = None if marks is None else np.ones_like(marks)
    before = total(ones, all_true)
    if before.max() > 1.5:
        return True
    for sample in range(batch_size):
        for which in ("weights", "mask"):
            changed = [None if each is None else each.copy() for each in (ones, all_true)]
            chosen = changed[which == "mask"]
            if chosen is None:
                continue
            if batch_size > 1 and len(chosen) == 1:  # weights that were given as a list
                chosen = chosen[0]
            chosen[sample] = 0
            moved = np.argwhere(total(*changed) != before)
            if any(at[0] != sample for at in moved):
                return True
    return False


def runs(model: Any, x: Any, batch_size: int | None) -> bool:
    """Tell whether a model takes its inputs, whatever it is to be trained for."""
    try:
        model.predict(x, batch_size=batch_size, verbose=0)
    except Exception:  # whatever it raises is a refusal
        return False
    return True


def outcome(keras: Any, case: Case) -> set[str]:
    """Return what a real fit does: refused, or what it does without a word."""
    found: set[str] = set()
    data = dict(case.data)
    options = {"batch_size": case.batch_size or case.spec.get("input", {}).get("batch"),
               "verbose": 0, "shuffle": False}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = built(keras, case.spec)
            model.compile("sgd", loss_of(keras, case.loss))
            model.fit(**data, **options)
        except Exception as error:  # whatever fit raises is a refusal
            case.refused = True
            case.runs = runs(model, data["x"], options["batch_size"])
            case.error = f"{type(error).__name__}: {error}"[:200]
            return {"refused"}
        recorder = Recorder(keras)
        try:
            model = built(keras, case.spec)
            model.compile("sgd", loss_of(keras, case.loss), run_eagerly=True)
            model.fit(**data, **options)
        except ValueError:  # layer by layer, a stateful layer refuses what it repeats in a graph
            found.add("misread")
        finally:
            recorder.close()
    if recorder.repeated:
        found.add("repeated")
    if recorder.misplaced and not recorder.repeated:  # one cause is said once
        found.add("misplaced")
    if recorder.misread or any(np.iscomplexobj(each) for each in flattened(data)):
        found.add("misread")
    return found


def flattened(value: Any) -> list[Any]:
    """Return the arrays within lists and dictionaries."""
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [each for inner in value for each in flattened(inner)]
        if isinstance(value, list)
        else [value]
    )


def claims(case: Case) -> tuple[set[str], list[Any]]:
    """Return what `check` says of the case."""
    spec = json.loads(json.dumps(case.spec))
    for given in [spec["input"]] if "input" in spec else spec["inputs"].values():
        given.pop("index", None)
    named = [(name, arrays_of(values, name)) for name, values in case.data.items()]
    plan = Plan(static=True, data=data_of(named, case.batch_size))
    result = check_data("model.json", json.dumps(spec).encode(), plan)
    if not result.usable:
        raise AssertionError(f"unusable: {spec} {result.findings}")
    found: set[str] = set()
    for finding in result.findings:
        if finding.variant == "last batch":
            found.add("refused" if case.refused else "misread")
            continue
        match finding.code:
            case "SEQ601" | "SEQ604":
                found.add("refused")
            case "SEQ602":
                found.add("repeated")
            case "SEQ603":
                weighed = finding.variant in ("weights", "mask")
                found.add("misplaced" if weighed else "misread")
    return found, list(views_of(result))


def judge(keras: Any, seed: str) -> tuple[bool, set[str], str]:
    """Return whether `check` says of a case what `fit` does, what that is, and how they differ."""
    case = Case(seed)
    real = outcome(keras, case)
    ours, views = claims(case)
    if (
        "misread" in ours and "refused" not in ours
    ):  # of an input that is another one nothing more is said
        real -= {"repeated", "misplaced"} - ours
        if case.runs:
            real.discard("refused")
            real.add("misread")
    agree = ("refused" in ours) == ("refused" in real) if "refused" in ours | real else ours == real
    if agree:
        return True, real, ""
    shapes = {
        name: [(each.dtype.str, each.shape) for each in flattened(values)]
        for name, values in case.data.items()
    }
    lines = [
        f"{seed}: fit {sorted(real)}, check {sorted(ours)}",
        json.dumps(case.spec),
        str(shapes),
        f"batch size {case.batch_size}; {case.error}",
        *(f"  {each.code} {each.message}" for each in views if each.code >= "SEQ6"),
    ]
    return False, real, "\n".join(lines)


def main() -> int:
    """Judge random cases, and print what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    from seqinspect.keras_model.build import runtime

    keras: Any = runtime.load()
    wrong, seen = 0, dict[str, int]()
    for index in range(options.count) if options.only is None else [options.only]:
        agree, real, text = judge(keras, f"{options.seed} {index}")
        keras.backend.clear_session()
        kind = "+".join(sorted(real)) or "trained as meant"
        seen[kind] = seen.get(kind, 0) + 1
        if index % 25 == 24:
            print(f"{index + 1} …", file=sys.stderr, flush=True)
        if not agree:
            wrong += 1
            print(text, flush=True)
    print(f"{sum(seen.values())} cases, {wrong} disagreements: {seen}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
