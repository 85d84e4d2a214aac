"""Functional models as Keras saves them: layers with `inbound_nodes`, in three dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.naming import next_name
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, is_null, plain_value
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import read_known_shape
from seqinspect.readers.keras_config.inferred_shapes import declare_outputs
from seqinspect.records import dataclass, field, replace
from seqinspect.rules import find_rule
from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TENSORS = 100_000
"""No layer has more outputs."""

KerasHistory = tuple[str, int, int]
"""A layer, which of its calls, and which output of that call."""


@dataclass(slots=True)
class _Call:
    """One call of a layer: the tensors it is called on, and further arguments by name.

    `number` is what other calls name it by.
    """

    entry: Entry
    index: int
    node: Tree
    tensors: list[KerasHistory] = field(default_factory=list)
    is_list: bool = False
    keywords: dict[str, Tree | list[KerasHistory] | KerasHistory] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)
    shapes: dict[KerasHistory, Tree] = field(default_factory=dict)
    number: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """The layer and the number of the call."""
        return self.entry.name or "", self.number

    def needs(self) -> set[tuple[str, int]]:
        """Return the calls that must come before."""
        tensors = list(self.tensors)
        for value in self.keywords.values():
            if isinstance(value, list):
                tensors += value
            elif isinstance(value, tuple):
                tensors.append(value)
        return {(name, index) for name, index, _ in tensors}


def read_functional(
    context: ReaderContext, body: Body, node: Mapping, read: Callable[[Tree], Entry | None]
) -> None:
    """Read the layers of a functional config into a body, each call after those it needs."""
    layers = node.get("layers")
    items = layers.items if isinstance(layers, Sequence) else ()
    if not items:
        context.report(layers or node, "there are no layers", about="layers", received="")
    calls: list[_Call] = []
    inputs: dict[str, Entry] = {}
    for item in items:
        if not isinstance(item, Mapping):
            context.report(item, "this is no layer", about="entry", expected="class_name: …")
            continue
        entries = tuple(pair for pair in item.entries if pair[0].text != "inbound_nodes")
        entry = read(Mapping(entries, {k.text: v for k, v in entries}, item.line, item.column))
        if entry is None:
            continue
        if entry.type == INPUT_LAYER:
            inputs[entry.name or ""] = entry
            continue
        entry_calls = _calls(context, entry, item.get("inbound_nodes"))
        if not entry_calls:
            context.report(
                entry.node,
                f"{entry.type} is called on nothing",
                about="from",
                expected="inbound_nodes: with the tensors of each call",
            )
        calls += entry_calls
    order = [name for name, _, _ in _tensors(node.get("input_layers"))]
    for name in sorted(inputs, key=lambda name: order.index(name) if name in order else len(order)):
        model_input = inputs[name].input
        if model_input is not None:
            body.inputs.append(model_input)
    _declare_output_shapes(context, calls)
    outputs = node.get("output_layers")
    returned = _tensors(outputs)
    if context.keras.startswith("3"):
        returned = _outputs_by_call_number(returned, calls)
    _number_calls(calls, returned)
    names = _name_calls(calls, set(inputs))
    body.entries = [_entry_of_call(call, names) for call in _sort_calls(calls, set(inputs))]
    if outputs is not None and not returned:
        context.report(
            outputs, "the model has no outputs", about="outputs", expected="[[layer, 0, 0], …]"
        )
    elif outputs is not None:
        body.outputs = _sources(returned, names, outputs)


def _declare_output_shapes(context: ReaderContext, calls: list[_Call]) -> None:
    """Tell unsupported layers what those that read them say of their outputs."""
    entries = (call.entry for call in calls if call.entry.unsupported is not None)
    makers = {entry.name or "": entry for entry in entries}
    declared: dict[str, dict[int, Tree]] = {}
    for call in calls:
        shapes = dict(call.shapes)
        built = call.entry.build_shape
        if not shapes and isinstance(built, Sequence):
            several = all(isinstance(item, Sequence) for item in built.items)
            parts = built.items if several else (built,)
            shapes = dict(zip(call.tensors, parts, strict=False))
        for (name, _, output), tree in shapes.items():
            if name in makers:
                declared.setdefault(name, {}).setdefault(output, tree)
    for name, trees in declared.items():
        shapes_of = {index: read_known_shape(context, tree) for index, tree in trees.items()}
        declare_outputs(makers[name], shapes_of)


def _outputs_by_call_number(outputs: list[KerasHistory], calls: list[_Call]) -> list[KerasHistory]:
    """Return outputs by the number of the call: there Keras 3 counts the one that made a model."""
    models = {call.entry.name or "" for call in calls if call.entry.type == FUNCTIONAL}
    return [
        (name, number - 1, output) if name in models and number else (name, number, output)
        for name, number, output in outputs
    ]


def _number_calls(calls: list[_Call], outputs: list[KerasHistory]) -> None:
    """Number the calls of each layer as others name them: tf.keras counts a model's from 1."""
    lowest: dict[str, int] = {}
    named = [(name, number) for name, number, _ in outputs]
    for name, number in [*named, *(need for call in calls for need in call.needs())]:
        lowest[name] = min(number, lowest.get(name, number))
    for call in calls:
        call.number = call.index + min(1, lowest.get(call.entry.name or "", 0))


