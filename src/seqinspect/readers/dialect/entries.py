"""Entries of `layers`, and models within models: what each says, in every form."""

from __future__ import annotations

from seqinspect.errors import SpecError
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.arguments import ENTRY_KEYS, read_arguments
from seqinspect.readers.dialect.classes import EXAMPLE, find_class_key, refuse_class
from seqinspect.readers.elements.context import ReaderContext, is_null
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import read_input, read_inputs
from seqinspect.readers.keras_config.first_layer import input_of_first_layer
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.rules import find_rule
from seqinspect.rules.index import (
    INPUT_LAYER,
    INPUT_NAMES,
    LEGACY_CLASSES,
    MODEL_NAMES,
    model_class,
)

IGNORED_KEYS = ("module", "registered_name", "build_config", "compile_config")
"""What Keras 3 writes beside `class_name` and `config`, for its own loader."""

FUNCTIONAL_KEYS = ("input_layers", "output_layers")
"""By these names a functional model is known."""

MODEL_KEYS = ("name", "input", "inputs", "layers", "outputs", "trainable")
CONFIG_KEYS = (*IGNORED_KEYS, "build_input_shape", "dtype")
"""What a model's own config may hold beside them, without a meaning here."""


SOURCES_OF_A_CALL = 20
"""So many tensors that a call reads are as much work as another call."""


def read_entries(context: ReaderContext, node: Tree | None, owner: Tree) -> list[Entry]:
    """Read the entries of `layers`."""
    if node is None or is_null(node):
        context.report(
            owner if node is None else node,
            "there are no layers",
            about="layers",
            received="" if node is None else None,
            expected=f"layers: with one entry a layer, such as {EXAMPLE}",
        )
        return []
    if not isinstance(node, Sequence):
        context.report(
            node,
            "`layers` must be a list",
            about="layers",
            expected=f"one entry a layer, such as {EXAMPLE}",
            remedy="start each entry with a dash"
            if isinstance(node, Mapping)
            else f"write [{truncate(node.text)}]",
        )
        return []
    if not node.items:
        context.report(
            node, "there are no layers", about="layers", expected=f"entries such as {EXAMPLE}"
        )
    entries = [read_entry(context, item) for item in node.items]
    return [entry for entry in entries if entry is not None]


