"""Class names in entries: which name is the class, and what to say of one that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar
from seqinspect.readers.dialect.arguments import BESIDE
from seqinspect.readers.dialect.context import Reading, written
from seqinspect.readers.dialect.names import nearest
from seqinspect.readers.keras_config.keras1 import CLASSES, RENAMED_CLASSES
from seqinspect.readers.source.limits import shown
from seqinspect.rules import MODULES, find_rule
from seqinspect.rules.exclusions import EXCLUDED
from seqinspect.rules.index import INPUT_NAMES, MODEL_NAMES

if TYPE_CHECKING:
    from seqinspect.readers.dialect.entry import Entry

EXAMPLE = "- LSTM: {units: 8}"
TYPED = ("type", "class", "layer", "layer_type")
"""Words by which other formats say the class."""


def class_key(reading: Reading, node: Mapping) -> Scalar | None:
    """Find the class name among the names of an entry; report those that have no business there."""
    names = [key for key, _ in node.entries if key.text not in BESIDE]
    if not names:
        reading.report(
            node,
            "an entry without a layer",
            about="entry",
            expected=f"the name of a class with its arguments, such as {EXAMPLE}",
        )
        return None
    if len(names) == 1 and names[0].text not in TYPED:
        return names[0]
    known = [key for key in names if _is_known(reading, key.text)]
    if not known and (typed := _typed(reading, node)) is not None:
        return typed
    capital = [key for key in names if key.text[:1].isupper()]
    chosen = (known or capital or names)[0]
    for key in names:
        if key is chosen:
            continue
        if key in known:
            what = f"two layers in one entry: {shown(chosen.text)} and {shown(key.text)}"
            remedy = f"start the second one with a dash: - {shown(key.text)}"
        else:
            near = nearest(key.text, BESIDE)
            rule = find_rule(chosen.text)
            what = f"`{shown(key.text)}` stands beside {shown(chosen.text)}"
            if rule is not None and key.text in rule.calls:
                remedy = f"write call: {{{key.text}: {written(node.get(key.text) or key)}}}"
            elif near:
                remedy = f"did you mean `{near}`?"
            else:
                remedy = (
                    f"arguments stand inside: {shown(chosen.text)}: {{{shown(key.text)}: …}},"
                    " or indented further"
                )
        reading.report(
            key,
            what,
            about="entry",
            received=shown(key.text),
            expected=f"one class, and beside it {', '.join(BESIDE)}",
            remedy=remedy,
        )
    return chosen


def _typed(reading: Reading, node: Mapping) -> Scalar | None:
    """Find the class in {type: LSTM, units: 8}, and report that it is no value but the name."""
    for word in TYPED:
        value = node.get(word)
        if not isinstance(value, Scalar):
            continue
        same = next((name for name in MODULES if name.lower() == value.text.lower()), value.text)
        if not _is_known(reading, same):
            continue
        given = [
            f"{key.text}: {written(item)}"
            for key, item in node.entries
            if key.text != word and key.text not in BESIDE
        ]
        entry = f"{same}: {{{', '.join(given)}}}" if given else same
        reading.report(
            node.key(word) or value,
            f"`{word}` is no layer",
            about="entry",
            received=f"{word}: {value.text}",
            expected=f"the name of a class with its arguments, such as {EXAMPLE}",
            remedy=f"write {shown(entry, 150)}",
        )
        return Scalar(same, same, True, value.line, value.column)
    return None


def _is_known(reading: Reading, name: str) -> bool:
    return (
        find_rule(name) is not None
        or name in MODEL_NAMES
        or name in INPUT_NAMES
        or name in reading.custom
    )


def refuse_class(reading: Reading, entry: Entry) -> None:
    """Report a class that is no known layer, and the one that was probably meant."""
    from seqinspect.readers.dialect.pasted_code import base_of, meant_by  # noqa: PLC0415 - only an error needs it

    name, base = entry.type, base_of(entry.type)
    remedy = CLASSES.get(base, "")
    if base in RENAMED_CLASSES:
        remedy = f"Keras calls it {RENAMED_CLASSES[base]} since version 2"
    reason = EXCLUDED.get(base, "")
    near = ""
    if not (remedy or reason):
        others = (*MODEL_NAMES, *INPUT_NAMES)
        known, remedy = meant_by(name, others)
        if not known:
            known = near = nearest(base, [*MODULES, *others])
            if near and base != name and base[:1].isupper():
                _, remedy = meant_by(name.replace(base, near, 1), others)
        entry.type = known or name
    reading.report(
        entry.node,
        f"{base} {reason}" if reason else f"unknown layer {shown(name)}",
        about="unknown layer",
        received=shown(name),
        expected="the name of a Keras layer; `seqinspect layers` lists them",
        remedy=remedy
        or (f"did you mean {near}?" if near else "name a class of your own under `custom`"),
        renamed=RENAMED_CLASSES.get(name, ""),
    )
