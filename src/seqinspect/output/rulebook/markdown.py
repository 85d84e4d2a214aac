"""Pages of the rule book → a document in Markdown, in families."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.output.markdown_text import escaped, table
from seqinspect.output.rulebook.pages import called_on, common, effects, facts, given, shape
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.rulebook.pages import Page

HEAD = """# The rule book

Every Keras layer that seqinspect has a rule for: arguments, weights, formulas, output shapes and
what it has to do with time. Nothing here is written by hand: `seqinspect layers` runs each rule on
sizes that are only names (`T` steps of `features`, or `rows` × `columns` of `channels`), and
changes one option at a time. This page is made by

    seqinspect layers --all --format markdown -o docs/layers.md
"""


def render(pages: Sequence[Page], *, encoding: str = "utf-8") -> str:
    """Return the pages by family; with a head and a table of contents where there are several."""
    lines: list[str] = []
    if len(pages) > 1:
        lines += [HEAD, *_listed(pages), ""]
    for family, members in groupby(pages, key=lambda page: page.family):
        lines += [f"## {family.replace('_', ' ').capitalize()}", ""] if len(pages) > 1 else []
        for page in members:
            lines += [*_page(page), ""]
    return encodable("\n".join(lines), encoding)


def listing(pages: Sequence[Page], *, encoding: str = "utf-8") -> str:
    """Return a table with a line for every class."""
    return encodable("".join(f"{line}\n" for line in _listed(pages)), encoding)


def _listed(pages: Iterable[Page]) -> Iterator[str]:
    rows = (
        (page.name, page.family.replace("_", " "), escaped(page.row.formula.text()))
        for page in pages
    )
    yield from table(("Layer", "Family", "Parameters"), rows)


def _page(page: Page) -> Iterator[str]:
    yield f"### {page.name}"
    yield ""
    if page.aliases:
        yield f"Also {', '.join(page.aliases)}."
        yield ""
    for paragraph in page.mathematics:
        yield escaped(paragraph)
        yield ""
    yield from table(
        ("Called on", ""),
        ((escaped(each.name), escaped(called_on(each))) for each in page.received),
    )
    yield ""
    rows = [
        (escaped(each.name), "required" if each.required else escaped(each.default),
         escaped(each.takes))
        for each in page.arguments
    ]  # fmt: skip
    if rows:
        yield from table(("Argument", "Default", "Takes"), rows)
        yield ""
    yield escaped(common(page))
    yield ""
    if page.given:
        yield f"Shown with {escaped(given(page))}."
        yield ""
    if page.row.weights:
        weights = (
            (escaped(each.name), escaped(shape(each.symbolic)), "yes" if each.trainable else "no")
            for each in page.row.weights
        )
        yield from table(("Weight", "Shape", "Trained"), weights)
        yield ""
    for label, text in facts(page):
        yield f"- {label}: {escaped(text)}"
    if page.variants:
        yield ""
        changes = (
            (escaped(each.option), "; ".join(map(escaped, effects(page, each))))
            for each in page.variants
        )
        yield from table(("Option", "What it changes"), changes)
