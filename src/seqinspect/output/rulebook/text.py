"""Pages of the rule book → text for a terminal, or for whoever reads a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.layout import GAP, wrap
from seqinspect.output.rulebook.pages import called_on, common, effects, facts, given, shape
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.rulebook.pages import Page

WIDEST = 100


def render(pages: Sequence[Page], *, screen: Screen = FILE) -> str:
    """Return the pages, one after another, no wider than the screen."""
    width = min(screen.width or WIDEST, WIDEST)
    text = "\n\n".join("\n".join(_page(page, width)) for page in pages)
    return encodable(f"{text}\n", screen.encoding)


def listing(pages: Sequence[Page], *, screen: Screen = FILE) -> str:
    """Return a line for every class: its family and its parameter formula."""
    rows = [("Layer", "Family", "Parameters")]
    rows += [(page.name, page.family, page.row.formula.text()) for page in pages]
    lines = _columns(rows, screen.width)
    return encodable("".join(f"{line}\n" for line in lines), screen.encoding)


def _page(page: Page, width: int) -> Iterator[str]:
    also = f"{GAP}also {', '.join(page.aliases)}" if page.aliases else ""
    yield f"{page.name}{GAP}{page.family}{also}"
    for paragraph in page.mathematics:
        yield from wrap(paragraph, width)
    yield from ("", "Called on")
    yield from _columns([(each.name, called_on(each)) for each in page.received], width, 2)
    yield from ("", "Arguments")
    if page.arguments:
        rows = [
            (each.name, "required" if each.required else each.default, each.takes)
            for each in page.arguments
        ]
        yield from _columns(rows, width, 2)
    yield from _indented(common(page), width)
    if page.given:
        yield from ("", f"Shown with {given(page)}")
    if page.row.weights:
        yield from ("", "Weights")
        rows = [
            (each.name, shape(each.symbolic), "" if each.trainable else "not trained")
            for each in page.row.weights
        ]
        yield from _columns(rows, width, 2)
    yield ""
    yield from _columns(facts(page), width)
    if page.variants:
        yield from ("", "What options change")
        yield from _columns(
            [(each.option, "; ".join(effects(page, each))) for each in page.variants], width, 2
        )


def _indented(text: str, width: int) -> Iterator[str]:
    for line in wrap(text, width - 2):
        yield f"  {line}"


def _columns(rows: Iterable[Sequence[str]], width: int | None, margin: int = 0) -> Iterator[str]:
    """Yield rows with their columns below each other; the last one takes what is left."""
    rows = list(rows)
    *fixed, _ = zip(*rows, strict=True)
    widths = [max(map(len, column)) for column in fixed]
    taken = margin + sum(widths) + len(GAP) * len(widths)
    room = None if width is None else max(width - taken, 24)
    for row in rows:
        start = GAP.join(cell.ljust(size) for cell, size in zip(row, widths, strict=False))
        for index, piece in enumerate(wrap(row[-1], room)):
            before = " " * margin + start + GAP if index == 0 else " " * taken
            yield (before + piece).rstrip()
