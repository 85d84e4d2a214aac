"""`seqinspect layers`: the rule book, class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.options import EXITS_WITHOUT_KERAS, chosen_format, output_option, takes_format
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.readers.source.names import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.cli.streams import Target
    from seqinspect.output.screen import Screen
    from seqinspect.rulebook.pages import Page

FORMATS = ("text", *DOCUMENT_FORMATS, "json")


@click.command(
    epilog=f"""
\b
For example:
  seqinspect layers
  seqinspect layers LSTM
  seqinspect layers Conv1D Conv1DTranspose --format json
  seqinspect layers --all --format markdown -o docs/layers.md

{EXITS_WITHOUT_KERAS}"""
)
@click.argument("classes", nargs=-1, metavar="[CLASS]...", shell_complete=completers.classes)
@click.option("--all", "everything", is_flag=True, help="The page of every class.")
@takes_format(FORMATS, "json is for programs.")
@output_option()
def layers(*, classes: tuple[str, ...], everything: bool, kind: str | None, target: Target) -> int:
    """Show what is known of Keras layers: arguments, weights, formulas, shapes and time steps.

    Without CLASS: every class with its family and its parameter formula. With CLASS, its page:
    everything on it was found by running the layer's rule on sizes that are only names.
    """
    from seqinspect.rulebook import pages as rulebook_pages  # noqa: PLC0415 - it loads all rules

    if classes and everything:
        raise click.UsageError("--all shows every class: name none, or leave it out")
    target.check()
    listing = not (classes or everything)
    names = classes or rulebook_pages.names()
    form = chosen_format(kind, target.file, FORMATS)
    whole = not listing or form == "json"
    pages = [_page(name, variants=whole) for name in names]
    target.write(_text(form, pages, target.screen, listing=listing))
    return 0


def _page(name: str, *, variants: bool) -> Page:
    from seqinspect.rulebook import pages as rulebook_pages  # noqa: PLC0415 - it loads all rules

    page = rulebook_pages.page(name, variants=variants)
    if page is None:
        near = nearest(name, rulebook_pages.known_names())
        hint = f"; did you mean {near}?" if near else "; `seqinspect layers` lists them"
        raise click.BadParameter(f"there is no layer {name!r}{hint}", param_hint="CLASS")
    return page


def _text(kind: str, pages: Sequence[Page], screen: Screen, *, listing: bool) -> str:
    """Return the pages in a format; only the one that is used is imported."""
    if kind == "json":
        from seqinspect.output.rulebook import json as rulebook_json  # noqa: PLC0415

        return rulebook_json.render(pages, encoding=screen.encoding)
    from seqinspect.output.rulebook import document  # noqa: PLC0415 - not for data

    if listing:
        documents = [document.listing(pages)]
    elif kind in DOCUMENT_FORMATS and len(pages) > 1:
        documents = [document.book(pages)]
    else:
        documents = [document.page(page) for page in pages]
    return render(documents, kind, screen=screen)
