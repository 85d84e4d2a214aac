"""Every rule names its source: the Keras class, and the paper where there is one."""

from __future__ import annotations

import re

import pytest

from seqinspect.rules import RULES, registry

registry.load("legacy")
EVERY = {**RULES, **registry.LEGACY}


def source(name: str) -> str:
    """The last paragraph of a rule's docstring, on one line."""
    return " ".join((EVERY[name].function.__doc__ or "").split("\n\n")[-1].split())


@pytest.mark.parametrize("name", EVERY)
def test_the_last_paragraph_names_the_class_in_keras(name: str) -> None:
    assert re.match(r"Source: [^;]*\bkeras\..*", source(name))
    assert re.search(rf"\b{name}\b", source(name).partition(";")[0])


@pytest.mark.parametrize("name", EVERY)
def test_a_paper_has_authors_and_a_year(name: str) -> None:
    papers = source(name).split("; ")[1:]
    assert all(re.search(r"[A-Z]\w+.* \((19|20)\d\d\)", paper) for paper in papers)


@pytest.mark.parametrize("name", EVERY)
def test_the_first_line_is_a_sentence_of_its_own(name: str) -> None:
    assert EVERY[name].summary.endswith(".")
