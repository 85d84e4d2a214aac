"""Layers of a Keras config: which are understood, and why the others are unsupported.

Nothing that a config names is imported, run or opened. A custom class, code in a
Lambda, a file with a vocabulary: each becomes an unsupported layer that says what it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.graph import Unsupported
from seqinspect.model.naming import snake_case
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.context import Reading, is_null, plain
from seqinspect.readers.dialect.entry import Entry
from seqinspect.readers.dialect.inputs import read_known_shape
from seqinspect.readers.keras_config.coercion import with_plain_dtype
from seqinspect.readers.keras_config.keras1 import FIRST_LAYER
from seqinspect.readers.keras_config.keras2 import modern
from seqinspect.readers.keras_config.operations import constants_of, operation_of
from seqinspect.readers.source.limits import shown
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import read_argument
from seqinspect.rules.index import INPUT_NAMES, LEGACY_CLASSES, MODEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Expr
    from seqinspect.rules import Rule

    Read = Callable[[Reading, Entry, Tree], None]

CLASS = re.compile(r"[A-Za-z][\w.]*(>[A-Za-z][\w.]*)*")
KERAS = re.compile(r"(keras|tf_keras|tensorflow|tensorflow_core)(\.|$)")
LAYERS = re.compile(
    r"(keras|tf_keras|tensorflow\.keras|tensorflow\.python\.keras|keras\.src|keras\.api)"
    r"(\.(_v2|src|engine|layers|models|legacy)(\.\w+)*)?"
)
APPLICATIONS = re.compile(r"(tf_)?keras(\.src)?\.applications\.")
NO_LAYERS = re.compile(
    r"\.(optimizers|losses|metrics|callbacks|datasets|utils|initializers|regularizers|constraints"
    r"|activations|quantizers|config)(\.|$)"
)

CODE = "holds code of its author, which is never run"
FILE = "looks words up in a file, which is never opened"
NEVER = {
    "Lambda": CODE,
    "TFSMLayer": "loads a SavedModel, which is never opened",
    "TorchModuleWrapper": "holds a pickled PyTorch module, which is never opened",
    "JaxLayer": CODE,
    "FlaxLayer": CODE,
}
"""Layers of Keras that would run or load something."""

TABLES = ("StringLookup", "IntegerLookup", "TextVectorization")
"""Layers of Keras that look words up."""

SAID = ("function", "filepath", "vocabulary", "call_fn")
"""What an unsupported row tells of its config."""

OWN = "a custom class"
NO_RULE = "a layer of Keras that no rule states yet"


def read_foreign(
    reading: Reading,
    entry: Entry,
    node: Mapping,
    *,
    read_layer: Read,
    read_entry: Callable[[Tree], Entry | None],
) -> None:
    """Read the class and the config of a layer into its entry, by the readers of the dialect."""
    kind = entry.type
    config = node.get("config") or Scalar(None, "", False, node.line, node.column)
    origin = _origin(reading, entry, node)
    if origin is None:
        return
    built = node.get("build_config")
    entry.built = built.get("input_shape") if isinstance(built, Mapping) else None
    config = with_plain_dtype(config) if isinstance(config, Mapping) else config
    values = config if isinstance(config, Mapping) else Mapping((), {}, node.line, node.column)
    third = reading.keras.startswith("3")  # where every layer says whether it is trained
    bare = third and node.get("module") is None and values.get("trainable") is None
    operation = operation_of(kind, values, origin, bare=bare)
    if operation is not None:
        _unsupported(reading, entry, values, operation)
        return
    if origin == "own":
        registered = node.get("registered_name")
        name = registered.text if isinstance(registered, Scalar) else ""
        said = f": {shown(name)}" if name not in ("", "null", kind) else ""
        _unsupported(reading, entry, values, Unsupported(OWN + said))
        return
    table = kind in TABLES or (kind == "HashedCrossing" and not third)  # once, it took texts
    if kind in NEVER or table:
        file = _names_a_file(values)
        reason = NEVER.get(kind) or (
            FILE if file else "looks words up, in a table that is not read"
        )
        unsupported = Unsupported(
            reason + _said(values),
            _own_shape(reading, kind, values),
            table or kind == "Lambda",  # Keras refuses variables in a Lambda
            "look_up" if table else "",
            constants_of(values) if table else {},
            unsafe=kind in NEVER or file,
        )
        _unsupported(reading, entry, values, unsupported)
        return
    if kind in MODEL_NAMES or kind in INPUT_NAMES:
        read_layer(reading, entry, config)
        return
    branches = values.get("layers")
    if kind == "Merge" and isinstance(branches, Sequence):
        for branch in branches.items:
            found = read_entry(branch) if isinstance(branch, Mapping) else None
            entry.branches += [found] if found is not None else []
    entry.type, values, entry.translated = modern(reading, kind, values)
    rule = find_rule(entry.type)
    if rule is None:
        module = node.get("module")
        known = module is not None and not is_null(module)
        _unsupported(reading, entry, values, Unsupported(NO_RULE if known else OWN))
        return
    read_layer(reading, entry, _without_foreign(reading, entry, rule, values))
    if rule.traits.both_directions and reading.keras[:1] in ("1", "2"):
        _turn_backward(entry)
    if entry.foreign:
        names = ", ".join(f"`{shown(name, 30)}`" for name in entry.foreign[:4])
        entry.arguments, entry.nested = {}, False
        entry.unsupported = Unsupported(f"has arguments that are not understood: {names}")


def _turn_backward(entry: Entry) -> None:
    """Make the second layer of a Bidirectional go the other way, which Keras 3 does not do."""
    inner = entry.arguments.get("layer")
    if entry.arguments.get("backward_layer") is not None or not isinstance(inner, Entry):
        return
    if inner.arguments.get("go_backwards") is True:
        arguments = {**inner.arguments, "go_backwards": False}
        name = f"backward_{inner.name or snake_case(inner.type)}"
        entry.arguments["backward_layer"] = replace(inner, arguments=arguments, name=name)
        entry.translated.append("its second layer goes forward, as it did before Keras 3")


def _origin(reading: Reading, entry: Entry, node: Mapping) -> str | None:
    """Tell where a class comes from: `layers` of Keras, its `ops`, or the author's `own`."""
    kind = entry.type
    module, registered = node.get("module"), node.get("registered_name")
    for name, value in (("module", module), ("registered_name", registered)):
        text = value.value if isinstance(value, Scalar) else value
        if value is not None and text is not None and not isinstance(text, str):
            reading.report(value, f"`{name}` must be a text", about="entry", expected="a text")
            return None
    if not CLASS.fullmatch(kind) or len(kind) > reading.limits.name:
        reading.report(
            entry.node,
            "this cannot be the name of a class",
            about="entry",
            expected="a word, such as LSTM",
        )
        return None
    place = module.text if isinstance(module, Scalar) and not is_null(module) else ""
    package, mark, _ = (registered.text if isinstance(registered, Scalar) else "").rpartition(">")
    foreign = bool(mark) and not KERAS.match(package.lower())
    if ">" in kind or (place and not KERAS.match(place)):
        return "own"
    if kind in LEGACY_CLASSES and APPLICATIONS.match(place):
        return "layers"
    if ".ops" in place:
        return "ops"
    if place and NO_LAYERS.search(place) and kind not in NEVER:
        reading.report(
            entry.node,
            f"{shown(kind)} of {shown(place)} is no layer",
            about="entry",
            expected="a layer",
        )
        return None
    if foreign and place and LAYERS.fullmatch(place) and find_rule(kind) is not None:
        reading.report(
            registered or node,
            f"{shown(kind)} is said to be both a class of Keras and a custom class",
            about="entry",
            expected="`module` and `registered_name` that agree",
        )
        return None
    return "own" if foreign else "layers"


