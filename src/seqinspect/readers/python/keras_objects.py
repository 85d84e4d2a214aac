"""Keras's names called in code: layers, inputs and models are made, layers called on tensors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.keras_config.in_code import (
    DENSE_PER_STEP,
    KERNEL_SIZES,
    MERGE,
    MERGE_FUNCTIONS,
    PARAMETERS,
    RETURNED,
)
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python import keras_names as names
from seqinspect.readers.python.run import Arguments, CallSite, Run, number_of, plain_number
from seqinspect.readers.python.values import (
    Argument,
    Array,
    At,
    Bound,
    Call,
    ConfigObject,
    External,
    InputValue,
    Instance,
    LayerValue,
    ModelValue,
    Operation,
    TensorValue,
    Unknown,
    leaves,
)
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.index import INPUT_LAYER, TIME_DISTRIBUTED, model_class

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INPUT = ("shape", "batch_size", "dtype", "sparse", "batch_shape", "name", "tensor")
"""The parameters of `Input`, in an order that serves all eras for the first one."""


def call_external(run: Run, path: str, site: CallSite) -> object:
    """Return what a call of something of Keras or TensorFlow makes; Unknown if it is not read."""
    given, at, text = site
    name = path.rpartition(".")[2]
    if names.is_keras(path) or "." not in path:
        if name in names.MODEL_CLASSES and not names.PARTS.search(path):
            return make_model(run, name, given, at)
        if name in names.INPUT_FUNCTIONS:
            return TensorValue(InputValue(_input_arguments(given), at))
        if name == INPUT_LAYER:
            return InputValue(_named(given, PARAMETERS[INPUT_LAYER]), at)
        if names.layer_class(path) or (path == name and names.is_layer_name(name)):
            return make_layer(run, name, path, given, at)
        merged = merge_function(run, name, given, at)
        if merged is not None:
            return merged
        if names.CONFIG_PARTS.search(path) and name[:1].isalpha():
            values = {key: argument.value for key, argument in given.named.items()}
            if given.positional:
                values[""] = given.positional[0].value
            return ConfigObject(path, values, at)
    found = tensor_function(run, name, site)
    return found if found is not None else Unknown(text)


def _input_arguments(given: Arguments) -> dict[str, Argument]:
    return _named(given, INPUT)


def _named(given: Arguments, order: Sequence[str]) -> dict[str, Argument]:
    """Return arguments by name; those by position in the order of the constructor."""
    found = dict(zip(order, given.positional, strict=False))
    return {**found, **given.named}


CLASS = re.compile(r"(?:[a-z_]\w*\.)*([A-Z]\w*)\(.*\)", re.DOTALL)


def foreign_layer(run: Run, value: object, at: At) -> LayerValue | None:
    """Return the layer that a value must be: an object of a class that is not read."""
    match = CLASS.fullmatch(value.source or value.text) if isinstance(value, Unknown) else None
    if match is None:
        return None
    layer = LayerValue(match[1], "", {}, at)
    run.layers.append(layer)
    return layer


def make_layer(run: Run, name: str, path: str, given: Arguments, at: At) -> LayerValue:
    """Return a layer with its arguments by their names."""
    if name == DENSE_PER_STEP:
        return _time_distributed_dense(run, path, given, at)
    rule = find_rule(RENAMED.get(name, name))
    problem = ""
    order = PARAMETERS.get(name) or (tuple(rule.options) if rule is not None else ())
    positional = list(given.positional)
    found: dict[str, Argument] = {}
    sizes = KERNEL_SIZES.get(name, 0)
    if sizes and len(positional) > sizes and (name.startswith("Convolution") or run.legacy):
        kernel = positional[1 : 1 + sizes]
        if all(run.size(each.value) is not None for each in kernel):
            whole = Argument(tuple(each.value for each in kernel), kernel[0].at, "")
            found["kernel_size"] = whole if sizes > 1 else kernel[0]
            found["filters"] = positional[0]
            if len(positional) > 1 + sizes:
                found["activation"] = positional[1 + sizes]
            positional = []
    if len(positional) > len(order) and order:
        problem = f"{name} has {len(order)} arguments, and {len(positional)} are passed"
    found.update(zip(order, positional, strict=False))
    if given.open:
        problem = f"some of its arguments come from `{given.open}`"
    found |= given.named
    layer = LayerValue(name, path, found, at, problem)
    named = found.get("name")
    if named is not None and isinstance(named.value, str):
        layer.name = named.value
    run.layers.append(layer)
    return layer


def _time_distributed_dense(run: Run, path: str, given: Arguments, at: At) -> LayerValue:
    """Keras 1's TimeDistributedDense is TimeDistributed around Dense."""
    rest = Arguments(given.positional, dict(given.named), given.open)
    size, length = rest.named.pop("input_dim", None), rest.named.pop("input_length", None)
    around: dict[str, Argument] = {
        key: rest.named.pop(key)
        for key in ("input_shape", "batch_input_shape", "name")
        if key in rest.named
    }
    if len(rest.positional) > 1 and size is None:  # Keras 0: (input_dim, output_dim)
        size, *rest.positional = rest.positional
    if size is not None:
        shape = (None if length is None else length.value, size.value)
        around["input_shape"] = Argument(shape, size.at, size.text)
    dense = make_layer(run, RENAMED[DENSE_PER_STEP], path, rest, at)
    around["layer"] = Argument(dense, at, "")
    layer = LayerValue(TIME_DISTRIBUTED, path, around, at)
    run.layers.append(layer)
    return layer