def _name_calls(calls: list[_Call], used_names: set[str]) -> dict[tuple[str, int], str]:
    """Name each call: the first as its layer, the others as further calls of it."""
    names: dict[tuple[str, int], str] = {}
    reserved = used_names | {call.entry.name or "" for call in calls}
    for call in calls:
        layer = call.entry.name or ""
        name = layer if call.index == 0 else next_name(f"{layer}_call", reserved, call.index + 1)
        names[call.key] = name
        reserved.add(name)
    return names


def _sort_calls(calls: list[_Call], inputs: set[str]) -> list[_Call]:
    """Put each call after those that it needs; a cycle stays as it is written, to be reported."""
    by_key = {call.key: call for call in calls}
    waiting: dict[tuple[str, int], list[tuple[str, int]]] = {}
    missing: dict[tuple[str, int], int] = {}
    for key, call in by_key.items():
        needs = {need for need in call.needs() if need in by_key and need[0] not in inputs}
        if call.index:
            needs.add(
                (key[0], call.number - call.index)
            )  # a layer is called again after its first call
        missing[key] = len(needs)
        for need in needs:
            waiting.setdefault(need, []).append(key)
    ready = [key for key in by_key if not missing[key]]
    order: list[tuple[str, int]] = []
    for key in ready:  # grows while it is walked
        order.append(key)
        for follower in waiting.get(key, ()):
            missing[follower] -= 1
            if not missing[follower]:
                ready.append(follower)
    done = set(order)
    return [by_key[key] for key in [*order, *(key for key in by_key if key not in done)]]


def _entry_of_call(call: _Call, names: dict[tuple[str, int], str]) -> Entry:
    """Turn a call into an entry of the dialect."""
    entry = call.entry
    layer = entry.name or ""
    at = call.node
    if call.constants and entry.unsupported is not None:
        constants = {**entry.unsupported.constants, **call.constants}
        entry.unsupported = entry.unsupported._replace(constants=constants)
    if call.index:
        target = Scalar(layer, layer, True, at.line, at.column)
        entry = Entry(target, "", name=names[call.key], reuse=target)
        entry.places = dict(call.entry.places)
    sources = _sources(call.tensors, names, at, listed=call.is_list)
    further: list[tuple[Scalar, Tree]] = []
    for name, value in call.keywords.items():
        key = Scalar(name, name, True, at.line, at.column)
        if isinstance(value, tuple):
            further.append((key, _sources([value], names, at)))
        elif isinstance(value, list):
            further.append((key, _sources(value, names, at, listed=True)))
        else:
            further.append((key, value))
    call_tree = None
    if further:
        call_tree = Mapping(tuple(further), {k.text: v for k, v in further}, at.line, at.column)
    return replace(entry, sources=sources, call=call_tree)