def _unsupported(reading: Reading, entry: Entry, values: Mapping, unsupported: Unsupported) -> None:
    """Make an entry unsupported, with the name that its config gives it."""
    entry.unsupported = unsupported
    for key, value in values.entries:
        if key.text == "name" and entry.name is None and not is_null(value):
            entry.name = reading.name_of(value, "the name of a layer")
        elif key.text in FIRST_LAYER and key.text.endswith("shape"):
            entry.first[key.text] = value


def _said(values: Mapping) -> str:
    """Say of what kind of code or file the config speaks."""
    for name in SAID:
        value = values.get(name)
        if isinstance(value, Mapping):
            value = value.get("config")
        if isinstance(value, Scalar) and isinstance(value.value, str) and len(value.text) <= 60:
            return f" ({name} {shown(value.text)})"
    return ""


def _names_a_file(values: Mapping) -> bool:
    """Say whether a table of words, or of their weights, is given by the name of a file."""
    tables = (values.get(name) for name in ("vocabulary", "idf_weights"))
    return any(isinstance(table, Scalar) and isinstance(table.value, str) for table in tables)


def _own_shape(reading: Reading, kind: str, values: Mapping) -> tuple[tuple[Expr, ...] | None, ...]:
    """Return the shape that a Lambda of Keras 1 and 2 says it returns, without the batch."""
    said, how = values.get("output_shape"), values.get("output_shape_type")
    raw = how is None or (isinstance(how, Scalar) and how.text == "raw")
    if kind != "Lambda" or not raw or not isinstance(said, Sequence):
        return ()
    shape = read_known_shape(reading, said, batch=False)
    return (shape,) if shape is not None else ()


