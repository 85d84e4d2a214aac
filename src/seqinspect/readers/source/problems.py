"""What is wrong with a YAML file: problems in order, and the parser's own in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.tree import Scalar
from seqinspect.readers.source.limits import Limits, truncate
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml.error import MarkedYAMLError

    from seqinspect.model.tree import Source, Tree

# Parts of parentheses that are put together again: shapes are short.
MAX_PARTS = 12

# Problems of one file that are reported at once.
MAX_PROBLEMS = 20

# Part of the parser's message → what it means, and the remedy. The first that fits is taken; the
# wordings of libyaml and of PyYAML's own parser differ a little.
PARSER_MESSAGES = (
    ("mapping values are not allowed", "a colon makes this a name with a value, which cannot stand"
     " here", "check how far this line and the one above are indented, that each name has a space"
     " after its colon, also a class with something below it (`- Concatenate:`), and quote a string"
     " that holds `: `"),
    ("could not find expected ':'", "a name without a colon", "write `name: value`, with a space"
     " after the colon"),
    ("',' or ']'", "a `[` is not closed, or a comma is missing", "close it with `]`, and put commas"
     " between the values"),
    ("',' or '}'", "a `{` is not closed, or a comma is missing", "close it with `}`, and put commas"
     " between the entries"),
    ("found unexpected end of stream", "a quote is not closed", "close it with the same quote"),
    ("unexpected document indicator", "a quote is not closed", "close it with the same quote"),
    ("expected key", "this line does not continue the mapping", "check how far it is indented, and"
     " that the string before it ends where it should"),
    ("expected '-' indicator", "this line does not continue the list", "start it with `- `, or"
     " check how far it is indented"),
    ("<block end>", "this line does not continue what is above it", "check how far it is indented,"
     " and that the string before it ends where it should"),
    ("block sequence entries are not allowed", "a list cannot start here", "start it on a line of"
     " its own"),
    ("mapping keys are not allowed", "a `?` cannot stand here", "quote it"),
    ("node content", "a value is missing", "check the commas and brackets; quote a string that"
     " holds one of `[ ] { } ,`"),
    ("<document start>", "something follows after the end of the spec", "check the brackets and"
     " how far the lines are indented"),
    ("unknown escape character", "an escape that YAML does not know", "write `\\\\` for a"
     " backslash, or use single quotes"),
    ("invalid Unicode character escape", "an escape of what is not a character", "write the"
     " character itself"),
    ("expected hexdecimal number", "an unfinished escape", "write `\\\\` for a backslash, or use"
     " single quotes"),
    ("undefined tag handle", "tags cannot be used in a spec", "remove the tag (the word that starts"
     " with `!`)"),
    ("incompatible YAML document", "this version of YAML is not known", "write `%YAML 1.2`, or take"
     " the line out"),
    ("scanning an anchor", "an `&` without a name", "quote a string that starts with `&`"),
    ("scanning an alias", "a `*` without a name", "quote a string that starts with `*`"),
    ("scanning a directive", "a line that starts with `%` is an instruction to YAML", "quote the"
     " string, or remove the line"),
    ("scanning a block scalar", "a `|` or `>` begins a string of several lines", "quote a string"
     " that starts with `|` or `>`"),
    ("a tab", "a tab cannot indent", "indent with spaces"),
)  # fmt: skip

# A class without a colon, and an output as Python would index it.
CLASS_WITHOUT_COLON = r"( *)- +([A-Z]\w*) *(?:#.*)?"
INDEX = r"([A-Za-z_]\w*)\[([0-9]{1,5})\]"

# These are reported where they were opened: the parser notices them far below.
OPENING_ERRORS = (
    "',' or ']'",
    "',' or '}'",
    "found unexpected end of stream",
    "document indicator",
)


class ProblemCollector:
    """The problems of one file, until there are too many or nothing more can be read."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source: Final = source
        self.limits: Final = limits
        self.found: list[Problem] = []

    def report(
        self,
        line: int,
        column: int,
        what: str,
        *,
        about: str,
        received: str = "",
        expected: str = "",
        remedy: str = "",
        renamed: str = "",
    ) -> None:
        """Keep a problem; the last of too many ends the reading."""
        place = Place(self.source.file, line, column)
        text = self.source.excerpt(place)
        self.found.append(
            Problem(what, received, expected, remedy, place, text, about=about, renamed=renamed)
        )
        if len(self.found) >= MAX_PROBLEMS:
            raise SpecError(*self.found)

    def stop(self, problem: Problem) -> NoReturn:
        """End the reading with a problem after which nothing can be read."""
        raise SpecError(*self.found, problem)

    def exceed(self, name: str, line: int, column: int, what: str) -> NoReturn:
        """End the reading at a limit."""
        place = Place(self.source.file, line, column)
        words = self.limits.exceeded(name)
        self.stop(Problem(what, place=place, line=self.source.excerpt(place), **words))


