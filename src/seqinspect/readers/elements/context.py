"""Reader context: what the readers of one spec share, its text, sizes and problems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seqinspect.algebra.expression import Expr, literal
from seqinspect.errors import Place, SpecError, refuse
from seqinspect.model.tree import Document, Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.expression import parse_size
from seqinspect.readers.source.characters import describe_character
from seqinspect.readers.source.limits import Limits, truncate
from seqinspect.readers.source.names import nearest
from seqinspect.readers.source.problems import MAX_PROBLEMS, ProblemCollector
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable


class ReaderContext:
    """One spec that is being read; its problems are collected and raised together."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document: Final = document
        self.limits: Final = limits
        self.file: Final = document.source.file
        self.sizes: Final[dict[str, Expr]] = {}
        self.numbers: Final[dict[str, float]] = {}  # under `dims`, of arguments that are no sizes
        self.custom: Final[dict[str, str]] = {}
        self.arguments: Final[dict[object, dict[str, object]]] = {}  # of equal layers, read once
        self.generated_names: Final[set[str]] = set()  # names of sizes that were made up
        self.keras = ""  # the version that wrote a config; empty for a spec of the dialect
        self.saved = False  # whether Keras wrote the file, with every default
        self.data_format = ""  # the data_format of a Keras 1 model, whose layers may leave it out
        self.problems: Final = ProblemCollector(document.source, limits)

    @property
    def problem_count(self) -> int:
        """How many problems were found so far."""
        return len(self.problems.found)

    def place(self, node: Tree) -> Place:
        """Say where a value stands."""
        return self.document.place(node)

    def report(
        self,
        node: Tree,
        what: str,
        *,
        about: str,
        received: str | None = None,
        expected: str = "",
        remedy: str = "",
        renamed: str = "",
    ) -> None:
        """Collect a problem of a value; by default, the value is what was received."""
        self.problems.report(
            node.line,
            node.column,
            what,
            about=about,
            received=format_node(node) if received is None else received,
            expected=expected,
            remedy=remedy,
            renamed=renamed,
        )

    def report_error(self, error: SpecError, node: Tree, owner: str = "", name: str = "") -> None:
        """Collect the problems of an error with their place, and name the `owner` of the value."""
        for problem in error.problems:
            what = problem.what
            if name and not what.startswith(f"`{name}`"):
                what = f"`{name}`: {what}"
            if owner:
                what = f"{owner}{' ' if owner.islower() else ': '}{what}"
            place = problem.place or self.place(node)
            remedy, undefined = problem.remedy, problem.undefined
            if isinstance(node, Scalar) and node.text in PYTHON_WORDS and not node.quoted:
                remedy, undefined = f"YAML writes {PYTHON_WORDS[node.text]}", ""
            self.problems.found.append(
                replace(
                    problem,
                    what=what,
                    received=problem.received or format_node(node),
                    place=place,
                    remedy=remedy,
                    undefined=undefined,
                    line=problem.line or self.document.excerpt(place),
                )
            )
            if self.problem_count >= MAX_PROBLEMS:
                raise SpecError(*self.problems.found)

    def size(self, value: object) -> Expr:
        """Return the size that a number, a name or an expression stands for."""
        if isinstance(value, Expr):  # of code, whose reader knows the formula
            return value
        if isinstance(value, int):
            return literal(value)
        try:
            return parse_size(str(value), self.sizes, limits=self.limits)
        except SpecError:
            words = re.findall(r"\w+", str(value))
            if name := next((word for word in words if word in self.numbers), ""):
                refuse(
                    f"`{name}` is no size: it is {self.numbers[name]} under `dims`",
                    received=str(value),
                    expected="an integer, or a name of one",
                    about="value",
                )
            raise

    def number(self, name: str) -> float | int | None:
        """Return the number that a name under `dims` stands for; None where there is none."""
        size = self.sizes.get(name)
        return self.numbers.get(name) if size is None else size.value

    def layer(self, value: object) -> object:
        """Refuse a layer where only plain values can stand: layers are read by their own part."""
        refuse("a layer cannot stand here", received=type(value).__name__)

    def report_unknown_keys(
        self, node: Mapping, known_keys: Iterable[str], what: str, *, ignored: Iterable[str] = ()
    ) -> None:
        """Report every key of a mapping that is not known there; those in `ignored` are skipped."""
        names = list(known_keys)
        passed = {*names, *ignored}
        for key, _ in node.entries:
            if key.text not in passed:
                near = nearest(key.text, names)
                self.report(
                    key,
                    f"{what} has no `{truncate(key.text)}`",
                    about="unknown key",
                    expected=", ".join(names),
                    remedy=f"did you mean `{near}`?" if near else "remove it",
                )

    def checked_name(self, node: Tree, what: str) -> str | None:
        """Return a name, if Keras and every output can hold it; None, and a problem, if not."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.report(
                node,
                f"{what} must be a string",
                about="name",
                expected="a string",
                remedy=f'quote it: "{node.text}"'
                if isinstance(node, Scalar) and node.text
                else "write a name, or leave it out",
            )
            return None
        # Keras 1 and 2 allowed it, and their own applications used it.
        name = node.value.replace("/", "_") if self.keras else node.value
        strange = next((c for c in name if not (c.isprintable() or c in JOINERS) or c == "/"), "")
        if strange:
            what += f" cannot hold {describe_character(strange) if strange != '/' else '`/`'}"
            remedy = "Keras keeps it for the names of weights" if strange == "/" else ""
            self.report(node, what, about="name", remedy=remedy)
        elif not name.strip():
            self.report(node, f"{what} is empty", about="name", remedy="write one, or leave it out")
        elif len(name) > self.limits.name:
            self.report(
                node,
                f"{what} has {len(name):,} characters",
                **self.limits.exceeded("name"),
            )
        else:
            return name
        return None


JOINERS = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})
"""What makes one sign of several (an emoji of a flag, of a person with a trade); shown escaped."""

PYTHON_WORDS = {"None": "null", "NULL": "null"}


def format_node(node: Tree, depth: int = 2) -> str:
    """Show a value as it was written, in one short line."""
    if isinstance(node, Scalar):
        text = truncate(node.text)
        return f'"{text}"' if node.quoted else text or "null"
    if isinstance(node, Sequence):
        if not node.items:
            return "[]"
        items = [format_node(item, depth - 1) for item in node.items[:6]] if depth else ["…"]
        return truncate(f"[{', '.join(items)}{', …' if len(node.items) > 6 else ''}]")
    parts = [
        f"{truncate(key.text)}: {format_node(item, depth - 1) if depth else '…'}"
        for key, item in node.entries[:3]
    ]
    return truncate(f"{{{', '.join(parts)}{', …' if len(node.entries) > 3 else ''}}}")


def is_null(node: Tree) -> bool:
    """Tell whether nothing was written, or null."""
    return isinstance(node, Scalar) and node.value is None and not node.quoted


def plain_value(node: Tree) -> object:
    """Return the plain Python value of a tree."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain_value(item) for item in node.items]
    return {key.text: plain_value(item) for key, item in node.entries}
