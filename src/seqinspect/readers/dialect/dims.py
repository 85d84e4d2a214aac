"""The block `dims`: names of sizes, their numbers and their definitions; and `--set`."""

from __future__ import annotations

import re
from collections.abc import Mapping as Names
from math import isfinite, nan
from typing import TypeAlias

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.errors import Problem, SpecError
from seqinspect.model.tree import Mapping, Scalar, Tree
from seqinspect.readers.elements.context import ReaderContext, is_null
from seqinspect.readers.elements.expression import parse_size
from seqinspect.readers.elements.names import check_name
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import replace

Overrides: TypeAlias = Names[str, str | int]

WHOLE = re.compile(r"([0-9]{1,15})\.0*")
"""An integer that is written as a float: it may be meant for a size."""

UNKNOWN_WORDS = frozenset({"null", "None", "~"})
"""What `--set` takes for a size that is not known."""


def read_dims(context: ReaderContext, node: Tree | None, overrides: Overrides) -> dict[str, Expr]:
    """Read the named sizes in order, each may use the ones before it; return their definitions.

    Numbers that are no sizes become those of the context.
    """
    entries: tuple[tuple[Scalar, Tree], ...] = ()
    if isinstance(node, Mapping):
        entries = node.entries
    elif node is not None and not is_null(node):
        context.report(
            node, "`dims` must be names with sizes", about="dims", expected="dims: {T: 10, n: 8}"
        )
    if len(entries) > context.limits.sizes:
        context.report(
            entries[0][0],
            f"there are too many sizes: {len(entries):,}",
            **context.limits.exceeded("sizes"),
        )
        raise SpecError(*context.problems.found)
    names = {key.text: index for index, (key, _) in enumerate(entries)}
    for name, value in overrides.items():
        if name not in names:
            _refuse_override(context, name, value, list(names))
    definitions: dict[str, Expr] = {}
    for key, tree in entries:
        name = key.text
        try:
            check_name(name, limits=context.limits)
        except SpecError as error:
            context.report_error(error, key)
            continue
        if _read_number(context, name, tree, overrides.get(name)):
            continue
        if name in overrides:
            formula = _formula_of_override(context, name, str(overrides[name]), names)
        else:
            formula = _formula_in_file(context, name, tree, names)
        if formula is None:
            context.sizes[name] = symbol(name)
        elif formula.is_constant:
            context.sizes[name] = symbol(name, formula.value)
        else:
            context.sizes[name] = symbol(name, definition=formula)
            definitions[name] = formula
    return definitions


def _read_number(context: ReaderContext, name: str, tree: Tree, override: str | int | None) -> bool:
    """Read a number that is no size, such as a rate: the file writes it with a fraction."""
    if not isinstance(tree, Scalar) or not isinstance(tree.value, float):
        return False
    if WHOLE.fullmatch(tree.text) or not isfinite(tree.value):
        return False
    number = tree.value
    if override is not None:
        try:
            number = float(override)
        except ValueError:
            number = nan
        if not isfinite(number):
            received = truncate(f"--set {name}={override}")
            what = f"--set: `{name}` is a number"
            raise SpecError(Problem(what, received, f"a number such as {tree.text}", about="dims"))
    context.numbers[name] = number
    return True


def _formula_in_file(
    context: ReaderContext, name: str, tree: Tree, order: Names[str, int]
) -> Expr | None:
    """Return the formula that the file gives a size; None if it leaves it open."""
    if is_null(tree):
        return None
    if not isinstance(tree, Scalar) or isinstance(tree.value, bool | float):
        whole = isinstance(tree, Scalar) and WHOLE.fullmatch(tree.text)
        context.report(
            tree,
            f"the size `{name}` is no integer",
            about="dims",
            expected="an integer, arithmetic over the names above it, or null if not known",
            remedy=f"write {whole[1]}" if whole else "",
        )
        return None
    try:
        formula = parse_size(tree.text, context.sizes, limits=context.limits)
    except SpecError as error:
        context.report_error(_explain_order(error, name, tree.text, order), tree, "the size", name)
        return None
    problem = _below_one(name, formula)
    if problem:
        context.report(tree, problem, about="dims", expected="an integer above 0")
        return None
    return formula


def _formula_of_override(
    context: ReaderContext, name: str, text: str, order: Names[str, int]
) -> Expr | None:
    """Return the formula that `--set` gives a size; None if it leaves it open."""
    if text.strip() in UNKNOWN_WORDS:
        return None
    received = truncate(f"--set {name}={text}")
    try:
        formula = parse_size(text, context.sizes, limits=context.limits)
    except SpecError as error:
        raise SpecError(
            *(
                replace(problem, what=f"--set {name}: {problem.what}", received=received)
                for problem in _explain_order(error, name, text, order).problems
            )
        ) from None
    below = _below_one(name, formula)
    if below:
        raise SpecError(Problem(f"--set: {below}", received, "an integer above 0", about="dims"))
    return formula


def _below_one(name: str, formula: Expr) -> str:
    """Say that a size is below 1, if it is: formulas are simplified as sizes above 0."""
    if not formula.is_below(1):
        return ""
    how = "" if formula.is_constant else f"{formula.text()} = "
    return f"the size `{name}` is below 1: {how}{formula.shown}"


def _explain_order(error: SpecError, name: str, text: str, order: Names[str, int]) -> SpecError:
    """Say of a name that stands below that it does, instead of that it is not known."""
    below = (word for word in re.findall(r"\w+", text) if order.get(word, -1) >= order[name])
    used = next(below, "")
    if not used or error.problems[0].about != "unknown dim":
        return error
    remedy = (
        f"`{name}` cannot be defined by itself"
        if used == name
        else f"a size may use the names above it: move `{used}` above `{name}`"
    )
    return SpecError(*(replace(problem, remedy=remedy, undefined="") for problem in error.problems))


def _refuse_override(context: ReaderContext, name: str, value: str | int, names: list[str]) -> None:
    near = nearest(name, names)
    raise SpecError(
        Problem(
            f"--set names no size of {context.file}",
            truncate(f"--set {name}={value}"),
            join_names(names) or "a spec with `dims`",
            f"did you mean `{near}`?" if near else "name it under `dims` first",
            about="unknown dim",
        )
    )