def make_model(run: Run, kind: str, given: Arguments, at: At) -> object:
    """Return a model: of a list of layers, or of inputs and outputs."""
    named = given.named
    model = ModelValue(model_class(kind), at)
    model.owner = run.owners[-1] if run.owners else ""
    model.loops = len(run.open_loops)
    model.choices = tuple(_said(text, answer) for text, answer in run.conditions)
    name = named.get("name")
    if name is not None and isinstance(name.value, str):
        model.name = name.value
    if model.is_sequential:
        layers = named.get("layers") or (given.positional[0] if given.positional else None)
        if len(given.positional) > 1 and isinstance(given.positional[1].value, str):
            model.name = given.positional[1].value
        if layers is not None:
            if isinstance(layers.value, list | tuple):
                for each in layers.value:
                    add_layer(run, model, each, layers.at)
            elif layers.value is not None:
                model.problems.append((layers.at, "its layers", _why(layers)))
        run.models.append(model)
        return model
    inputs = named.get("inputs") or named.get("input")
    outputs = named.get("outputs") or named.get("output")
    positional = list(given.positional)
    if inputs is None and positional:
        inputs = positional.pop(0)
    if outputs is None and positional:
        outputs = positional.pop(0)
    if inputs is None or outputs is None:
        model.problems.append((at, "a model", "it is made without inputs or outputs"))
    else:
        for side, argument in ((model.inputs, inputs), (model.outputs, outputs)):
            found = list(tensors_in(argument.value))
            if not found:
                model.problems.append((argument.at, "its tensors", _why(argument)))
            side += [tensor for tensor in found if isinstance(tensor, TensorValue)]
            for wrong in (tensor for tensor in found if not isinstance(tensor, TensorValue)):
                model.problems.append((argument.at, "one of its tensors", _from(wrong)))
    run.models.append(model)
    return model


def _said(text: str, answer: bool) -> str:
    return text if answer else f"not {text}"


def _why(argument: Argument) -> str:
    return f"`{argument.text}` is not known" if argument.text else "they are not known"


def _from(value: object) -> str:
    return f"it comes from `{value.text}`" if isinstance(value, Unknown) else "it is no tensor"


def tensors_in(value: object) -> Iterator[object]:
    """Yield the tensors in a value, in the order in which Keras flattens them."""
    for each in leaves(value):
        if isinstance(each, TensorValue | Unknown):
            yield each
        elif isinstance(each, ModelValue) and each.is_sequential:
            yield Unknown("a model")


def add_layer(run: Run, model: ModelValue, layer: object, at: At) -> None:
    """Add a layer to a Sequential, as `add` does."""
    if len(run.open_loops) > model.loops:
        where, text = run.open_loops[-1]
        model.problems.append((where, "the number of its layers", f"is not fixed ({text})"))
    if isinstance(layer, TensorValue) and isinstance(layer.maker, InputValue):
        layer = layer.maker
    if isinstance(layer, Instance):
        layer = layer.model or layer.layer or layer
    if isinstance(layer, External):  # a class without parentheses, or a function
        layer = LayerValue(layer.path.rpartition(".")[2], layer.path, {}, at)
    if isinstance(layer, LayerValue | ModelValue | InputValue):
        if layer is model:
            model.problems.append((at, "a layer", "the model is added to itself"))
            return
        model.layers.append(layer)
        if isinstance(layer, ModelValue):
            layer.nested = True
    elif isinstance(layer, Instance):
        model.layers.append(custom_layer(run, layer, at))
    elif (foreign := foreign_layer(run, layer, at)) is not None:
        model.layers.append(foreign)
    else:
        model.problems.append((at, "a layer", _from(layer)))


