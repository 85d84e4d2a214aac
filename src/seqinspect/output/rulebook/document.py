"""Pages of the rule book → documents: a list, the pages of some classes, or all in families."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Code,
    Column,
    Document,
    Pairs,
    Paragraph,
    Section,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.manual import blocks_of
from seqinspect.output.rulebook.pages import argument_text, called_on, common, effects, facts, given
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.output.document import Block
    from seqinspect.rulebook.pages import Page

HEAD = """\
Every Keras layer that seqinspect has a rule for: arguments, weights, formulas, output shapes and
what it has to do with time. Nothing here is written by hand: `seqinspect layers` runs each rule on
sizes that are only names (`T` steps of `features`, or `rows` × `columns` of `channels`), and
changes one option at a time. This page is made by
"""
COMMAND = "seqinspect layers --all --format markdown -o docs/layers.md"

LISTING = (Column("Layer", role="name"), Column("Family"), Column("Parameters", role="formula"))
CALLED_ON = (Column("Called on", role="name"), Column("Shape", below="always"))
ARGUMENTS = (
    Column("Argument", role="name"),
    Column("Default"),
    Column("Takes", below="always"),
    Column("What it does", below="always"),
)
WEIGHTS = (Column("Weight", role="name"), Column("Shape", role="formula"), Column("Trained"))
OPTIONS = (Column("Option", role="name"), Column("What it changes", below="always"))


def listing(pages: Sequence[Page]) -> Document:
    """Return a table with a line for every class."""
    return Document("The rule book", (_listed(pages),))


def page(found: Page) -> Document:
    """Return the page of a class."""
    return Document(found.name, (_page(found),))


def book(pages: Sequence[Page]) -> Document:
    """Return the pages by families, with a head and a table of contents."""
    families = (
        Section(inline(_family(family).capitalize()), tuple(map(_page, members)))
        for family, members in groupby(pages, key=lambda each: each.family)
    )
    blocks = (*blocks_of(HEAD), Code((COMMAND,), "sh", indent=1), _listed(pages), *families)
    return Document("The rule book", (Section(inline("The rule book"), blocks),))


def _family(name: str) -> str:
    return name.replace("_", " ")


def _listed(pages: Iterable[Page]) -> Table:
    rows = ((page.name, _family(page.family), page.row.formula.text()) for page in pages)
    return _table(LISTING, rows)


def _table(columns: tuple[Column, ...], rows: Iterable[Iterable[str]]) -> Table:
    return Table(columns, tuple(TableRow(tuple(map(inline, row))) for row in rows))


def _page(page: Page) -> Section:
    also = f", also {', '.join(page.aliases)}" if page.aliases else ""
    return Section(inline(page.name), tuple(_blocks(page)), aside=_family(page.family) + also)


def _blocks(page: Page) -> Iterator[Block]:
    yield from (Paragraph(inline(paragraph)) for paragraph in page.mathematics)
    yield GAP
    yield _table(CALLED_ON, ((each.name, called_on(each)) for each in page.call_arguments))
    yield GAP
    if page.arguments:
        yield _table(
            ARGUMENTS,
            (
                (
                    each.name,
                    "required" if each.required else each.default,
                    each.takes,
                    argument_text(each),
                )
                for each in page.arguments
            ),
        )
    yield Paragraph(inline(common(page)))
    if page.example_arguments:
        yield GAP
        yield Paragraph(inline(f"Shown with {given(page)}."))
    if page.row.weights:
        yield GAP
        yield _table(
            WEIGHTS,
            (
                (each.name, shape_text(each.symbolic), "yes" if each.trainable else "no")
                for each in page.row.weights
            ),
        )
    yield GAP
    yield Pairs(tuple((label, inline(text)) for label, text in facts(page)))
    if page.variants:
        yield GAP
        yield _table(
            OPTIONS, ((each.option, "; ".join(effects(page, each))) for each in page.variants)
        )
