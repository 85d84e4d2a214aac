"""Random pairs of models, judged by saving and loading: `python -m tests.keras.checkpoints`.

Each pair is a model of 1 to 6 layers and a mutated one, or two graphs with branches and shared
layers. Keras saves the weights of the old model, every array filled with a number of its own, and
loads them into the new one: whether it refuses, and which weight then holds which number, must be
what the verdict says. `--only N` judges one pair and prints it.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from seqinspect.algebra.expression import Expr
from seqinspect.analysis.call_arguments import flatten_outputs
from seqinspect.analysis.walk import analyse
from seqinspect.compare.checkpoint import LoadResult, compare_checkpoints, load_result_in_order
from seqinspect.compare.slots import Layout, layout
from seqinspect.compare.stored_weights import read_stored_weights
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer
from seqinspect.model.graph import Graph, Layer, Ref
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import read_spec
from seqinspect.rules import find_rule
from tests.keras.whole_models import draw

Spec = dict[str, Any]
FIRST = 1000
"""The number that fills the first weight; no initializer draws it."""


def graph_of(spec: Spec) -> Graph:
    return read_spec(json.dumps(spec).encode())


def real_model(graph: Graph, name: str | None = None, *, sequential: bool = False) -> Any:
    """The graph as a user would write it: a Keras model with weights."""
    keras = runtime.load()
    inputs = [
        keras.Input(
            batch_shape=tuple(size.value for size in given.shape),
            dtype=given.dtype,
            name=given.name,
        )
        for given in graph.inputs
        if given.shape is not None  # a Sequential that is built where it is called
    ]
    layers = {node.name: real_layer(node.layer) for node in graph.nodes if node.reuses is None}
    if sequential:
        return keras.Sequential([*inputs, *layers.values()], name=name)
    known = {Ref(given.name): x for given, x in zip(graph.inputs, inputs, strict=True)}
    for node in graph.nodes:
        tensors = [known[ref] for ref in node.sources]
        rule = find_rule(node.layer.type)
        one = rule is not None and rule.takes_list and node.layer.graph is None
        many = node.layer.graph is not None and len(tensors) > 1
        given = [tensors] if one or many else tensors
        call = {
            key: [known[ref] for ref in value] if isinstance(value, tuple)
            else known[value] if isinstance(value, Ref) else value
            for key, value in node.call.items()
        }  # fmt: skip
        outputs = layers[node.reuses or node.name](*given, **call)
        known.update((Ref(node.name, i), x) for i, x in enumerate(flatten_outputs(outputs)))
    outputs = [known[ref] for ref in graph.outputs]
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)


def real_layer(layer: Layer) -> Any:
    """A Keras layer; models within it are Keras's own Sequential and Functional."""
    keras = runtime.load()
    if layer.graph is not None:
        return real_model(layer.graph, layer.name, sequential=layer.type == "Sequential")
    if not any(isinstance(value, Layer) for value in layer.arguments.values()):
        return make_layer(layer)
    arguments = {
        name: real_layer(value) if isinstance(value, Layer)
        else value.value if isinstance(value, Expr) else value
        for name, value in layer.arguments.items()
    }  # fmt: skip
    return getattr(keras.layers, layer.type)(**{**arguments, "name": layer.name})


def fill(model: Any, first: int) -> None:
    """Fill every weight with a number of its own."""
    for index, weight in enumerate(model.weights):
        value = weight.numpy()
        value.fill(first + index)
        weight.assign(value)


def stored(file: Path) -> dict[str, dict[str, tuple[tuple[int, ...], float]]]:
    """What an HDF5 file of weights holds: place, key, and the shape and number of the array."""
    import h5py

    found: dict[str, dict[str, tuple[tuple[int, ...], float]]] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            place, _, key = name.rpartition("/vars/")
            found.setdefault(place, {})[key] = (item.shape, float(item[()].ravel()[0]))

    with h5py.File(file) as opened:
        opened.visititems(visit)
    return found


def judge(old: Spec, new: Spec, *, sequential: bool = False) -> tuple[LoadResult, list[str]]:
    """The verdict on a pair, and where Keras disagrees."""
    graphs = graph_of(old), graph_of(new)
    layouts = [layout(graph, analyse(graph)) for graph in graphs]
    verdict = compare_checkpoints(*layouts)
    wrong = []
    with runtime.isolated(), tempfile.TemporaryDirectory() as folder:
        models = [real_model(graph, sequential=sequential) for graph in graphs]
        files = [Path(folder, f"{side}.weights.h5") for side in ("old", "new")]
        for model, file, ours in zip(models, files, layouts, strict=True):
            fill(model, FIRST)
            model.save_weights(file)
            wrong += _same_layout(ours, stored(file), model)
        wrong += _same_verdict(verdict, models[1], *files)
    return verdict, wrong


