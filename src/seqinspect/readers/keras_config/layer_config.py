"""Layers of a Keras config: which are understood, and why the others are unsupported.

Nothing that a config names is imported, run or opened. A custom class, code in a
Lambda, a file with a vocabulary: each becomes an unsupported layer that says what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.graph import Unsupported
from seqinspect.model.naming import snake_case
from seqinspect.model.reasons import (
    CodeArgument,
    CustomClass,
    CustomFunction,
    Forbidden,
    NotRun,
    Translated,
    UnknownArguments,
    Unstated,
)
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, is_null, plain_value
from seqinspect.readers.elements.entry import Entry
from seqinspect.readers.elements.inputs import read_known_shape
from seqinspect.readers.keras_config.coercion import with_keras_dtype
from seqinspect.readers.keras_config.keras1 import FIRST_LAYER
from seqinspect.readers.keras_config.keras2 import translate_to_keras3
from seqinspect.readers.keras_config.operations import constants_of, operation_of
from seqinspect.readers.source.limits import truncate
from seqinspect.records import replace
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import read_argument
from seqinspect.rules.index import INPUT_NAMES, LEGACY_CLASSES, MODEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Expr
    from seqinspect.rules import Rule

    Read = Callable[[ReaderContext, Entry, Tree], None]

CLASS = re.compile(r"[A-Za-z][\w.]*(>[A-Za-z][\w.]*)*")
KERAS_PACKAGES = re.compile(r"(keras|tf_keras|tensorflow|tensorflow_core)(\.|$)")
LAYER_MODULES = re.compile(
    r"(keras|tf_keras|tensorflow\.keras|tensorflow\.python\.keras|keras\.src|keras\.api)"
    r"(\.(_v2|src|engine|layers|models|legacy)(\.\w+)*)?"
)
APPLICATION_MODULES = re.compile(r"(tf_)?keras(\.src)?\.applications\.")
OTHER_MODULES = re.compile(
    r"\.(optimizers|losses|metrics|callbacks|datasets|utils|initializers|regularizers|constraints"
    r"|activations|quantizers|config)(\.|$)"
)

NEVER = {
    "Lambda": Forbidden.CODE,
    "TFSMLayer": Forbidden.SAVED_MODEL,
    "TorchModuleWrapper": Forbidden.TORCH_MODULE,
    "JaxLayer": Forbidden.CODE,
    "FlaxLayer": Forbidden.CODE,
}
"""Layers of Keras that would run or load something."""

POLICIES = re.compile(r"\w*DTypePolicy(Map)?")
"""Classes of Keras's dtype policies."""

TABLES = ("StringLookup", "IntegerLookup", "TextVectorization")
"""Layers of Keras that look words up."""

DESCRIBING_KEYS = ("function", "filepath", "vocabulary", "call_fn")
"""What an unsupported row tells of its config."""


