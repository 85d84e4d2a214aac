"""The further arguments of a call: tensors by name (`initial_state`), and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.tree import Scalar, Sequence
from seqinspect.readers.elements.context import ReaderContext, is_null, plain_value
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import read_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.model.graph import Layer, Node, Ref
    from seqinspect.model.tree import Tree
    from seqinspect.readers.elements.entry import Entry

    Find = Callable[[Tree, str], Ref | None]


def _read_unsupported_arguments(
    context: ReaderContext, entry: Entry, find: Find
) -> dict[str, object]:
    """Read the tensors among the further arguments of a call that no rule states."""
    arguments: dict[str, object] = {}
    for key, value in entry.call.entries if entry.call is not None else ():
        items = value.items if isinstance(value, Sequence) else (value,)
        refs = [find(item, key.text) for item in items if isinstance(item, Scalar) and item.quoted]
        if entry.unsupported is not None:
            arguments[key.text] = tuple(ref for ref in refs if ref)
    return arguments


def read_call_arguments(
    context: ReaderContext, entry: Entry, layer: Layer, find: Find, calls: Mapping[str, Node]
) -> dict[str, object]:
    """Read the further arguments of a call: tensors by name, and flags."""
    rule = find_rule(layer.type)
    arguments: dict[str, object] = {}
    if entry.call is None:
        return arguments
    if context.keras and (rule is None or layer.unsupported is not None):
        return _read_unsupported_arguments(context, entry, find)
    if rule is None:
        if layer.graph is not None:
            context.report(
                entry.call, "a model is called on tensors alone", about="call",
                remedy="name all of its inputs in `from`",
            )  # fmt: skip
        elif layer.unsupported is not None and layer.unsupported.target:
            context.report(
                entry.call, "a custom class is called on tensors alone", about="call",
                remedy="name them in `from`",
            )  # fmt: skip
        return arguments
    for key, value in entry.call.entries:
        parameter = rule.calls.get(key.text)
        entry.places.setdefault(key.text, context.place(value))
        if parameter is None and context.keras:
            continue  # `training`, and a mask where it changes nothing
        if parameter is None:
            near = nearest(key.text, rule.calls)
            context.report(
                key,
                f"the call of {rule.name} has no argument `{truncate(key.text)}`",
                about="call",
                expected=", ".join(rule.calls),
                remedy=f"did you mean `{near}`?" if near else "",
            )
        elif is_null(value):
            continue
        elif not parameter.kind.startswith("Tensor"):
            try:
                arguments[key.text] = read_argument(
                    key.text, parameter.kind, plain_value(value), context
                )
            except SpecError as error:
                context.report_error(error, value, rule.name, key.text)
        elif isinstance(value, Sequence):
            refs = [find(item, key.text) for item in value.items]
            arguments[key.text] = tuple(ref for ref in refs if ref)
        else:
            ref = find(value, key.text)
            if ref is not None:
                arguments[key.text] = ref
                if key.text == "initial_state" and not context.keras:
                    from seqinspect.readers.dialect.suggestions import (  # noqa: PLC0415 - few specs need it
                        check_all_states,
                    )

                    check_all_states(context, value, layer, calls.get(ref.name))
    return arguments