def judge_in_order(old: Spec, new: Spec) -> list[str]:
    """Where Keras disagrees on a pair whose old side is saved as Keras 2 did, in an `.h5` file."""
    graph = graph_of(new)
    report = analyse(graph)
    wrong = []
    with runtime.isolated(), tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "old.h5")
        before, model = real_model(graph_of(old)), real_model(graph)
        fill(before, FIRST)
        before.save(file)
        stored = read_stored_weights(str(file), LIMITS)
        verdict = load_result_in_order(stored.groups, graph, report)
        loads = []
        for skip in (False, True):
            fill_with(model, -1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    model.load_weights(file, skip_mismatch=skip)
                    loads.append(True)
                except ValueError:
                    loads.append(False)
        found = sum(float(weight.numpy().ravel()[0]) != -1 for weight in model.weights)
        if loads[0] != (verdict.loads == "fully"):
            wrong.append(f"says {verdict.loads}, Keras loads: {loads[0]}")
        if loads[1] and found != verdict.loaded:
            wrong.append(f"says {verdict.loaded} are loaded, Keras loads {found}")
        if loads[1] != (not verdict.refused):
            wrong.append(f"says {verdict.refused or 'nothing'}, with skip_mismatch: {loads[1]}")
    return wrong


def fill_with(model: Any, number: float) -> None:
    for weight in model.weights:
        value = weight.numpy()
        value.fill(number)
        weight.assign(value)


def _same_layout(ours: Layout, theirs: dict[str, Any], model: Any) -> list[str]:
    said = {
        slot.path: [weight.shape for weight in slot.weights] for slot in ours.slots if slot.weights
    }
    kept = {
        place: [shape for _, (shape, _) in sorted(arrays.items(), key=lambda each: int(each[0]))]
        for place, arrays in theirs.items()
    }
    wrong = [] if said == kept else [f"stores {kept}, not {said}"]
    names = {slot.layer for slot in ours.slots if "/" not in slot.path.removeprefix("layers/")}
    real = {layer.name for layer in model.layers if type(layer).__name__ != "InputLayer"}
    return wrong if names == real else [*wrong, f"has layers {real}, not {names}"]


def _same_verdict(verdict: LoadResult, model: Any, old: Path, new: Path) -> list[str]:
    places: dict[float, list[tuple[str, str]]] = {}
    for place, arrays in stored(new).items():
        for key, (_, number) in arrays.items():
            places.setdefault(number, []).append((place, key))
    numbers = {
        (place, key): number for place, arrays in stored(old).items()
        for key, (_, number) in arrays.items()
    }  # fmt: skip
    try:
        model.load_weights(old)
        refused = ""
    except ValueError as error:
        refused = str(error)
    wrong = []
    if (not refused) != (verdict.loads == "fully"):
        wrong.append(f"says {verdict.loads}, Keras: {refused or 'loads'}")
    fill_with(model, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.load_weights(old, skip_mismatch=True)
    said = {(fit.slot.path, str(index)) for fit in verdict.slots for index in range(fit.loaded)}
    for index, weight in enumerate(model.weights):
        value = float(weight.numpy().ravel()[0])
        expected = {numbers[each] for each in places[FIRST + index] if each in said} or {-1.0}
        if value not in expected:
            wrong.append(f"{weight.path} holds {value}, not {expected}")
    loaded = any(float(weight.numpy().ravel()[0]) != -1 for weight in model.weights)
    if refused and loaded != (verdict.loads == "partially"):
        wrong.append(f"says {verdict.loads}, with skip_mismatch Keras loads some: {loaded}")
    return wrong


def pair(seed: str) -> tuple[Spec, Spec, bool]:
    """A random pair, and whether both are written as keras.Sequential."""
    random = Random(seed)
    if random.random() < 0.25:
        return _graphs(random)
    old: Spec = {"input": [random.randint(2, 5), random.randint(2, 4)], "layers": []}
    wanted = random.randint(1, 6)
    while len(old["layers"]) < wanted:
        old["layers"].append(_entry(random, old))
        if not _usable(old):
            old["layers"].pop()
    new = old
    for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
        for _ in range(20):
            changed = copy.deepcopy(new)
            random.choice(MUTATIONS)(random, changed)
            if changed != new and _usable(changed):
                new = changed
                break
    plain = not any({"reuse", "from"} & entry.keys() for entry in (*old["layers"], *new["layers"]))
    return old, new, plain and random.random() < 0.5


def _usable(spec: Spec) -> bool:
    try:
        analyse(graph_of(spec))
    except SpecError:
        return False
    return bool(spec["layers"])


def _entry(random: Random, spec: Spec) -> dict[str, Any]:
    """A layer for a chain: few sizes, so that shapes of different layers often are the same."""
    units = random.choice([3, 3, 3, 4])
    recurrent = {"units": units, "return_sequences": random.random() < 0.7}
    made: dict[str, Any] = random.choice([
        {"Dense": {"units": units}},
        {"Dense": {"units": units}},
        {"Dense": {"units": units, "use_bias": False}},
        {"LSTM": recurrent},
        {"LSTM": {**recurrent, "use_bias": False}},
        {"GRU": {**recurrent, "reset_after": random.random() < 0.7}},
        {"SimpleRNN": recurrent},
        {"RNN": {"cell": {"LSTMCell": units}, "return_sequences": True}},
        {"RNN": {"cell": [{"GRUCell": units}, {"GRUCell": 3}], "return_sequences": True}},
        {"Bidirectional": {"layer": {random.choice(["LSTM", "GRU"]): recurrent}}},
        {"TimeDistributed": {"Dense": units}},
        {"TimeDistributed": {"Flatten": {}}},
        {"TimeDistributed": {"Sequential": {"layers": [{"Dense": units}, {"Dense": 3}]}}},
        {"Conv1D": {"filters": units, "kernel_size": random.randint(1, 2), "padding": "same"}},
        {"SeparableConv1D": {"filters": units, "kernel_size": 1}},
        {"ConvLSTM1D": {"filters": 2, "kernel_size": 1}},
        {"BatchNormalization": random.choice([{}, {"scale": False}, {"center": False}])},
        {"LayerNormalization": random.choice([{}, {"scale": False},
                                              {"center": False, "scale": False}])},
        {"MultiHeadAttention": {"num_heads": random.randint(1, 2), "key_dim": units,
                                "use_bias": random.random() < 0.7}},
        {"GroupQueryAttention": {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}},
        {"SpectralNormalization": {"Dense": units}},
        {"PReLU": {}}, {"Dropout": 0.2}, {"Activation": "tanh"}, {"Flatten": {}},
        {"GlobalMaxPooling1D": {}}, {"RepeatVector": 3}, {"Masking": {}},
        {"Sequential": {"layers": [{"Dense": units}, {"Dense": 3}]}},
        {"Sequential": {"layers": [{"LSTM": recurrent}]}},
        {"Functional": {"inputs": {"x": _features(spec)}, "outputs": ["b"], "layers": [
            {"Dense": units, "name": "a"}, {"Dense": units, "name": "b"}]}},
    ])  # fmt: skip
    made = copy.deepcopy(made)
    if "MultiHeadAttention" in made or "GroupQueryAttention" in made:
        before = _last(spec)
        made["from"] = [before, before]
    elif random.random() < 0.3:
        _name(random, made)
    return made


def _features(spec: Spec) -> list[int]:
    """The shape that the chain has at its end, as far as it has one."""
    shape: list[Any] = list(spec["input"])
    if spec["layers"]:
        shape = list(analyse(graph_of(spec)).top[-1].outputs[0].shape[1:])
    return shape


def _last(spec: Spec) -> str:
    return analyse(graph_of(spec)).top[-1].name if spec["layers"] else "input"


def _name(random: Random, entry: dict[str, Any]) -> None:
    entry["name"] = (
        f"{random.choice(['encoder', 'decoder', 'head', 'dense_1', 'lstm'])}{random.randint(0, 99)}"
    )


def _argument(random: Random, entry: dict[str, Any]) -> None:
    """Another size, the bias off or on, return_sequences the other way, another option."""
    kind = next(iter(entry))
    options = entry[kind]
    if isinstance(options, dict) and "layer" in options:
        options, kind = options["layer"], next(iter(options["layer"]))
        options = options[kind]
    if isinstance(options, dict) and len(options) == 1 and next(iter(options))[0].isupper():
        _argument(random, options)
        return
    if isinstance(options, dict) and "layers" in options:
        _argument(random, random.choice(options["layers"]))
        return
    if not isinstance(options, dict):
        if isinstance(options, int):
            entry[kind] = options % 4 + 2
        return
    for name in random.sample(sorted(options), min(len(options), random.choice([1, 1, 2]))):
        value = options[name]
        if isinstance(value, bool):
            options[name] = not value
        elif isinstance(value, int):
            options[name] = value % 4 + 1
    if random.random() < 0.2 and kind in ("LSTM", "GRU", "Dense", "Conv1D"):
        options["use_bias"] = random.random() < 0.5
    if random.random() < 0.1 and kind in ("LSTM", "Dense"):
        options["trainable"] = False
    if random.random() < 0.1 and kind in ("LSTM", "GRU"):
        options["dropout"] = 0.2


def _changed(random: Random, spec: Spec) -> None:
    _argument(random, random.choice(spec["layers"]))


def _inserted(random: Random, spec: Spec) -> None:
    made = _entry(random, spec)
    if "from" not in made:
        spec["layers"].insert(random.randint(0, len(spec["layers"])), made)


def _removed(random: Random, spec: Spec) -> None:
    if len(spec["layers"]) > 1:
        spec["layers"].pop(random.randrange(len(spec["layers"])))


def _swapped(random: Random, spec: Spec) -> None:
    layers = spec["layers"]
    if len(layers) > 1:
        at = random.randrange(len(layers) - 1)
        layers[at], layers[at + 1] = layers[at + 1], layers[at]


def _renamed(random: Random, spec: Spec) -> None:
    _name(random, random.choice(spec["layers"]))


def _repeated(random: Random, spec: Spec) -> None:
    """The same layer once more, with weights of its own or shared."""
    entry = random.choice(spec["layers"])
    if "name" in entry and "reuse" not in entry and random.random() < 0.6:
        spec["layers"].append({"reuse": entry["name"], "from": _last(spec)})
    else:
        spec["layers"].append({key: value for key, value in entry.items() if key != "name"})


def _wrapped(random: Random, spec: Spec) -> None:
    at = random.randrange(len(spec["layers"]))
    entry = spec["layers"][at]
    kind = next(iter(entry))
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        spec["layers"][at] = {"Bidirectional": {"layer": {kind: entry[kind]}}}
    elif kind in ("TimeDistributed", "Bidirectional"):
        inner = entry[kind]
        spec["layers"][at] = copy.deepcopy(inner.get("layer", inner))
    elif kind not in ("reuse", "MultiHeadAttention", "GroupQueryAttention"):
        spec["layers"][at] = {"TimeDistributed": {kind: entry[kind]}}


def _nested(random: Random, spec: Spec) -> None:
    """A layer, or several, as a model within the model."""
    layers = spec["layers"]
    first = random.randrange(len(layers))
    taken = layers[first : first + random.randint(1, 2)]
    if not any("from" in entry or "reuse" in entry for entry in taken):
        layers[first : first + len(taken)] = [{"Sequential": {"layers": taken}}]


MUTATIONS = (
    _changed, _changed, _changed, _inserted, _removed, _swapped, _renamed, _repeated, _wrapped,
    _nested,
)  # fmt: skip


def _graphs(random: Random) -> tuple[Spec, Spec, bool]:
    """Two graphs with branches; often the second one is the first with some arguments changed."""
    old = draw(f"{random.random()}")
    new = old
    for _ in range(random.randint(0, 2)):
        changed = copy.deepcopy(new)
        layers = changed["layers"]
        choice = random.random()
        if choice < 0.5:
            _argument(random, random.choice(layers))
        elif choice < 0.7:
            layers.pop()
        else:
            return old, draw(f"{random.random()}"), False
        if _usable(changed):
            new = changed
    return old, new, False


def main() -> int:
    """Judge many pairs; print those on which the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="judge this one pair, and print it")
    parser.add_argument("--h5", action="store_true", help="save as Keras 2 did, in an .h5 file")
    options = parser.parse_args()
    runtime.load()
    words: Counter[str] = Counter()
    wrong, started = 0, time.perf_counter()
    for index in range(options.count) if options.only is None else [options.only]:
        old, new, sequential = pair(f"{options.seed} {index}")
        if options.h5:
            word, differences = "judged", judge_in_order(old, new)
        else:
            verdict, differences = judge(old, new, sequential=sequential)
            word = verdict.loads
        words[word] += 1
        if differences or options.only is not None:
            wrong += bool(differences)
            print(f"--seed {options.seed} --only {index} {word} {sequential=}")
            print(f"  {json.dumps(old)}\n  {json.dumps(new)}")
            print("".join(f"  {line[:400]}\n" for line in differences[:6]), end="", flush=True)
    seconds = time.perf_counter() - started
    print(f"{wrong} disagreements in {words.total()} pairs, {dict(words)}, {seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