def _sources(
    tensors: list[KerasHistory],
    names: dict[tuple[str, int], str],
    at: Tree,
    *,
    listed: bool = False,
) -> Scalar | Sequence:
    """Write tensors as the dialect names them."""
    texts = [
        names.get((layer, call), layer) + (f".{output}" if output else "")
        for layer, call, output in tensors
    ]
    scalars = tuple(Scalar(text, text, True, at.line, at.column) for text in texts)
    if len(scalars) == 1 and not listed:
        return scalars[0]
    return Sequence(scalars, at.line, at.column)


def _calls(context: ReaderContext, entry: Entry, node: Tree | None) -> list[_Call]:
    """Read the calls of one layer."""
    items = node.items if isinstance(node, Sequence) else ()
    calls: list[_Call] = []
    for index, item in enumerate(items):
        call = _Call(entry, index, item)
        if isinstance(item, Mapping):
            _read_arguments(call, item)
        elif isinstance(item, Sequence):
            _read_inbound_nodes(call, item)
        if _has_no_step(call.constants.get("slice_spec")):
            context.report(
                item, "a slice has the step 0", about="value", expected="a step that moves"
            )
        if not call.tensors:
            context.report(
                item,
                "this call names no tensor",
                about="from",
                expected="{args: […], kwargs: {…}}, or [[layer, 0, 0, {}], …]",
            )
        calls.append(call)
    return calls


def _read_arguments(call: _Call, node: Mapping) -> None:
    """Read a call of Keras 3: positional and named arguments, tensors among them."""
    positional, named = node.get("args"), node.get("kwargs")
    if positional is None and named is None:  # inputs by name, in tf.keras
        for _, value in node.entries:
            call.tensors += _tensors(value)
        call.is_list = True
        return
    _note_shapes(call, node)
    if call.entry.unsupported is not None:
        _read_unsupported(call, positional, named)
        return
    values = positional.items if isinstance(positional, Sequence) else ()
    rule = find_rule(call.entry.type)
    parameters = list(rule.calls) if rule is not None else []
    for index, value in enumerate(values):
        tensors, single = _tensors(value), _tensor(value)
        if index == 0:
            call.tensors, call.is_list = tensors, single is None
        elif single is not None and not call.keywords:
            call.tensors.append(single)
            call.is_list = True
        elif index < len(parameters) and tensors:
            call.keywords[parameters[index]] = single or tensors
    for key, value in named.entries if isinstance(named, Mapping) else ():
        _add_argument(call, key.text, value)


def _read_unsupported(call: _Call, positional: Tree | None, named: Tree | None) -> None:
    """Read a call that no rule states: all the tensors in it, and the constants by name."""
    values = positional.items if isinstance(positional, Sequence) else ()
    for index, value in enumerate(values):
        tensors = _tensors(value)
        call.tensors += tensors
        if index == 1 and not tensors:
            call.constants["slice_spec"] = _slices(value)
    call.is_list = len(call.tensors) > 1
    for key, value in named.entries if isinstance(named, Mapping) else ():
        _add_argument(call, key.text, value)


def _has_no_step(spec: object) -> bool:
    parts = spec if isinstance(spec, list) else [spec]
    return any(isinstance(part, dict) and part.get("step") == 0 for part in parts)


def _slices(node: Tree) -> object:
    """Return slices as tf.keras writes them, from how Keras 3 does."""
    if isinstance(node, Sequence):
        return [_slices(item) for item in node.items]
    kind = node.get("class_name") if isinstance(node, Mapping) else None
    config = node.get("config") if isinstance(node, Mapping) else None
    if isinstance(kind, Scalar) and kind.text == "__ellipsis__":
        return "..."
    if isinstance(config, Sequence):  # a tuple
        return _slices(config)
    return plain_value(config if config is not None else node)


