"""Options of several commands: where a result goes, its format, and whether Keras is asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.streams import Target
from seqinspect.model.report import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class IntegerInRange(click.IntRange):
    """An integer in a range; Python would take the digits of every script."""

    def _describe_range(self) -> str:
        """Say nothing of the range in the help, which has words for what matters."""
        return ""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:  # Any: what click says of its types
        """Return the number that a text is. Raises BadParameter."""
        if isinstance(value, str) and not value.isascii():
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        number: int = click.INT.convert(value, param, ctx)
        below = self.min is not None and number < self.min
        if below or (self.max is not None and number > self.max):
            range_text = super()._describe_range()
            self.fail(f"{number} is not in the range {range_text}.", param, ctx)
        return number


PAGE = "page"
"""The format that is alive: one file of HTML with a table that folds and a picture."""

SUFFIXES = {
    ".md": ("markdown",), ".markdown": ("markdown",), ".html": (PAGE, "html"),
    ".htm": (PAGE, "html"), ".tex": ("latex",), ".json": ("json",), ".csv": ("csv",),
    ".jsonl": ("jsonl",), ".tsv": ("plain",), ".txt": ("table", "text"),
}  # fmt: skip
"""The formats that the name of a file means, the first that a command has."""


def exit_codes(
    well: str = "all is well",
    one: str = "",
    unusable: str = "the command or a spec cannot be used",
) -> str:
    """Return what the exit codes of a command mean, for the end of its help."""
    meanings = {0: well, 1: one, 2: unusable, 130: "interrupted (Ctrl-C)"}
    return f"Exit codes: {'; '.join(f'{code} {text}' for code, text in meanings.items() if text)}."


EXITS = exit_codes(one="Keras disagrees with a number that was shown")
EXITS_OF_DESCRIBE = exit_codes(
    one="Keras disagrees with a number that was shown, or a layer wants code run or a"
    " file opened, which is never done"
)
EXITS_WITHOUT_KERAS = exit_codes(unusable="the command cannot be used")


def output_option(
    default: str | None = None, meaning: str = "Write to FILE instead"
) -> Callable[..., Callable[..., int]]:
    """Give a command -o, handed on as `target`."""
    return click.option(
        "-o", "--output", "--output-file", "target", metavar="FILE", default=default,
        shell_complete=completers.files,
        show_default=default is not None,
        callback=lambda _context, _option, name: Target(None if name == "-" else name),
        help=f"{meaning}.",
    )  # fmt: skip


STATIC = click.option("--static", is_flag=True, help="Do not ask Keras; takes milliseconds.")
NO_CACHE = click.option(
    "--no-cache", is_flag=True,
    help="Ask Keras what it confirmed earlier, too; keep nothing.",
)  # fmt: skip


def _compute_on(_context: object, _option: object, backend: str | None) -> None:
    if backend is not None:
        from seqinspect.keras_model import backends  # noqa: PLC0415 - only where one is named

        backends.ask(backend)


BACKEND = click.option(
    "--backend", type=click.Choice(tuple(BACKENDS)), expose_value=False, callback=_compute_on,
    help="[default: the first installed]",
)  # fmt: skip


def takes_format(formats: Sequence[str], meaning: str) -> Callable[..., Callable[..., int]]:
    """Give a command --format, handed on as `kind`; the first format is the default."""
    return click.option(
        "--format", "--output-format", "kind", type=click.Choice(formats), help=f"{meaning}"
        f" [default: {formats[0]}, or by FILE]",
    )  # fmt: skip


def chosen_format(kind: str | None, output: str | None, formats: Sequence[str]) -> str:
    """Return the format of a result that goes to a file, or to standard output.

    Raises BadParameter where the name of the file means another format than the command has.
    """
    suffix = os.path.splitext(output or "")[1].lower()  # noqa: PTH122 - pathlib takes milliseconds
    if kind or not suffix:
        return kind or formats[0]
    for form in SUFFIXES.get(suffix, ()):
        if form in formats:
            return form
    known = [each for each, forms in SUFFIXES.items() if not set(forms).isdisjoint(formats)]
    raise click.BadParameter(
        f"{output!r} does not end in {', '.join(known)}: say the format with --format",
        param_hint="--output",
    )
