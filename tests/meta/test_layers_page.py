"""docs/layers.md is what the rules say: `seqinspect layers --all --format markdown` makes it."""

from __future__ import annotations

import re

import pytest

from seqinspect.output.renderers import render
from seqinspect.output.rulebook.document import book
from seqinspect.rulebook import examples
from seqinspect.rulebook import pages as rulebook_pages
from seqinspect.rules import MODULES, RULES
from tests.meta.documents import ROOT


@pytest.fixture(scope="module")
def text() -> str:
    pages = [rulebook_pages.page(name) for name in rulebook_pages.names()]
    return render([book(pages)], "markdown")  # type: ignore[arg-type]  # every name has a page


@pytest.mark.long
def test_the_page_is_what_the_rules_say(text: str) -> None:
    assert (ROOT / "docs" / "layers.md").read_text("utf-8") == text


@pytest.mark.long
def test_every_rule_has_its_place_in_the_page(text: str) -> None:
    assert re.findall(r"^### (.*)$", text, re.M) == [name for name in MODULES if name in RULES]


@pytest.mark.long
def test_the_numbers_behind_the_names_are_not_shown(text: str) -> None:
    behind = {*examples.LENGTHS.values(), 224, 41}
    shown = {int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", text)}
    assert not shown & behind


@pytest.mark.parametrize("name", RULES)
def test_every_rule_runs_on_names(name: str) -> None:
    page = rulebook_pages.page(name, variants=False)
    assert page is not None
    assert page.row.outputs
    assert page.mathematics
