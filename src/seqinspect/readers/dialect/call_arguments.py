"""The further arguments of a call: tensors by name (`initial_state`), and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.tree import Scalar, Sequence
from seqinspect.readers.dialect.context import Reading, is_null, plain
from seqinspect.readers.dialect.names import nearest
from seqinspect.readers.source.limits import shown
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import read_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.model.graph import Layer, Node, Ref
    from seqinspect.model.tree import Tree
    from seqinspect.readers.dialect.entry import Entry

    Find = Callable[[Tree, str], Ref | None]


def _of_unsupported(reading: Reading, entry: Entry, find: Find) -> dict[str, object]:
    """Read the tensors among the further arguments of a call that no rule states."""
    found: dict[str, object] = {}
    for key, value in entry.call.entries if entry.call is not None else ():
        items = value.items if isinstance(value, Sequence) else (value,)
        refs = [find(item, key.text) for item in items if isinstance(item, Scalar) and item.quoted]
        if entry.unsupported is not None:
            found[key.text] = tuple(ref for ref in refs if ref)
    return found


def call_arguments(
    reading: Reading, entry: Entry, layer: Layer, find: Find, calls: Mapping[str, Node]
) -> dict[str, object]:
    """Read the further arguments of a call: tensors by name, and flags."""
    rule = find_rule(layer.type)
    found: dict[str, object] = {}
    if entry.call is None:
        return found
    if reading.keras and (rule is None or layer.unsupported is not None):
        return _of_unsupported(reading, entry, find)
    if rule is None:
        if layer.graph is not None:
            reading.report(
                entry.call, "a model is called on tensors alone", about="call",
                remedy="name all of its inputs in `from`",
            )  # fmt: skip
        elif layer.unsupported is not None and layer.unsupported.target:
            reading.report(
                entry.call, "a class of your own is called on tensors alone", about="call",
                remedy="name them in `from`",
            )  # fmt: skip
        return found
    for key, value in entry.call.entries:
        parameter = rule.calls.get(key.text)
        entry.places.setdefault(key.text, reading.place(value))
        if parameter is None and reading.keras:
            continue  # `training`, and a mask where it changes nothing
        if parameter is None:
            near = nearest(key.text, rule.calls)
            reading.report(
                key,
                f"the call of {rule.name} has no argument `{shown(key.text)}`",
                about="call",
                expected=", ".join(rule.calls),
                remedy=f"did you mean `{near}`?" if near else "",
            )
        elif is_null(value):
            continue
        elif not parameter.kind.startswith("Tensor"):
            try:
                found[key.text] = read_argument(key.text, parameter.kind, plain(value), reading)
            except SpecError as error:
                reading.take(error, value, rule.name, key.text)
        elif isinstance(value, Sequence):
            refs = [find(item, key.text) for item in value.items]
            found[key.text] = tuple(ref for ref in refs if ref)
        else:
            ref = find(value, key.text)
            if ref is not None:
                found[key.text] = ref
                if key.text == "initial_state" and not reading.keras:
                    from seqinspect.readers.dialect.suggestions import (  # noqa: PLC0415 - few specs need it
                        check_all_states,
                    )

                    check_all_states(reading, value, layer, calls.get(ref.name))
    return found
