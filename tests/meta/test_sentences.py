"""Sentences are made last: reports, explanations, verdicts and locks hold facts, never text.

A field of text is a name, a path, a class or another word that a spec or Keras says. What else is
allowed is listed with its reason.
"""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOMS = ("model", "compare", "explain", "rulebook")

WORDS = frozenset(
    {
        # names of layers, inputs, weights, sizes and arguments, and paths to them
        "name", "names", "path", "layer", "input", "output", "outputs", "about",
        "sources", "effects", "reuses", "made", "ended", "at", "argument", "arguments", "option",
        "options",
        "states", "operands", "others", "opened", "dims", "definitions", "places", "tensors",
        "example_arguments",
        "flags", "block", "entry", "key", "common", "lacks", "aliases", "unknown", "shapes",
        "sizes", "ranges", "fitting", "changes_nothing_with", "numbers", "tried", "sparse",
        # names of classes, functions, files, versions, optimizers, gates
        "type", "classes", "inner", "family", "target", "targets", "function", "constants",
        "custom", "model", "source", "keras", "version", "backend", "backend_version", "optimizer",
        "gates", "label", "letter", "old", "stored",
        # words of a fixed list
        "status", "code", "variant", "remedy_variant", "dtype", "dtypes", "weights",
        # what a spec or a config says, as it stands there
        "value", "text", "line", "lines", "default", "call", "size", "what", "facts",
        "new", "size_texts",
        # what an error says
        "received", "expected",
    }
)  # fmt: skip
"""What fields of text are called."""

EXCEPTIONS = {
    "Argument.takes": "the words of the rule book for a kind of value",
    "Argument.words": "the words of the rule book for what an argument does",
    "Argument.choices": "the words of the rule book for what its values do",
    "CallArgument.takes": "the words of the rule book for a kind of value",
    "Page.mathematics": "the docstring of a rule: the manual page",
    "Question.title": "a page of the manual",
}


def fields_of_text() -> Iterator[tuple[str, str]]:
    """Yield every field that may hold text, as its class and its name."""
    for room in ROOMS:
        package = import_module(f"seqinspect.{room}")
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            for cls in vars(import_module(module.name)).values():
                if not isinstance(cls, type) or cls.__module__ != module.name:
                    continue
                for name in getattr(cls, "__match_args__", ()):
                    if re.search(r"\bstr\b", str(cls.__annotations__.get(name))):
                        yield cls.__name__, name


def test_no_field_holds_a_sentence() -> None:
    found = set(fields_of_text())
    assert len(found) > 50
    wrong = {f"{cls}.{name}" for cls, name in found if name not in WORDS}
    assert wrong <= EXCEPTIONS.keys(), "a fact belongs here, and its words into output/"


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_is_there(name: str) -> None:
    assert tuple(name.split(".")) in set(fields_of_text())