def join_undefined(found: Iterable[Problem]) -> list[Problem]:
    """Make one problem of all sizes that have no value: one remedy helps against them."""
    problems: list[Problem] = []
    first, others = -1, dict[str, int]()
    for problem in found:
        if not problem.undefined or first < 0:
            first = len(problems) if problem.undefined else first
            problems.append(problem)
        elif problem.undefined != problems[first].undefined and problem.place is not None:
            others.setdefault(problem.undefined, problem.place.line)
    if others:
        told = problems[first]
        lines = [f"`{truncate(name)}` (line {line})" for name, line in others.items()]
        values = ", ".join(f"{truncate(name)}: 10" for name in (told.undefined, *others))
        problems[first] = replace(
            told,
            what=f"{told.what}, nor {'are' if lines[1:] else 'is'} {', '.join(lines)}",
            remedy=f"give them numbers under `dims`, such as dims: {{{values}}}",
        )
    return problems


def syntax_problem(error: MarkedYAMLError, source: Source) -> Problem:
    """Return the problem that the parser met, with the place where it began."""
    message = " ".join(str(part) for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and any(part in message for part in OPENING_ERRORS):
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    text = source.line(line)
    place = Place(source.file, line, column)
    received = text[column - 1 : column]
    if "incompatible" in message:
        received = truncate(text.strip())
    indent = text[: len(text) - len(text.lstrip())]
    if "cannot start any token" in message:
        what, remedy = f"`{received}` cannot start a value", "quote the string that starts with it"
        if received == "\t" or "\t" in indent:
            what, remedy = "a tab cannot indent", "indent with spaces"
    elif "\t" in indent:
        what, remedy = "a tab cannot indent", "indent with spaces"
    else:
        what, remedy = next(
            ((what, remedy) for part, what, remedy in PARSER_MESSAGES if part in message),
            (f"the file is not YAML: {message}", ""),
        )
    remedy = _layout_remedy(message, source, line) or remedy
    if mark is error.context_mark and error.problem_mark is not None:
        noticed = error.problem_mark.line + 1
        what += f" (noticed on line {noticed})" if noticed != line else ""
    return Problem(
        what,
        received="a tab" if received == "\t" else received,
        remedy=remedy,
        place=place,
        line=source.excerpt(place),
        about="yaml syntax",
    )


def _layout_remedy(message: str, source: Source, line: int) -> str:
    """Say how to fix two slips that are known by how the lines look; empty for others."""
    above = re.fullmatch(CLASS_WITHOUT_COLON, source.line(line - 1)) if line > 1 else None
    text = source.line(line)
    if "mapping values are not allowed" in message and above is not None:
        deeper = len(text) - len(text.lstrip(" ")) > len(above[1])
        return (
            f"write `- {truncate(above[2])}:`, with a colon, as something stands below it" * deeper
        )
    index = re.search(INDEX, text) if "',' or ']'" in message else None
    return f"write {truncate(index[1])}.{index[2]} for an output by its number" if index else ""


def split_parentheses(entries: list[tuple[Scalar, Tree]]) -> Iterator[tuple[Tree, str]]:
    """Yield the values with parentheses of which YAML made names: {a: (1, 2), b: min(n, 3)}."""
    for index, (_, value) in enumerate(entries):
        if not is_open(entries[index : index + 1]) or not isinstance(value, Scalar):
            continue
        text = value.text
        for key, following in entries[index + 1 : index + MAX_PARTS]:
            if not isinstance(following, Scalar) or following.text:
                break
            text += f", {key.text}"
            if key.text.endswith(")"):
                yield value, text
                break


def is_open(entries: list[tuple[Scalar, Tree]]) -> bool:
    """Tell whether one of the last values has a parenthesis that it does not close."""
    return any(
        isinstance(value, Scalar)
        and not value.quoted
        and value.text.count("(") > value.text.count(")")
        for _, value in entries[-MAX_PARTS:]
    )