def custom_layer(run: Run, instance: Instance, at: At) -> LayerValue:
    """Return the layer that an object of a class of the source is."""
    if instance.layer is None:
        instance.layer = LayerValue(instance.cls.name, "", {}, at, custom=instance)
        run.layers.append(instance.layer)
    return instance.layer


def outputs_of(target: object) -> int:
    """Return how many tensors a call of a layer or model returns."""
    if isinstance(target, ModelValue):
        return max(1, len(target.outputs)) if not target.is_sequential else 1
    if not isinstance(target, LayerValue):
        return 1
    if _flag(target, "return_state"):
        return RETURNED.get(target.type, 1)
    if traits_of(target.type).both_directions:
        inner = target.arguments.get("layer")
        if (
            inner is not None
            and isinstance(inner.value, LayerValue)
            and _flag(inner.value, "return_state")
        ):
            states = RETURNED.get(inner.value.type, 1) - 1
            apart = target.arguments.get("merge_mode")
            first = 2 if apart is not None and apart.value is None else 1
            return first + 2 * states
    return 1


def _flag(layer: LayerValue, name: str) -> bool:
    argument = layer.arguments.get(name)
    return (
        argument is not None
        and bool(plain_number(argument.value))
        and not isinstance(argument.value, Unknown)
    )


IGNORED = frozenset({"training", "name"})


def call_layer(run: Run, target: LayerValue | ModelValue, given: Arguments, at: At) -> object:
    """Call a layer or a model on tensors; return its output, or several in a list."""
    positional = [argument.value for argument in given.positional]
    named = {name: argument.value for name, argument in given.named.items()}
    first = positional[0] if positional else named.pop("inputs", named.pop("query", None))
    if first is None and named:
        first = named.pop(next(iter(named)))
    listed = isinstance(first, list | tuple | dict)
    sources = list(tensors_in(first))
    rule = (
        find_rule(RENAMED.get(target.type, target.type)) if isinstance(target, LayerValue) else None
    )
    further: dict[str, object] = {}
    order = list(rule.calls)[1:] if rule is not None else ["training", "mask"]
    for name, value in [*zip(order, positional[1:], strict=False), *named.items()]:
        if name not in IGNORED:
            further[name] = value
    tensors = [tensor for tensor in sources if isinstance(tensor, TensorValue)]
    wrong = next((tensor for tensor in sources if not isinstance(tensor, TensorValue)), None)
    if isinstance(first, Array) or first is None or wrong is not None or not tensors:
        if isinstance(first, Array | Unknown) and isinstance(target, ModelValue):
            return _model_on_data(target, first, at)
        return wrong if isinstance(wrong, Unknown) else Unknown("a call on data")
    target.calls += 1
    if isinstance(target, ModelValue):
        target.nested = True
    call = Call(target, tensors, listed or len(tensors) > 1, further, at, outputs_of(target))
    if given.open:
        run.note(at, given.open, "arguments of a call are not known")
    run.enter(call)
    if further.get("return_attention_scores") is True:
        call.outputs = 2
    if call.outputs == 1:
        return TensorValue(call)
    return [TensorValue(call, index) for index in range(call.outputs)]


def _model_on_data(model: ModelValue, data: object, at: At) -> Unknown:
    """A Sequential called on an array of a known shape is built for it."""
    if isinstance(data, Array) and model.is_sequential and not _has_input(model):
        shape = Argument((None, *data.shape[1:]), at, "")
        model.layers.insert(0, InputValue({"batch_shape": shape}, at))
    return Unknown("the output of a model on data")


def _has_input(model: ModelValue) -> bool:
    first = model.layers[0] if model.layers else None
    if isinstance(first, LayerValue):
        return any(name in first.arguments for name in
                   ("input_shape", "batch_input_shape", "input_dim"))  # fmt: skip
    return isinstance(first, InputValue)


