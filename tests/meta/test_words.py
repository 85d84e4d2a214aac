"""Words are made in `output/`: elsewhere no text of the source reads as a sentence.

The syntax trees of src/ are searched for texts of four words or more, one after another. These are
no sentences about a model, and stand where they are:

- docstrings, regular expressions, and lists of words that are split;
- the four texts of an error, which are made where it is raised: what stands in a `raise` or in a
  call of an error maker, in a variable or a constant that is handed to one, in a function whose
  result is, and in a function or a variable that is called a remedy;
- what declares the command line, with its help.

All others are listed with their reason.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.meta.syntax import called, names_in, text_of, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ERROR_MAKERS = frozenset(
    {
        "_refuse", "_refuse_axes", "_refuse_shapes", "_wrong", "_wrong_rank",
        "checked_name", "exceed", "need_known", "need_min_rank", "need_rank", "refuse",
        "refuse_array", "refuse_at", "refuse_file", "refuse_size", "report", "report_error",
        "report_unknown_keys", "stop", "unreadable", "wrong",
    }
)  # fmt: skip
"""Functions that make an error of the texts that they are given."""

MAKE_ERRORS = ERROR_MAKERS | {"Problem", "KerasUnavailable", "fail", "replace_remedy"}
"""These, what they make, click's own, and what gives an error another text."""

COMMAND_LINE = frozenset(
    {"option", "Option", "argument", "command", "takes_format", "output_option", "exit_codes"}
)
"""What declares the command line, with its help."""

NO_SENTENCES = frozenset({"compile", "split", "sub", "search", "match", "fullmatch"})
"""Regular expressions, and lists of words."""

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("records.py", "_tuple_of"): "code",
    ("records.py", "_init"): "code",
    ("lint/findings/", "finding_kind"): "the sentences of a finding stand with its manual page",
    ("lint/findings/data.py", "TARGETS"): "remedies that two findings have",
    ("lint/findings/data.py", "WINDOWS"): "likewise",
    ("rulebook/schema.py", ""): "what the JSON Schema says of a key stands with the key",
    (
        "rules/argument_words.py",
        "",
    ): "what arguments do: the rule book says it",
    ("cli/", "COMMANDS"): "the help of the commands",
    ("cli/group.py", "HELP"): "the help of the program",
    ("cli/group.py", "COMPLETION"): "the help of the program",
    ("cli/help.py", "GROUPS"): "the help of commands",
    ("cli/equal.py", "EPILOG"): "the help of the command",
    ("cli/specs.py", "IMPORTS_HELP"): "the help of an option",
    ("cli/options.py", "exit_codes"): "the help of exit codes",
    ("cli/options.py", "output_option"): "the help of an option",
    ("cli/", "LOADING"): "what is said while Keras loads",
    ("cli/fixes.py", "NO_LINE_END"): "a line of the diff format",
    ("rules/arguments.py", "_WORDS"): "kinds of values: what errors expect, and the rule book says",
    ("rulebook/pages.py", "takes"): "a kind of value, likewise",
    ("rules/exclusions.py", ""): "why a class has no rule: errors say it",
    ("rules/reason_text.py", ""): "errors of readers and writers say the same as a report",
    ("rules/keras/augmentation.py", "Augmentation"): "the docstrings of rules that are a table",
    ("rules/index.py", "CLASSES"): "names of classes",
    ("readers/python/", ""): "what code does not say: errors and notes of the reader alone say it",
    ("readers/source/array_files.py", "OTHERS"): "formats that are not read, likewise",
    ("readers/source/formats.py", ""): "formats that are not read: errors say what a file is",
    ("readers/source/problems.py", ""): "what libyaml says, and the error that is made of it",
    ("readers/elements/names.py", "RESERVED"): "why a name cannot be used: errors say it",
    ("readers/keras_config/keras1.py", "CLASSES"): "remedies for classes of Keras 1",
    ("readers/keras_config/unsafe.py", "unsafe_reason"): "an error says it",
    ("readers/dialect/arguments.py", "FOREIGN_ARGUMENTS"): "remedies for arguments of others",
    ("readers/dialect/pasted_code.py", "_entry_of_call"): "a remedy quotes it",
    ("readers/dialect/dims.py", "_below_one"): "errors say it",
    ("model/", "__repr__"): "for Python",
    ("analysis/application.py", "STEPS_MARK"): "a name that nobody can write",
    ("writers/python_source.py", "remark"): "a comment of the program that is written",
    ("writers/twin/", ""): "statements of the program that is written",
}
"""By a module, or a folder, and a name around the text: why it may stand there."""