def _without_foreign(reading: Reading, entry: Entry, rule: Rule, values: Mapping) -> Mapping:
    """Take out what only its author knows and what changes no shape and no count, with a note."""
    kept = []
    for key, value in values.entries:
        if key.text == "trainable" and (plain(value) is True or "SpatialDropout" in rule.name):
            continue  # the default, which not every class takes
        if key.text == "quantization_config" and not is_null(value):
            inner = value.get("config") if isinstance(value, Mapping) else None
            if not isinstance(inner, Mapping) or inner.entries:
                entry.foreign.append(key.text)
            continue
        parameter = rule.options.get(key.text)
        family = parameter.kind.removesuffix(" | None") if parameter is not None else ""
        note = ""
        if family in ("Activation", "Initializer", "Constraint"):
            note = _author_s(reading, key.text, family, value)
        if not note:
            kept.append((key, value))
            continue
        entry.translated.append(note)
        if family == "Activation":
            kept.append((key, Scalar("linear", "linear", True, value.line, value.column)))
    return Mapping(tuple(kept), {k.text: v for k, v in kept}, values.line, values.column)


def _author_s(reading: Reading, name: str, family: str, value: Tree) -> str:
    """Say of an activation, initializer or constraint that it is the author's; empty if not."""
    try:
        read_argument(name, family, plain(value), reading)
    except SpecError:
        pass
    else:
        return ""
    kind, module = "", ""
    if isinstance(value, Scalar):
        kind = value.text if isinstance(value.value, str) else ""
    elif isinstance(value, Mapping):
        named, where = value.get("class_name"), value.get("module")
        kind = named.text if isinstance(named, Scalar) else ""
        module = where.text if isinstance(where, Scalar) else ""
        if kind == "function":
            said = value.get("config")
            kind = said.text if isinstance(said, Scalar) else kind
    layer = family == "Activation" and LAYERS.fullmatch(module) and kind not in ("PReLU", "Lambda")
    foreign = not KERAS.match(module)
    if not kind or not (layer or foreign):
        return ""
    if kind in ("__lambda__", "<lambda>", "Lambda"):
        return f"{name}: {CODE}"
    return f"{name}: {shown(kind, 40)}, which no rule states, changes no shape and no count"
