"""Choices: names under `choices` with the values that they may take; `$name` stands for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.errors import Problem, SpecError
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, format_node
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest

if TYPE_CHECKING:
    from seqinspect.readers.dialect.dims import Overrides

USE = re.compile(r"\$([A-Za-z_]\w*)")
NAME = re.compile(r"[A-Za-z_]\w*")


def with_choices(
    context: ReaderContext, root: Mapping, overrides: Overrides
) -> tuple[Mapping, Overrides]:
    """Return a spec with a value in each place of a choice, and what --set says of sizes.

    It is the one that --set names, else the first. Raises SpecError where --set names none.
    """
    chosen: dict[str, Scalar] = {}
    for name, values in choices_of(context, root).items():
        text = overrides.get(name)
        found = next((each for each in values if text is None or each.text == str(text)), None)
        if found is None:
            raise SpecError(
                Problem(
                    f"--set: `{name}` is no such choice",
                    received=truncate(f"--set {name}={text}"),
                    expected=join_names([each.text for each in values]),
                    about="choice",
                )
            )
        chosen[name] = found
    entries = tuple(
        (key, value if key.text == "choices" else _filled(context, value, chosen))
        for key, value in root.entries
    )
    nodes = {key.text: value for key, value in entries}
    rest = {name: value for name, value in overrides.items() if name not in chosen}
    return Mapping(entries, nodes, root.line, root.column), rest


def choices_of(context: ReaderContext, root: Mapping) -> dict[str, tuple[Scalar, ...]]:
    """Return the values of each choice of a spec; what is no choice is reported."""
    node = root.get("choices")
    dims = root.get("dims")
    found: dict[str, tuple[Scalar, ...]] = {}
    if not isinstance(node, Mapping):
        if node is not None:
            context.report(
                node,
                "`choices` must be names with lists of values",
                about="choice",
                expected="choices: {act: [relu, tanh]}",
            )
        return found
    for key, value in node.entries:
        values = value.items if isinstance(value, Sequence) else ()
        plain = tuple(each for each in values if isinstance(each, Scalar) and each.text)
        if NAME.fullmatch(key.text) is None:
            what, expected = "this cannot be the name of a choice", "a word"
        elif isinstance(dims, Mapping) and dims.get(key.text) is not None:
            what, expected = f"`{key.text}` is a size, too", "a name that is not under `dims`"
        elif not plain or len(plain) < len(values):
            what = f"the choice `{key.text}` must be a list of single values"
            expected = f"{key.text}: [relu, tanh]"
        elif len({each.text for each in plain}) < len(plain):
            what, expected = f"the choice `{key.text}` has a value twice", "each value once"
        else:
            found[key.text] = plain
            continue
        context.report(
            key,
            what,
            about="choice",
            received=f"{truncate(key.text)}: {format_node(value)}",
            expected=expected,
        )
    return found


def _filled(context: ReaderContext, node: Tree, chosen: dict[str, Scalar]) -> Tree:
    """Return a value with what was chosen in every place of a choice."""
    if isinstance(node, Scalar):
        use = USE.fullmatch(node.text)
        if use is None:
            return node
        if use[1] in chosen:
            return chosen[use[1]].at(node.line, node.column)
        near = nearest(use[1], chosen)
        context.report(
            node,
            f"`{truncate(node.text)}` is no choice of this spec",
            about="choice",
            expected=join_names([f"${name}" for name in chosen]),
            remedy=f"did you mean ${near}?" if near else "name it under `choices`",
        )
        return node
    if isinstance(node, Sequence):
        items = tuple(_filled(context, item, chosen) for item in node.items)
        return Sequence(items, node.line, node.column)
    entries = []
    for key, value in node.entries:
        filled = _filled(context, key, chosen)
        entries.append(
            (filled if isinstance(filled, Scalar) else key, _filled(context, value, chosen))
        )
    nodes = {key.text: value for key, value in entries}
    if len(nodes) < len(entries):
        context.report(node, "two keys are the same with these choices", about="choice")
    return Mapping(tuple(entries), nodes, node.line, node.column)