class Text(NamedTuple):
    """A text of the source, with the names of all that is around it: calls, targets, functions."""

    file: str
    line: int
    names: frozenset[str]
    text: str


def reads_as_a_sentence(text: str) -> bool:
    """Whether a text has four words, one after another, with blanks between."""
    return re.search(r"(?:[\w`'’{}:.]+[,;:]? ){3}[\w`'’{}]+", text) is not None


def _makes_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) or called(node) in MAKE_ERRORS


@cache
def _handed(tree: ast.AST) -> set[str]:
    """Return the names that stand in errors."""
    return {name for node in ast.walk(tree) if _makes_error(node) for name in names_in(node)}


def _targets(node: ast.AST) -> set[str]:
    """Return the names that an assignment gives a value."""
    if isinstance(node, ast.Assign):
        return set().union(*map(names_in, node.targets))
    return (
        names_in(node.target)
        if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr)
        else set()
    )


@cache
def functions() -> Mapping[str, list[ast.FunctionDef]]:
    """Return the functions and methods of all modules, by name."""
    by_name: dict[str, list[ast.FunctionDef]] = {}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                by_name.setdefault(node.name, []).append(node)
    return by_name


@cache
def handed_anywhere() -> frozenset[str]:
    """Return the functions and constants that stand in errors of any module."""
    return frozenset().union(*map(_handed, trees().values()))


def _around(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Yield every literal text with all that is around it, from the nearest to the module."""
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node, ast.Constant | ast.JoinedStr):
            yield node, path
        else:
            path = (node, *path)
            pending += [(child, path) for child in ast.iter_child_nodes(node)]


def sentences(file: str, tree: ast.Module) -> Iterator[Text]:
    """Yield the sentences of a module that are no docstring, no error and no declared help."""
    for node, path in _around(tree):
        text = text_of(node)
        if isinstance(path[0], ast.Expr) or not reads_as_a_sentence(text):
            continue
        calls, targets = set(map(called, path)), set().union(*map(_targets, path))
        within = [each for each in path if isinstance(each, ast.FunctionDef)]
        names = {each.name for each in within}
        handed = _handed(within[0]) if within else handed_anywhere()
        if (
            any(map(_makes_error, path))
            or calls & (COMMAND_LINE | NO_SENTENCES)
            or targets & handed
            or names & handed_anywhere()
            or any(name.endswith("remedy") for name in names | targets)
        ):
            continue
        yield Text(file, getattr(node, "lineno", 0), frozenset(names | targets | calls), text)


def _excuses(text: Text) -> set[tuple[str, str]]:
    return {
        (where, name)
        for where, name in EXCEPTIONS
        if text.file.startswith(where) and (not name or name in text.names)
    }


@cache
def found() -> tuple[Text, ...]:
    return tuple(
        text
        for file, tree in trees().items()
        if not file.startswith("output/")
        for text in sentences(file, tree)
    )


def test_no_sentence_stands_outside_of_output() -> None:
    wrong = [f"{text.file}:{text.line}: {text.text}" for text in found() if not _excuses(text)]
    assert not wrong, "a fact belongs here, and its words into output/"


@pytest.mark.long
@pytest.mark.parametrize("exception", EXCEPTIONS, ids=" ".join)
def test_every_exception_is_needed(exception: tuple[str, str]) -> None:
    assert any(exception in _excuses(text) for text in found())


@pytest.mark.parametrize("name", sorted(ERROR_MAKERS))
def test_an_error_maker_makes_errors(name: str) -> None:
    definitions = functions()[name]
    assert all(any(map(_makes_error, ast.walk(each))) for each in definitions)


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('def f(n):\n    """Return how many steps it has."""\n    return f"it has {n} steps"\n', 1),
        ('NOTE = "each step by itself, as always"\n', 1),
        ('def f():\n    refuse("there is no such layer", remedy="see the list of layers")\n', 0),
        ('def f():\n    what = "there is no such layer"\n    raise ValueError(what)\n', 0),
        ('def f():\n    what = "there is no such layer"\n    return what\n', 1),
        ('PATTERN = re.compile("one two three four")\n', 0),
        ('NAMES = "one two three four".split()\n', 0),
        ('def f(n):\n    return f"{n} of {n} steps"\n', 1),
        ('KEY = "two words"\n', 0),
    ],
)  # fmt: skip
def test_the_search_finds_what_reads_as_a_sentence(code: str, count: int) -> None:
    assert len(list(sentences("model/made.py", ast.parse(code)))) == count