def read_layer_config(
    context: ReaderContext,
    entry: Entry,
    node: Mapping,
    *,
    read_layer: Read,
    read_entry: Callable[[Tree], Entry | None],
) -> None:
    """Read the class and the config of a layer into its entry, by the readers of the dialect."""
    kind = entry.type
    config = node.get("config") or Scalar(None, "", False, node.line, node.column)
    origin = _class_origin(context, entry, node)
    if origin is None:
        return
    built = node.get("build_config")
    entry.build_shape = built.get("input_shape") if isinstance(built, Mapping) else None
    config = with_keras_dtype(config) if isinstance(config, Mapping) else config
    values = config if isinstance(config, Mapping) else Mapping((), {}, node.line, node.column)
    is_keras3 = context.keras.startswith("3")  # where every layer says whether it is trained
    bare = is_keras3 and node.get("module") is None and values.get("trainable") is None
    operation = operation_of(kind, values, origin, bare=bare)
    if operation is not None:
        _make_unsupported(context, entry, values, operation)
        return
    if origin == "custom":
        registered = node.get("registered_name")
        name = registered.text if isinstance(registered, Scalar) else ""
        class_name = truncate(name) if name not in ("", "null", kind) else ""
        _make_unsupported(context, entry, values, Unsupported(CustomClass(class_name)))
        return
    table = kind in TABLES or (kind == "HashedCrossing" and not is_keras3)  # once, it took texts
    if kind in NEVER or table:
        file = _names_a_file(values)
        vocabulary = Forbidden.VOCABULARY_FILE if file else Forbidden.VOCABULARY
        unsupported = Unsupported(
            NotRun(NEVER.get(kind, vocabulary), *_code_or_file(values)),
            _declared_shape(context, kind, values),
            table or kind == "Lambda",  # Keras refuses variables in a Lambda
            "look_up" if table else "",
            constants_of(values) if table else {},
            unsafe=kind in NEVER or file,
        )
        _make_unsupported(context, entry, values, unsupported)
        return
    if kind in MODEL_NAMES or kind in INPUT_NAMES:
        read_layer(context, entry, config)
        return
    branches = values.get("layers")
    if kind == "Merge" and isinstance(branches, Sequence):
        for branch in branches.items:
            branch_entry = read_entry(branch) if isinstance(branch, Mapping) else None
            entry.branches += [branch_entry] if branch_entry is not None else []
    entry.type, values, entry.translated = translate_to_keras3(context, kind, values)
    rule = find_rule(entry.type)
    if rule is None:
        module = node.get("module")
        in_keras = module is not None and not is_null(module)
        reason = Unstated.NO_RULE if in_keras else CustomClass()
        _make_unsupported(context, entry, values, Unsupported(reason))
        return
    read_layer(context, entry, _without_custom_functions(context, entry, rule, values))
    if rule.traits.both_directions and context.keras[:1] in ("1", "2"):
        _reverse_backward_layer(entry)
    if entry.unknown_arguments:
        names = tuple(truncate(name, 30) for name in entry.unknown_arguments[:4])
        entry.arguments, entry.nested = {}, False
        entry.unsupported = Unsupported(UnknownArguments(names))


def _reverse_backward_layer(entry: Entry) -> None:
    """Make the second layer of a Bidirectional go the other way, which Keras 3 does not do."""
    inner = entry.arguments.get("layer")
    if entry.arguments.get("backward_layer") is not None or not isinstance(inner, Entry):
        return
    if inner.arguments.get("go_backwards") is True:
        arguments = {**inner.arguments, "go_backwards": False}
        name = f"backward_{inner.name or snake_case(inner.type)}"
        entry.arguments["backward_layer"] = replace(inner, arguments=arguments, name=name)
        entry.translated.append(Translated.SECOND_FORWARD)


def _class_origin(context: ReaderContext, entry: Entry, node: Mapping) -> str | None:
    """Tell where a class comes from: `layers` of Keras, its `ops`, or `custom`."""
    kind = entry.type
    module, registered = node.get("module"), node.get("registered_name")
    for name, value in (("module", module), ("registered_name", registered)):
        text = value.value if isinstance(value, Scalar) else value
        if value is not None and text is not None and not isinstance(text, str):
            context.report(value, f"`{name}` must be a string", about="entry", expected="a string")
            return None
    if not CLASS.fullmatch(kind) or len(kind) > context.limits.name:
        context.report(
            entry.node,
            "this cannot be the name of a class",
            about="entry",
            expected="a word, such as LSTM",
        )
        return None
    place = module.text if isinstance(module, Scalar) and not is_null(module) else ""
    package, mark, _ = (registered.text if isinstance(registered, Scalar) else "").rpartition(">")
    foreign = bool(mark) and not KERAS_PACKAGES.match(package.lower())
    if ">" in kind or (place and not KERAS_PACKAGES.match(place)):
        return "custom"
    if kind in LEGACY_CLASSES and APPLICATION_MODULES.match(place):
        return "layers"
    if ".ops" in place:
        return "ops"
    if place and OTHER_MODULES.search(place) and kind not in NEVER:
        context.report(
            entry.node,
            f"{truncate(kind)} of {truncate(place)} is no layer",
            about="entry",
            expected="a layer",
        )
        return None
    if foreign and place and LAYER_MODULES.fullmatch(place) and find_rule(kind) is not None:
        context.report(
            registered or node,
            f"{truncate(kind)} claims to be both a class of Keras and a custom class",
            about="entry",
            expected="`module` and `registered_name` that agree",
        )
        return None
    return "custom" if foreign else "layers"


def _make_unsupported(
    context: ReaderContext, entry: Entry, values: Mapping, unsupported: Unsupported
) -> None:
    """Make an entry unsupported, with the name that its config gives it."""
    entry.unsupported = unsupported
    for key, value in values.entries:
        if key.text == "name" and entry.name is None and not is_null(value):
            entry.name = context.checked_name(value, "the name of a layer")
        elif key.text in FIRST_LAYER and key.text.endswith("shape"):
            entry.input_arguments[key.text] = value


