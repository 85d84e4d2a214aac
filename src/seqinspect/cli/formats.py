"""The format of a result: what --format says, or else the suffix of the file it goes to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SUFFIXES = {
    ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".tex": "latex",
    ".json": "json", ".csv": "csv",
}  # fmt: skip


def takes_format(formats: Sequence[str], meaning: str) -> Callable[..., Callable[..., int]]:
    """Give a command --format, handed on as `kind`; the first format is the default."""
    return click.option(
        "--format", "kind", type=click.Choice(formats), help=f"{meaning}"
        f" [default: {formats[0]}, or as the suffix of FILE says]",
    )  # fmt: skip


def chosen_format(kind: str | None, output: str | None, formats: Sequence[str]) -> str:
    """Return the format of a result that goes to a file, or to standard output."""
    by_name = SUFFIXES.get(Path(output).suffix.lower()) if output else None
    return kind or (by_name if by_name in formats else None) or formats[0]
