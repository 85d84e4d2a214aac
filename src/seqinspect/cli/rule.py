"""`seqinspect rule`: the manual page of a finding, or the list of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.options import chosen_format, output_option, takes_format
from seqinspect.lint.registry import FindingKind, all_kinds, matching
from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.findings import pages
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.output.screen import Screen, for_prose
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.cli.streams import Target

FORMATS = ("text", *DOCUMENT_FORMATS, "json")


@click.command(
    epilog="""
\b
For example:
  seqinspect rule
  seqinspect rule SEQ103
  seqinspect rule redundant-time-distributed

\b
Exit codes:
  0  it is shown
  2  there is no such finding
"""
)
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=completers.codes)
@takes_format(FORMATS, "json is for programs; of several findings, the others are the reference.")
@output_option()
def rule(*, codes: tuple[str, ...], kind: str | None, target: Target) -> int:
    """Show the manual page of findings: what, why it matters, and the remedy.

    CODE is a code (SEQ103, or 103), its beginning (SEQ1) or a name; without one, all findings are
    listed.
    """
    kinds = all_kinds()
    chosen = list(kinds.values())
    if codes:
        codes = tuple(f"SEQ{code}" if code.isdecimal() else code for code in codes)
        selected, unknown = matching(codes, chosen)
        if unknown:
            raise click.BadParameter(f"there is no finding {unknown[0]!r}", param_hint="CODE")
        chosen = [each for each in chosen if each.code in selected]
    target.check()
    form = chosen_format(kind, target.file, FORMATS)
    target.write(_pages(chosen, form, target.screen, listed=not codes))
    return 0


def _pages(kinds: Sequence[FindingKind], kind: str, screen: Screen, *, listed: bool) -> str:
    if kind == "json":
        data = [
            {
                "code": each.code, "name": each.name, "level": each.level, "family": each.family,
                "fixable": bool(each.fixable), "title": each.title,
                "messages": [*each.messages.values()],
                "remedies": [*each.remedies.values()], "page": each.page,
            }
            for each in kinds
        ]  # fmt: skip
        return encodable(json_text(data, indent=1) + "\n", screen.encoding, json_escape)
    if kind in DOCUMENT_FORMATS and len(kinds) > 1:
        return render([pages.reference(kinds)], kind, screen=screen)
    if listed:
        return render([pages.listing(kinds)], kind, screen=screen)
    return render(list(map(pages.page, kinds)), kind, screen=for_prose(screen))