def read_entry(context: ReaderContext, node: Tree, *, inside: bool = False) -> Entry | None:
    """Read one entry; `inside` a layer it can have a name, but it is no call of its own."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str) and node.value.strip():
            entry = Entry(node, node.text)
            _read_layer(context, entry, Scalar(None, "", False, node.line, node.column))
            return entry
        context.report(
            node, "this is no layer", about="entry", expected=f"the name of a class, or {EXAMPLE}"
        )
        return None
    if isinstance(node, Sequence):
        context.report(
            node,
            "a list stands where a layer is due",
            about="entry",
            expected=EXAMPLE,
            remedy="one dash is enough" if node.items else "",
        )
        return None
    if node.get("class_name") is not None:
        return _read_class_name(context, node, inside=inside)
    for word, reader in (("reuse", _read_reuse), ("repeat", _read_repeat)):
        if node.get(word) is not None:
            if not inside:
                return reader(context, node)
            context.report(
                node.key(word) or node,
                f"`{word}` cannot stand inside another layer",
                about="entry",
                expected="a layer",
            )
            return None
    key = find_class_key(context, node)
    if key is None:
        return None
    entry = Entry(key, key.text)
    if len(node.entries) > 1:
        entry.misplaced = {other.text for other, _ in node.entries if other is not key}
    _read_name_and_sources(context, entry, node, inside=inside)
    value = node.get(key.text)
    if value is not None:
        _read_layer(context, entry, value)
    return entry


def _read_name_and_sources(
    context: ReaderContext, entry: Entry, node: Mapping, *, inside: bool
) -> None:
    """Read what stands beside the class: its name, and on what it is called."""
    name = node.get("name")
    if name is not None and not is_null(name):
        entry.name = context.checked_name(name, "the name of a layer")
        entry.places["name"] = context.place(name)
    sources, call = node.get("from"), node.get("call")
    if inside and (sources is not None or call is not None):
        word = "from" if sources is not None else "call"
        context.report(
            node.key(word) or node,
            f"`{word}` cannot stand inside another layer",
            about="entry",
            expected="it beside the outer layer",
        )
        return
    if sources is not None:
        entry.sources = _read_sources(context, sources, "from")
        entry.places["from"] = context.place(sources)
    if call is not None:
        if isinstance(call, Mapping):
            entry.call = call
        else:
            context.report(
                call,
                "`call` must be names with values",
                about="call",
                expected="call: {initial_state: [encoder.1, encoder.2]}",
            )


def _read_sources(context: ReaderContext, node: Tree, word: str) -> Scalar | Sequence | None:
    """Read the names of one tensor or of several."""
    items = node.items if isinstance(node, Sequence) else (node,)
    good = bool(items) and all(
        isinstance(i, Scalar) and i.text and i.value is not None for i in items
    )
    if good and not isinstance(node, Mapping):
        return node
    context.report(
        node,
        f"`{word}` must name tensors",
        about=word,
        expected=f"{word}: encoder, or {word}: [a, b]; encoder.1 is the second output of encoder",
    )
    return None


def _read_class_name(context: ReaderContext, node: Mapping, *, inside: bool) -> Entry | None:
    """Read an entry as Keras writes it: {class_name: LSTM, config: {units: 8}}."""
    kind = node.get("class_name")
    if not isinstance(kind, Scalar) or not isinstance(kind.value, str) or not kind.text.strip():
        context.report(kind or node, "`class_name` must be the name of a class", about="entry")
        return None
    config = node.get("config")
    nothing = Scalar(None, "", False, kind.line, kind.column)
    if context.keras:
        entry = Entry(kind, kind.text)
        name = node.get("name")
        if name is not None and not is_null(name):
            entry.name = context.checked_name(name, "the name of a layer")
        from seqinspect.readers.keras_config.layer_config import read_layer_config  # noqa: PLC0415 - only configs need it

        read_layer_config(
            context,
            entry,
            node,
            read_layer=_read_layer,
            read_entry=lambda tree: read_entry(context, tree, inside=True),
        )
        return entry
    known_keys = ("class_name", "config", *ENTRY_KEYS)
    for key, value in node.entries:
        if key.text not in known_keys and key.text not in IGNORED_KEYS:
            near = nearest(key.text, known_keys)
            if near == "config" and config is None:
                config = value
            context.report(
                key,
                f"`{truncate(key.text)}` stands beside `class_name`",
                about="entry",
                received=truncate(key.text),
                expected=", ".join(known_keys),
                remedy=f"did you mean `{near}`?" if near else "arguments stand in `config`",
            )
    entry = Entry(kind, kind.text)
    _read_name_and_sources(context, entry, node, inside=inside)
    _read_layer(context, entry, nothing if config is None else config)
    return entry


def _read_layer(context: ReaderContext, entry: Entry, node: Tree) -> None:
    """Read the arguments of a class into its entry."""
    rule = find_rule(entry.type)
    if rule is not None and (context.keras or entry.type not in LEGACY_CLASSES):
        entry.type = rule.name
        read_arguments(
            context, rule, entry, node, lambda tree: read_entry(context, tree, inside=True)
        )
    elif entry.type in MODEL_NAMES:
        entry.type = model_class(entry.type)
        entry.body = read_body(context, node, entry.type, nested=True)
        entry.name = entry.name or entry.body.name
    elif entry.type in INPUT_NAMES:
        _read_input_layer(context, entry, node)
    elif entry.type in context.custom:
        from seqinspect.readers.dialect.custom_classes import read_custom_layer  # noqa: PLC0415

        read_custom_layer(context, entry, node)
    else:
        refuse_class(context, entry)


def _read_input_layer(context: ReaderContext, entry: Entry, node: Tree) -> None:
    """Read an entry that is an input: its name is Keras's unless it has one."""
    entry.type = INPUT_LAYER
    entry.input = read_input(context, node, entry.name or "input_layer")
    if entry.input is not None:
        entry.name = entry.input.name
    if entry.sources is not None or entry.call is not None:
        context.report(
            entry.sources or entry.call or node,
            "an input is not called on anything",
            about="from",
            expected="an input without `from` and `call`",
        )


def _read_reuse(context: ReaderContext, node: Mapping) -> Entry | None:
    """Read a further call of an earlier layer, with the same weights."""
    target = node.get("reuse")
    key = node.key("reuse")
    if not isinstance(target, Scalar) or not isinstance(target.value, str) or key is None:
        context.report(
            target or node, "`reuse` must name a layer", about="reuse", expected="reuse: encoder"
        )
        return None
    context.report_unknown_keys(node, ("reuse", *ENTRY_KEYS), "an entry with `reuse`")
    entry = Entry(key, "", reuse=target)
    _read_name_and_sources(context, entry, node, inside=False)
    return entry


def _read_repeat(context: ReaderContext, node: Mapping) -> Entry | None:
    """Read a block of layers that is repeated, each time with weights of its own."""
    context.report_unknown_keys(node, ("repeat", "layers", "name", "from"), "a `repeat`")
    key, times = node.key("repeat"), node.get("repeat")
    if key is None or times is None:
        return None
    entry = Entry(key, "repeat")
    _read_name_and_sources(context, entry, node, inside=False)
    entry.count = _read_count(context, times)
    entry.block = read_entries(context, node.get("layers"), key)
    for part in entry.block:
        if part.input is not None:
            context.report(
                part.node,
                "an input cannot be repeated",
                about="input",
                expected="layers; inside the block, `input` is what the one before returns",
            )
    return entry


