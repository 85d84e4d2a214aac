"""What a shell completes: files, codes of findings, columns, layers, classes, git revisions.

Only names that a shell takes as they are: what a spec or a repository says may hold anything.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click
    from click.shell_completion import CompletionItem

PLAIN = re.compile(r"[\w./@+~-]+")
"""Names that need no quotes in any shell."""

MOST_REVISIONS = 200


def files(
    _context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Leave it to the shell, which completes files and folders."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - shells only

    return [CompletionItem(incomplete, type="file")]


def codes(
    _context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete codes of findings, the last one of a list."""
    from seqinspect.lint.registry import all_kinds  # noqa: PLC0415 - shells only

    return _items({code: kind.title for code, kind in all_kinds().items()}, incomplete.upper())


def columns(
    _context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete columns of the table, the last one of a list."""
    from seqinspect.output.report.columns import COLUMNS  # noqa: PLC0415 - shells only

    return _items(dict.fromkeys(COLUMNS, ""), incomplete)


def classes(
    _context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete classes of Keras layers."""
    from seqinspect.rules import RULES  # noqa: PLC0415 - shells only

    return _items({name: rule.summary for name, rule in RULES.items()}, incomplete)


def layers(
    context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the layers of the spec that is named before, read without Keras."""
    from seqinspect.analysis.walk import analyse  # noqa: PLC0415 - shells only
    from seqinspect.errors import SpecError  # noqa: PLC0415 - likewise
    from seqinspect.given import graph_of  # noqa: PLC0415 - likewise

    spec = context.params.get("spec")
    found: dict[str, str] = {}
    if isinstance(spec, str) and spec != "-":
        with suppress(SpecError, OSError):
            report = analyse(graph_of(spec)[0])
            found = {row.path: row.type for row in report.rows}
    return _items(found, incomplete, separator="")


def revisions(
    _context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete branches and tags of the repository, the newest first."""
    from seqinspect.cli.revisions import newest_revisions  # noqa: PLC0415 - shells only

    found = newest_revisions(MOST_REVISIONS)
    return _items({"HEAD": "", "HEAD~1": "", **dict.fromkeys(found, "")}, incomplete, separator="")


def _items(names: Mapping[str, str], incomplete: str, separator: str = ",") -> list[CompletionItem]:
    """Return the names that go on from what is there; of a list, from its last entry."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - shells only

    before, comma, last = incomplete.rpartition(separator) if separator else ("", "", incomplete)
    return [
        CompletionItem(f"{before}{comma}{name}", help=text or None)
        for name, text in _plain(names).items()
        if name.startswith(last)
    ]


def _plain(names: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in names.items() if PLAIN.fullmatch(name)}
