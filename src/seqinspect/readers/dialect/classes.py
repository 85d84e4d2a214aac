"""Class names in entries: which name is the class, and what to say of one that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar
from seqinspect.readers.dialect.arguments import ENTRY_KEYS
from seqinspect.readers.elements.context import ReaderContext, format_node
from seqinspect.readers.keras_config.keras1 import CLASSES, RENAMED_CLASSES
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.rules import MODULES, find_rule
from seqinspect.rules.index import INPUT_NAMES, MODEL_NAMES

if TYPE_CHECKING:
    from seqinspect.readers.elements.entry import Entry

EXAMPLE = "- LSTM: {units: 8}"
TYPE_KEYS = ("type", "class", "layer", "layer_type")
"""Words by which other formats say the class."""


def find_class_key(context: ReaderContext, node: Mapping) -> Scalar | None:
    """Find the class name among the names of an entry; report those that have no business there."""
    names = [key for key, _ in node.entries if key.text not in ENTRY_KEYS]
    if not names:
        context.report(
            node,
            "an entry without a layer",
            about="entry",
            expected=f"the name of a class with its arguments, such as {EXAMPLE}",
        )
        return None
    if len(names) == 1 and names[0].text not in TYPE_KEYS:
        return names[0]
    classes = [key for key in names if _is_class(context, key.text)]
    if not classes and (typed := _class_under_type_key(context, node)) is not None:
        return typed
    capital = [key for key in names if key.text[:1].isupper()]
    chosen = (classes or capital or names)[0]
    for key in names:
        if key is chosen:
            continue
        if key in classes:
            what = f"two layers in one entry: {truncate(chosen.text)} and {truncate(key.text)}"
            remedy = f"start the second one with a dash: - {truncate(key.text)}"
        else:
            near = nearest(key.text, ENTRY_KEYS)
            rule = find_rule(chosen.text)
            what = f"`{truncate(key.text)}` stands beside {truncate(chosen.text)}"
            if rule is not None and key.text in rule.calls:
                remedy = f"write call: {{{key.text}: {format_node(node.get(key.text) or key)}}}"
            elif near:
                remedy = f"did you mean `{near}`?"
            else:
                remedy = (
                    f"arguments stand inside: {truncate(chosen.text)}: {{{truncate(key.text)}: …}},"
                    " or indented further"
                )
        context.report(
            key,
            what,
            about="entry",
            received=truncate(key.text),
            expected=f"one class, and beside it {', '.join(ENTRY_KEYS)}",
            remedy=remedy,
        )
    return chosen


def _class_under_type_key(context: ReaderContext, node: Mapping) -> Scalar | None:
    """Find the class in {type: LSTM, units: 8}, and report that it is no value but the name."""
    for word in TYPE_KEYS:
        value = node.get(word)
        if not isinstance(value, Scalar):
            continue
        same = next((name for name in MODULES if name.lower() == value.text.lower()), value.text)
        if not _is_class(context, same):
            continue
        candidates = [
            f"{key.text}: {format_node(item)}"
            for key, item in node.entries
            if key.text != word and key.text not in ENTRY_KEYS
        ]
        entry = f"{same}: {{{', '.join(candidates)}}}" if candidates else same
        context.report(
            node.key(word) or value,
            f"`{word}` is no layer",
            about="entry",
            received=f"{word}: {value.text}",
            expected=f"the name of a class with its arguments, such as {EXAMPLE}",
            remedy=f"write {truncate(entry, 150)}",
        )
        return Scalar(same, same, True, value.line, value.column)
    return None


def _is_class(context: ReaderContext, name: str) -> bool:
    return (
        find_rule(name) is not None
        or name in MODEL_NAMES
        or name in INPUT_NAMES
        or name in context.custom
    )


def refuse_class(context: ReaderContext, entry: Entry) -> None:
    """Report a class that is no known layer, and the one that was probably meant."""
    from seqinspect.readers.dialect.pasted_code import class_name_in, entry_for_code  # noqa: PLC0415 - only an error needs it

    name, base = entry.type, class_name_in(entry.type)
    before, colon, value = name.partition(":")
    if colon and value and not value[0].isspace() and _is_class(context, before):
        context.report(
            entry.node,
            f"`{truncate(name)}` is one word",
            about="unknown layer",
            expected="a class, a colon, a space, and its argument",
            remedy=f"put a space after the colon: - {before}: {truncate(value)}",
        )
        entry.type = before
        return
    remedy = CLASSES.get(base, "")
    if base in RENAMED_CLASSES:
        remedy = f"Keras calls it {RENAMED_CLASSES[base]} since version 2"
    from seqinspect.rules.exclusions import EXCLUDED  # noqa: PLC0415 - only an error needs it

    reason = EXCLUDED.get(base, "")
    near = ""
    if not (remedy or reason):
        others = (*MODEL_NAMES, *INPUT_NAMES)
        known, remedy = entry_for_code(name, others)
        if not known:
            known = near = nearest(base, [*MODULES, *others])
            if near and base != name and base[:1].isupper():
                _, remedy = entry_for_code(name.replace(base, near, 1), others)
        entry.type = known or name
    context.report(
        entry.node,
        f"{base} {reason}" if reason else f"unknown layer {truncate(name)}",
        about="unknown layer",
        received=truncate(name),
        expected="the name of a Keras layer; `seqinspect layers` lists them",
        remedy=remedy
        or (f"did you mean {near}?" if near else "name a custom class under `custom`"),
        renamed=RENAMED_CLASSES.get(name, ""),
    )