def _note_shapes(call: _Call, node: Tree, depth: int = 4) -> None:
    """Note the shape that Keras 3 writes beside each tensor."""
    if isinstance(node, Sequence):
        for item in node.items:
            _note_shapes(call, item, depth - 1)
        return
    if not isinstance(node, Mapping) or depth < 0:
        return
    tensor, config = _tensor(node), node.get("config")
    shape = config.get("shape") if isinstance(config, Mapping) else None
    if tensor is not None and shape is not None:
        call.shapes[tensor] = shape
        return
    for _, value in node.entries:
        _note_shapes(call, value, depth - 1)


def _read_inbound_nodes(call: _Call, node: Sequence) -> None:
    """Read a call of Keras 1 and 2: [[layer, call, output, {arguments}], …], or one of these."""
    flat = bool(node.items) and isinstance(node.items[0], Scalar)
    for part in (node,) if flat else node.items:
        tensor = _tensor(part)
        if tensor is not None:
            call.tensors.append(tensor)
        elif call.entry.unsupported is None:
            call.tensors += _tensors(part)
            continue
        last = part.items[-1] if isinstance(part, Sequence) and part.items else part
        for key, value in last.entries if isinstance(last, Mapping) else ():
            _add_argument(call, key.text, value)
    rule = find_rule(call.entry.type)
    call.is_list = len(call.tensors) > 1
    if call.is_list and rule is not None and "initial_state" in rule.calls and not rule.takes_list:
        call.keywords["initial_state"] = call.tensors[1:]  # how Keras 2 wrote a state
        del call.tensors[1:]
        call.is_list = False


def _add_argument(call: _Call, name: str, value: Tree) -> None:
    """Take a named argument of a call; what Keras writes for one that was not given is nothing."""
    if is_null(value) or (isinstance(value, Scalar) and value.value is False):
        return
    tensors = _tensors(value)
    if call.entry.unsupported is not None:
        call.tensors += tensors
        call.is_list = len(call.tensors) > 1
        if not tensors:
            call.constants[name] = plain_value(value)
        elif isinstance(value, Sequence) and _tensor(value) is None:
            call.constants[name] = [None if _tensor(v) else plain_value(v) for v in value.items]
        return
    if isinstance(value, Sequence) and not tensors:
        return  # a mask of no tensor
    if tensors:
        call.keywords[name] = _tensor(value) or tensors
    else:
        call.keywords[name] = value


def _tensors(node: Tree | None) -> list[KerasHistory]:
    """Return the tensors of a value: one, or a list of them."""
    if node is None:
        return []
    single = _tensor(node)
    if single is not None:
        return [single]
    if isinstance(node, Mapping) and node.get("class_name") is None:
        return [tensor for _, item in node.entries for tensor in _tensors(item)]
    items = node.items if isinstance(node, Sequence) else ()
    return [tensor for item in items if (tensor := _tensor(item)) is not None]


def _tensor(node: Tree) -> KerasHistory | None:
    """Return the tensor that Keras 3 writes as an object, and Keras 1 and 2 as [layer, 0, 0]."""
    if isinstance(node, Mapping):
        config = node.get("config")
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        return _tensor(history) if isinstance(history, Sequence) else None
    if not isinstance(node, Sequence) or len(node.items) < 3:
        return None
    values = [item.value if isinstance(item, Scalar) else None for item in node.items[:3]]
    name, call, output = values
    if not isinstance(name, str) or not isinstance(call, int) or not isinstance(output, int):
        return None
    return (
        (name.replace("/", "_"), call, output) if call >= 0 and 0 <= output < MAX_TENSORS else None
    )
