"""Configs of Keras 1 and 2 in the words of Keras 3: class names, arguments, old defaults.

A translation works on the tree, so that every value keeps its place. What changes nothing (a new
name for the same thing) is done silently; what a reader should know is noted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.model.reasons import RenamedClass, Translated
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree, Value
from seqinspect.readers.elements.context import is_null
from seqinspect.readers.keras_config.keras1 import ARGUMENTS, FIRST_LAYER, RENAMED_CLASSES
from seqinspect.rules import COMMON, Rule, find_rule

if TYPE_CHECKING:
    from seqinspect.model.reasons import Translation
    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.rules import Parameter

CLASSES = {
    **RENAMED_CLASSES,
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "CuDNNGRU": "GRU",
    "Deconvolution3D": "Conv3DTranspose",
    "Layer": "Identity",
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
    "TimeDistributedDense": "Dense",
}
"""Classes that Keras 3 calls otherwise, or no longer has beside another that does the same."""

MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "min": "Minimum",
    "mul": "Multiply",
    "sum": "Add",
}
"""What Keras 1 made of several tensors, by the `mode` of its Merge."""

DROPPED = {
    "Embedding": ("dropout",),
    "BatchNormalization": ("mode",),
    "MaxoutDense": ("input_dim",),
    "PReLU": ("init", "weights"),
    "ParametricSoftplus": ("alpha_init", "beta_init", "weights"),
    "SReLU": ("a_left_init", "a_right_init", "t_left_init", "t_right_init"),
    "Highway": ("input_dim", "transform_bias"),
}
"""Arguments that change no shape and no count, and that Keras 3 has no place for."""

UNUSED = frozenset({"groups", "kernel_constraint", "kernel_initializer", "kernel_regularizer"})
"""What tf.keras writes of every convolution, also of those that make nothing of it."""

OWN: dict[str, dict[str, str]] = {
    "CuDNNGRU": {},
    "LocallyConnected1D": {},
    "LocallyConnected2D": {},
    "ThresholdedReLU": {"theta": "threshold"},
    "UpSampling1D": {"length": "size"},
}
"""Arguments with another name in one class only."""

REGULARIZERS = {
    "ActivityRegularizer": "L1L2",
    "L1L2Regularizer": "L1L2",
    "L1Regularizer": "L1",
    "L2Regularizer": "L2",
    "WeightRegularizer": "L1L2",
}

ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
VERSIONED = re.compile(r"(.+)V[12]")

Entries: TypeAlias = "dict[str, tuple[Scalar, Tree]]"


def translate_to_keras3(
    context: ReaderContext, kind: str, config: Mapping
) -> tuple[str, Mapping, list[Translation]]:
    """Return class and arguments of a layer in the words of Keras 3, and what was changed."""
    entries: Entries = {key.text: (key, value) for key, value in config.entries}
    name = CLASSES.get(kind, kind)
    versioned = VERSIONED.fullmatch(name)
    if versioned and find_rule(name) is None and find_rule(versioned[1]) is not None:
        name = versioned[1]
    changes: list[Translation] = []
    if kind == "Merge":
        name = _merge(entries)
    elif name != kind:
        changes.append(RenamedClass(kind))
    if kind.startswith("Deconvolution") and entries.pop("output_shape", None) is not None:
        changes.append(Translated.SHAPE_FROM_KERNEL)
    rule = find_rule(name)
    if rule is None:
        return name, config, []
    for text in DROPPED.get(name, ()):
        entries.pop(text, None)
    if "kernel_size" in rule.options:
        for text in UNUSED - rule.options.keys():
            entries.pop(text, None)
    for old, new in OWN.get(kind, {}).items():
        _rename(entries, old, new)
    _kernel(entries, rule)
    for old in [text for text in entries if text not in rule.options and text not in COMMON]:
        new = _current_name(rule, old)
        if new and old not in FIRST_LAYER:
            _rename(entries, old, new)
    if context.keras[:1] in ("1", "2") and not rule.traits.weightless and _of_input(entries):
        del entries["dtype"]
    _data_format(context, entries, rule)
    if rule.name == "GRU" and "reset_after" not in entries:
        if kind == "CuDNNGRU":
            _put(entries, "reset_after", True, config)
        elif context.keras[:1] in ("1", "2") or "implementation" in entries:
            _put(entries, "reset_after", False, config)
            changes.append(Translated.RESET_AFTER_FALSE)
    if context.keras.startswith("1") and _takes_default(rule, entries):
        _put(entries, "recurrent_activation", "hard_sigmoid", config)
        changes.append(Translated.HARD_SIGMOID)
    if kind == "TimeDistributedDense":
        changes[:] = [Translated.DENSE_PER_STEP]
    if kind == "ThresholdedReLU" and "threshold" not in entries:
        _put(entries, "threshold", 1.0, config)
    for text, (key, value) in list(entries.items()):
        entries[text] = (key, _value(text, value))
    return name, _mapping(entries, config), changes


def find_parameter(rule: Rule, kind: str, name: str) -> Parameter | None:
    """Return the parameter that an argument of a class is, by its name of any era."""
    name = OWN.get(kind, {}).get(name, name)
    return (
        rule.options.get(name)
        or rule.common.get(name)
        or rule.options.get(_current_name(rule, name))
    )


def _takes_default(rule: Rule, entries: Entries) -> bool:
    """Tell whether a recurrent layer says nothing of the activation of its gates."""
    name = "recurrent_activation"
    return name in rule.options and name not in entries and rule.traits.recurrent


def _current_name(rule: Rule, old: str) -> str:
    """Return what Keras 3 calls an argument of older ones; empty where it has none."""
    return next((each for each in ARGUMENTS.get(old, ()) if each in rule.options), "")


def _of_input(entries: Entries) -> bool:
    """Tell whether the dtype is that of the input, as Keras 2.0 had it: weights are floats."""
    dtype = entries["dtype"][1] if "dtype" in entries else None
    return isinstance(dtype, Scalar) and re.fullmatch(r"u?int\d+|bool", dtype.text) is not None


def _merge(entries: Entries) -> str:
    """Return the class that does what a Merge of Keras 1 did, with its arguments."""
    mode = entries["mode"][1] if "mode" in entries else None
    text = mode.text if isinstance(mode, Scalar) else "sum"
    name = MERGES.get(text, "")
    if name == "Concatenate":
        _rename(entries, "concat_axis", "axis")
    elif name == "Dot":
        _rename(entries, "dot_axes", "axes")
        if "axes" not in entries and mode is not None:
            _put(entries, "axes", -1, mode)  # its default
        if text == "cos" and mode is not None:
            _put(entries, "normalize", True, mode)
    merge_arguments = {"name", "trainable", "axis", "axes", "normalize", "dtype"}
    for other in [key for key in entries if key not in merge_arguments]:
        del entries[other]
    return name or "Merge"


def _kernel(entries: Entries, rule: Rule) -> None:
    """Put the sizes of a kernel together, which Keras 1 gave one by one."""
    if "kernel_size" not in rule.options or "kernel_size" in entries:
        return
    cube = ("kernel_dim1", "kernel_dim2", "kernel_dim3")
    names = ["nb_row", "nb_col"] if "nb_row" in entries else [*cube]
    parts = [entries[name] for name in names if name in entries]
    if parts:
        key = parts[0][0]
        sizes = Sequence(tuple(value for _, value in parts), key.line, key.column)
        new = Scalar("kernel_size", "kernel_size", True, key.line, key.column)
        for name in names:
            entries.pop(name, None)
        entries["kernel_size"] = (new, sizes)


def _data_format(context: ReaderContext, entries: Entries, rule: Rule) -> None:
    """Say where the channels are in the words of Keras 2; Keras 1.2 may leave it out."""
    data_format = entries.get("data_format")
    if data_format is not None and isinstance(data_format[1], Scalar):
        new = ORDERINGS.get(data_format[1].text) or (
            context.data_format if data_format[1].text == "default" else ""
        )
        if new or data_format[1].text == "default":
            key, old = data_format
            del entries["data_format"]
            if new:
                entries["data_format"] = (key, Scalar(new, new, True, old.line, old.column))
    elif (
        data_format is None
        and context.keras.startswith("1")
        and context.data_format
        and "data_format" in rule.options
        and not rule.name.endswith("1D")
        and rule.name != "Flatten"
    ):
        at = next(iter(entries.values()), None)
        if at is not None:
            _put(entries, "data_format", context.data_format, at[0])


def _value(name: str, value: Tree) -> Tree:
    """Return a value as Keras 2 and 3 write it: objects of Keras 1 have their name inside."""
    if isinstance(value, Mapping) and value.get("class_name") is None:
        kind = value.get("name")
        if isinstance(kind, Scalar) and name.endswith(("_regularizer", "_constraint")):
            return _object(kind, value)
    if name.endswith("_constraint") and isinstance(value, Mapping):
        config = value.get("config")
        if isinstance(config, Mapping) and config.get("m") is not None:
            inner = _mapping(_renamed(config, {"m": "max_value"}), config)
            entries = {k.text: (k, inner if k.text == "config" else v) for k, v in value.entries}
            return _mapping(entries, value)
    return value


def _object(kind: Scalar, value: Mapping) -> Tree:
    """Turn {name: L2, l2: 0.1} into {class_name: L2, config: {l2: 0.1}}."""
    text = REGULARIZERS.get(kind.text, kind.text)
    inner = {k: v for k, v in _renamed(value, {"m": "max_value"}).items() if k != "name"}
    entries: Entries = {}
    _put(entries, "class_name", text, kind)
    key = Scalar("config", "config", True, value.line, value.column)
    entries["config"] = (key, _mapping(inner, value))
    return _mapping(entries, value)


def _renamed(mapping: Mapping, names: dict[str, str]) -> Entries:
    entries: Entries = {key.text: (key, value) for key, value in mapping.entries}
    for old, new in names.items():
        _rename(entries, old, new)
    return entries


def _rename(entries: Entries, old: str, new: str) -> None:
    """Give an argument its new name, unless it is there already."""
    if old not in entries:
        return
    key, value = entries.pop(old)
    if new in entries or (is_null(value) and new != "units"):
        return
    entries[new] = (Scalar(new, new, True, key.line, key.column), value)


def _put(entries: Entries, name: str, value: Value, at: Tree) -> None:
    key = Scalar(name, name, True, at.line, at.column)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    quoted = isinstance(value, str)
    entries[name] = (key, Scalar(value, text, quoted, at.line, at.column))


def _mapping(entries: Entries, at: Tree) -> Mapping:
    nodes = {name: value for name, (_, value) in entries.items()}
    pairs = tuple(
        (key if key.text == name else Scalar(name, name, True, key.line, key.column), value)
        for name, (key, value) in entries.items()
    )
    return Mapping(pairs, nodes, at.line, at.column)
