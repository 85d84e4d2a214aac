"""`seqinspect rule`: the manual page of a finding, or the list of all of them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from seqinspect.cli.streams import write
from seqinspect.lint.registry import FindingKind, all_kinds, matching
from seqinspect.output.findings.pages import document, page
from seqinspect.output.screen import screen_of
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence


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
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option(
    "--format", "kind", type=click.Choice(("text", "markdown", "json")), default="text",
    show_default=True, help="markdown is the whole reference.",
)  # fmt: skip
def rule(*, codes: tuple[str, ...], kind: str) -> int:
    """Show the manual page of findings: what, why it matters, and the remedy.

    CODE is a code (SEQ103), its beginning (SEQ1) or a name; without one, all findings are listed.
    """
    kinds = all_kinds()
    chosen = list(kinds.values())
    if codes:
        selected, unknown = matching(codes, chosen)
        if unknown:
            raise click.BadParameter(f"there is no finding {unknown[0]!r}", param_hint="CODE")
        chosen = [each for each in chosen if each.code in selected]
    write(encodable(_pages(chosen, kind, listed=not codes), screen_of(sys.stdout).encoding))
    return 0


def _pages(kinds: Sequence[FindingKind], kind: str, *, listed: bool) -> str:
    if kind == "json":
        data = [
            {
                "code": each.code, "name": each.name, "level": each.level, "family": each.family,
                "fixable": each.fixable, "title": each.title, "messages": [*each.messages.values()],
                "remedies": [*each.remedies.values()], "page": each.page,
            }
            for each in kinds
        ]  # fmt: skip
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if kind == "markdown":
        return document(kinds)
    if listed:
        width = max(len(each.name) for each in kinds)
        return "".join(
            f"{each.code}  {each.level:<7}  {each.name:<{width}}  {each.title}\n" for each in kinds
        )
    return "\n".join(map(page, kinds))