def merge_function(run: Run, name: str, given: Arguments, at: At) -> object | None:
    """Return what `concatenate([a, b])`, `add`, … or Keras 1's `merge` make; None for others."""
    if name == "merge":
        rest = Arguments([], {k: v for k, v in given.named.items() if k != "inputs"})
        layer = make_layer(run, MERGE, "keras.layers.Merge", rest, at)
        tensors = given.named.get("inputs") or (given.positional[0] if given.positional else None)
        layer.arguments |= dict(zip(PARAMETERS[MERGE][1:], given.positional[1:], strict=False))
    elif name in MERGE_FUNCTIONS:
        tensors = given.named.get("inputs") or (given.positional[0] if given.positional else None)
        if tensors is None or not isinstance(tensors.value, list | tuple):
            return None
        rest = Arguments(
            given.positional[1:], {k: v for k, v in given.named.items() if k != "inputs"}
        )
        layer = make_layer(run, MERGE_FUNCTIONS[name], "keras.layers", rest, at)
    else:
        return None
    return call_layer(run, layer, Arguments([tensors] if tensors else []), at)


ALIASES = {
    "depth": "num_classes",
    "keep_dims": "keepdims",
    "multiples": "repeats",
    "n": "num",
    "num_or_size_splits": "indices_or_sections",
    "pattern": "axes",
    "perm": "axes",
    "rep": "repeats",
}
"""Arguments of operations by other names, and what Keras 3 calls them."""

POSITIONAL = {
    "argmax": ("axis",),
    "cast": ("dtype",),
    "clip": (
        "x_min",
        "x_max",
    ),
    "concatenate": ("axis",),
    "cumsum": ("axis",),
    "expand_dims": ("axis",),
    "gather": (
        "indices",
        "axis",
    ),
    "max": (
        "axis",
        "keepdims",
    ),
    "mean": (
        "axis",
        "keepdims",
    ),
    "min": (
        "axis",
        "keepdims",
    ),
    "normalize": ("axis",),
    "one_hot": ("num_classes",),
    "power": ("x2",),
    "prod": (
        "axis",
        "keepdims",
    ),
    "repeat": (
        "repeats",
        "axis",
    ),
    "reshape": ("newshape",),
    "reverse": ("axis",),
    "softmax": ("axis",),
    "split": (
        "indices_or_sections",
        "axis",
    ),
    "squeeze": ("axis",),
    "stack": ("axis",),
    "sum": (
        "axis",
        "keepdims",
    ),
    "tile": ("repeats",),
    "transpose": ("axes",),
    "unstack": (
        "num",
        "axis",
    ),
}
"""The further parameters of operations, in their order."""


def tensor_function(run: Run, name: str, site: CallSite) -> object | None:
    """Apply a function of Keras or TensorFlow to symbolic tensors; None where there is none."""
    given, at, text = site
    values = [argument.value for argument in given.positional]
    values += [argument.value for argument in given.named.values()]
    if not any(isinstance(each, TensorValue) for value in values for each in tensors_in(value)):
        return None
    function = names.OPERATIONS.get(name, "")
    if not function:
        return Unknown(text)
    if name == "squeeze" and not given.positional[1:] and not given.named:
        return Unknown(text)
    listed = bool(given.positional) and isinstance(given.positional[0].value, list | tuple)
    sources: list[TensorValue] = []
    constants: dict[str, object] = {}
    order = list(POSITIONAL.get(function, ()))
    for index, argument in enumerate(given.positional):
        found = list(tensors_in(argument.value))
        if found and all(isinstance(each, TensorValue) for each in found):
            sources += [each for each in found if isinstance(each, TensorValue)]
        elif index and order:
            constants[order.pop(0)] = argument.value
        elif index == 0 or isinstance(argument.value, Unknown):
            return Unknown(text)
    for key, argument in given.named.items():
        tensors = [each for each in tensors_in(argument.value) if isinstance(each, TensorValue)]
        if tensors:
            sources += tensors
            listed = listed or isinstance(argument.value, list | tuple)
        elif key != "name":
            constants[ALIASES.get(key, key)] = argument.value
    operation = Operation(function, constants, at, text)
    return apply_operation(run, operation, sources, listed=listed)


def apply_operation(
    run: Run, operation: Operation, sources: list[TensorValue], *, listed: bool = False
) -> object:
    """Return what an operation makes of tensors."""
    function, constants = operation.function, operation.constants
    constants = {name: _constant(value) for name, value in constants.items()}
    operation.constants = constants
    call = Call(operation, sources, listed, {}, operation.at)
    if function in ("split", "unstack"):
        pieces = constants.get("indices_or_sections", constants.get("num"))
        count = number_of(pieces)
        call.outputs = len(pieces) if isinstance(pieces, list) else count or 1
        run.enter(call)
        return [TensorValue(call, index) for index in range(min(call.outputs, 1000))]
    run.enter(call)
    return TensorValue(call)