def _read_count(context: ReaderContext, node: Tree) -> int:
    """Read how often a block is repeated; 1 where that is invalid."""
    if isinstance(node, Scalar) and not isinstance(node.value, bool | float | None):
        try:
            count = context.size(node.value)
        except SpecError as error:
            context.report_error(error, node, "", "repeat")
            return 1
        if count.value is not None and count.value > 0:
            return count.value
    context.report(
        node,
        "`repeat` must say how often",
        about="repeat",
        expected="an integer above 0, or a name from `dims` that has one",
    )
    return 1


def read_body(context: ReaderContext, node: Tree, kind: str, *, nested: bool = False) -> Body:
    """Read a model, `nested` in another one or not: its layers alone, or with inputs, outputs."""
    body = Body(node, kind)
    if isinstance(node, Sequence):
        body.entries = read_entries(context, node, node)
        _complete(context, body, node)
        input_of_first_layer(context, body, nested=nested)
        return body
    if not isinstance(node, Mapping):
        context.report(
            node,
            f"{kind} needs layers",
            about="layers",
            expected=f"{kind}: {{layers: [...]}}",
        )
        return body
    connected = any(node.get(name) is not None for name in FUNCTIONAL_KEYS)
    if not context.keras:
        context.report_unknown_keys(
            node,
            MODEL_KEYS,
            kind,
            ignored=(*CONFIG_KEYS, *FUNCTIONAL_KEYS) if connected else CONFIG_KEYS,
        )
    name = node.get("name")
    if name is not None and not is_null(name):
        body.name = context.checked_name(name, "the name of a model")
    trainable = node.get("trainable")
    if trainable is not None:
        if isinstance(trainable, Scalar) and isinstance(trainable.value, bool):
            body.frozen = not trainable.value
        else:
            context.report(
                trainable, "`trainable` must be true or false", about="value", expected="a boolean"
            )
    if connected:
        from seqinspect.readers.keras_config.functional import read_functional  # noqa: PLC0415 - only configs need it

        read_functional(context, body, node, lambda tree: read_entry(context, tree))
    else:
        fill_body(context, body, node, nested=nested)
    return body


def fill_body(context: ReaderContext, body: Body, node: Mapping, *, nested: bool = False) -> None:
    """Read the inputs, layers and outputs of a model."""
    body.inputs = read_inputs(context, node)
    body.entries = read_entries(context, node.get("layers"), node)
    for entry in body.entries:
        if entry.input is not None and body.inputs:
            context.report(
                entry.node,
                "the input is there already",
                about="input",
                expected=f"one {entry.node.text} among the layers, or `input` beside them",
                remedy="remove one of the two",
            )
    _complete(context, body, node)
    input_of_first_layer(context, body, nested=nested)
    outputs = node.get("outputs")
    if outputs is not None:
        body.outputs = _read_sources(context, outputs, "outputs")


def _complete(context: ReaderContext, body: Body, node: Tree) -> None:
    """Give a Sequential of a config the shapes that the config states beside its layers."""
    if context.keras and body.entries:
        from seqinspect.readers.keras_config.inferred_shapes import complete_sequential  # noqa: PLC0415

        complete_sequential(context, body, node)


def count_calls(context: ReaderContext, entries: list[Entry]) -> int:
    """Count the calls of a model, repeats expanded; stop where there are too many.

    One that reads many tensors is as much work as several, and counts as these.

    Raises SpecError past the limit `layers`.
    """
    count = 0
    for entry in entries:
        if entry.type == "repeat":  # an empty block is gone through all the same
            inner = entry.count * max(1, count_calls(context, entry.block))
        elif entry.body is not None:
            inner = 1 + count_calls(context, entry.body.entries)
        else:
            _check_stacks(context, entry)
            inner = 1 + _sources_written(entry) // SOURCES_OF_A_CALL
        count += inner
        if count > context.limits.layers:
            context.report(
                entry.node,
                f"the model has too many layers: {count:,} up to here, repeats expanded",
                **context.limits.exceeded("layers"),
            )
            raise SpecError(*context.problems.found)
    return count


def _sources_written(entry: Entry) -> int:
    """Count the tensors that an entry says it reads."""
    return len(entry.sources.items) if isinstance(entry.sources, Sequence) else 0


def _check_stacks(context: ReaderContext, entry: Entry) -> None:
    """Refuse a layer made of too many: each cell of a stack depends on all states before it."""
    for value in entry.arguments.values():
        inner = value if isinstance(value, list | tuple) else (value,)
        if len(inner) > context.limits.stack and isinstance(inner[0], Entry):
            context.report(
                entry.node,
                f"{entry.type} is made of too many layers: {len(inner):,}",
                **context.limits.exceeded("stack"),
            )
            raise SpecError(*context.problems.found)
        for each in inner:
            if isinstance(each, Entry):
                _check_stacks(context, each)