def _code_or_file(values: Mapping) -> tuple[str, str]:
    """Return the argument that names code or a file, and the name; empty where none does."""
    for name in DESCRIBING_KEYS:
        value = values.get(name)
        if isinstance(value, Mapping):
            value = value.get("config")
        if isinstance(value, Scalar) and isinstance(value.value, str) and len(value.text) <= 60:
            return name, truncate(value.text)
    return "", ""


def _names_a_file(values: Mapping) -> bool:
    """Say whether a table of words, or of their weights, is given by the name of a file."""
    tables = (values.get(name) for name in ("vocabulary", "idf_weights"))
    return any(isinstance(table, Scalar) and isinstance(table.value, str) for table in tables)


def _declared_shape(
    context: ReaderContext, kind: str, values: Mapping
) -> tuple[tuple[Expr, ...] | None, ...]:
    """Return the shape that a Lambda of Keras 1 and 2 says it returns, without the batch."""
    output_shape, shape_type = values.get("output_shape"), values.get("output_shape_type")
    raw = shape_type is None or (isinstance(shape_type, Scalar) and shape_type.text == "raw")
    if kind != "Lambda" or not raw or not isinstance(output_shape, Sequence):
        return ()
    shape = read_known_shape(context, output_shape, batch=False)
    return (shape,) if shape is not None else ()


def _without_custom_functions(
    context: ReaderContext, entry: Entry, rule: Rule, values: Mapping
) -> Mapping:
    """Take out what only its author knows and what changes no shape and no count, with a note."""
    entries = []
    for key, value in values.entries:
        if key.text == "trainable" and (
            plain_value(value) is True or "SpatialDropout" in rule.name
        ):
            continue  # the default, which not every class takes
        if key.text == "quantization_config" and not is_null(value):
            inner = value.get("config") if isinstance(value, Mapping) else None
            if not isinstance(inner, Mapping) or inner.entries:
                entry.unknown_arguments.append(key.text)
            continue
        if key.text == "dtype" and _is_other_policy(context, value):
            entry.unknown_arguments.append(key.text)
            continue
        parameter = rule.options.get(key.text)
        family = parameter.kind.removesuffix(" | None") if parameter is not None else ""
        custom = None
        if family in ("Activation", "Initializer", "Constraint"):
            custom = _custom_function(context, key.text, family, value)
        if custom is None:
            entries.append((key, value))
            continue
        entry.translated.append(custom)
        if family == "Activation":
            entries.append((key, Scalar("linear", "linear", True, value.line, value.column)))
    return Mapping(tuple(entries), {k.text: v for k, v in entries}, values.line, values.column)


def _is_other_policy(context: ReaderContext, value: Tree) -> bool:
    """Tell whether a dtype is a policy of Keras that is not read: a quantized one, or several."""
    kind = value.get("class_name") if isinstance(value, Mapping) else None
    if not isinstance(kind, Scalar) or not POLICIES.fullmatch(kind.text):
        return False
    try:
        read_argument("dtype", "DType", plain_value(value), context)
    except SpecError:
        return True
    return False


def _custom_function(
    context: ReaderContext, name: str, family: str, value: Tree
) -> CustomFunction | CodeArgument | None:
    """Return an activation, initializer or constraint that is custom; None where it is Keras's."""
    try:
        read_argument(name, family, plain_value(value), context)
    except SpecError:
        pass
    else:
        return None
    kind, module = "", ""
    if isinstance(value, Scalar):
        kind = value.text if isinstance(value.value, str) else ""
    elif isinstance(value, Mapping):
        named, module_node = value.get("class_name"), value.get("module")
        kind = named.text if isinstance(named, Scalar) else ""
        module = module_node.text if isinstance(module_node, Scalar) else ""
        if kind == "function":
            function = value.get("config")
            kind = function.text if isinstance(function, Scalar) else kind
    layer = (
        family == "Activation"
        and LAYER_MODULES.fullmatch(module)
        and kind not in ("PReLU", "Lambda")
    )
    foreign = not KERAS_PACKAGES.match(module)
    if not kind or not (layer or foreign):
        return None
    if kind in ("__lambda__", "<lambda>", "Lambda"):
        return CodeArgument(name)
    return CustomFunction(name, truncate(kind, 40))