def _constant(value: object) -> object:
    if isinstance(value, Expr):
        return value.value if value.value is not None else value.text()
    if isinstance(value, tuple | list):
        return [_constant(each) for each in value]
    if isinstance(value, External):
        return value.path.rpartition(".")[2]
    return value


def chain_tensors(run: Run, model: ModelValue) -> list[TensorValue]:
    """Return the tensors along a Sequential, its input first, as functional models reuse them."""
    if not model.is_sequential:
        return [*model.inputs[:1], *model.outputs[:1]]
    layers = list(model.layers)
    first = layers[0] if layers else None
    if isinstance(first, InputValue):
        source = TensorValue(first)
        layers = layers[1:]
    elif isinstance(first, LayerValue):
        named = ("input_shape", "batch_input_shape", "input_dim", "input_length", "dtype")
        own = {name: first.arguments[name] for name in named if name in first.arguments}
        source = TensorValue(InputValue(own, first.at))
    else:
        return []
    tensors = [source]
    for layer in layers:
        if isinstance(layer, InputValue):
            continue
        out = call_layer(run, layer, Arguments([Argument(tensors[-1], layer.at, "")]), layer.at)
        if isinstance(out, list):
            out = out[0]
        if not isinstance(out, TensorValue):
            break
        tensors.append(out)
    return tensors


def attribute(run: Run, owner: object, name: str, at: At, text: str) -> object:
    """Return an attribute of a layer, model or tensor."""
    if isinstance(owner, ModelValue):
        if name in ("add", "pop", "compile", "fit", "build", "get_layer", "summary", "call"):
            return Bound(name, owner)
        if name == "layers":
            return list(owner.layers) if owner.is_sequential else _layers_of(owner)
        if name in ("input", "output", "inputs", "outputs"):
            return _tensors_of(run, owner, name)
        if name == "name":
            return owner.name or Unknown(text)
    if isinstance(owner, LayerValue):
        if name in ("input", "output"):
            made = [call for call in run.calls if call.target is owner]
            if made and name == "output":
                return TensorValue(made[0])
            if made:
                return made[0].sources[0] if len(made[0].sources) == 1 else list(made[0].sources)
        if name == "name":
            return owner.name or Unknown(text)
        if name in owner.arguments:
            return owner.arguments[name].value
    if isinstance(owner, TensorValue) and name in ("get_shape", "reshape", "astype"):
        return Bound(name, owner)
    return Unknown(text)


def _layers_of(model: ModelValue) -> list[object]:
    found: dict[int, object] = {}
    for call in calls_of(model):
        if not isinstance(call.target, Operation):
            found.setdefault(id(call.target), call.target)
    inputs: list[object] = [tensor.maker for tensor in model.inputs]
    return [*inputs, *found.values()]


def _tensors_of(run: Run, model: ModelValue, name: str) -> object:
    if model.is_sequential:
        tensors = chain_tensors(run, model)
        if not tensors:
            return Unknown(f"{model.variable or 'model'}.{name}")
        one = tensors[0] if name.startswith("input") else tensors[-1]
        return [one] if name.endswith("s") else one
    found = model.inputs if name.startswith("input") else model.outputs
    return found[0] if len(found) == 1 and not name.endswith("s") else list(found)


def calls_of(model: ModelValue) -> list[Call]:
    """Return the calls between a functional model's inputs and outputs, in the order made."""
    given = set(model.inputs)
    found: dict[int, Call] = {}
    waiting = [tensor for tensor in model.outputs if tensor not in given]
    while waiting:
        tensor = waiting.pop()
        call = tensor.maker
        if not isinstance(call, Call) or id(call) in found:
            continue
        found[id(call)] = call
        needed = [*call.sources]
        for value in call.further.values():
            needed += [each for each in tensors_in(value) if isinstance(each, TensorValue)]
        waiting += [each for each in needed if each not in given]
    return sorted(found.values(), key=lambda call: call.number)


def set_attribute(owner: object, name: str, value: object) -> None:
    """Assign to an attribute of a layer or model: `trainable` and `name` mean something."""
    if name == "trainable" and isinstance(owner, ModelValue):
        owner.frozen = value is False
    elif name == "trainable" and isinstance(owner, LayerValue):
        owner.arguments["trainable"] = Argument(bool(value), owner.at, "trainable")
    elif name in ("_name", "name") and isinstance(owner, ModelValue) and isinstance(value, str):
        owner.name = value
