"""Which rows and columns of reports are shown, and what shows them in a format."""

from __future__ import annotations

from functools import partial, wraps
from importlib import import_module
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.options import PAGE, IntegerInRange
from seqinspect.errors import SpecError
from seqinspect.output.renderers import render
from seqinspect.output.report.columns import DEPTH, PLAIN, chosen
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.output.report.selection import Selection
    from seqinspect.output.screen import Screen

    Show = Callable[[Sequence[Report], Screen, bool], str]
    Command = Callable[..., int]

JSON = ("json", "jsonl")
ROWS = ("plain", "csv")
"""Formats that are data: every layer is a line, unless someone says how deep."""


class View(NamedTuple):
    """What the command line says of rows and columns; `depth` is "" where it says nothing."""

    columns: str | None
    header: bool
    depth: int | str
    selection: Selection | None

    def show(self, kind: str) -> Show:
        """Return what shows reports in a format. Raises BadParameter."""
        if not self.header and kind not in ROWS:
            raise click.BadParameter(f"{kind} has none to leave out", param_hint="--no-header")
        if kind in JSON:
            return self._json(kind)
        if kind in ROWS:
            return self._rows(kind)
        if kind == PAGE and (option := self._subset()):
            raise click.BadParameter("a page has every layer, and folds", param_hint=option)
        return self._document(kind)

    def page(self, pairs: Sequence[tuple[Graph, Report]], screen: Screen) -> str:
        """Return a page of models."""
        from seqinspect.cli.pages import described  # noqa: PLC0415 - it looks for findings, and draws

        return described(pairs, _columns(self.columns), screen)

    def require_match(self, reports: Sequence[Report]) -> None:
        """Refuse names and classes that no layer has. Raises SpecError."""
        if self.selection is not None and reports:
            from seqinspect.output.report.selection import require_match  # noqa: PLC0415

            require_match(reports, self.selection)

    def _subset(self) -> str:
        """Return the options that leave layers out."""
        if self.selection is not None:
            return "--only, --type, --mixes-time, --sort, --top"
        return "--depth" if isinstance(self.depth, int) else ""

    def _json(self, kind: str) -> Show:
        if self.columns is not None:
            raise click.BadParameter("JSON always has every field", param_hint="--columns")
        if option := self._subset():
            raise click.BadParameter("JSON always has every layer", param_hint=option)
        from seqinspect.output.report import json  # noqa: PLC0415 - the others need none of it

        if kind == "jsonl":
            return lambda reports, screen, _: json.lines(
                reports, __version__, encoding=screen.encoding
            )
        return lambda reports, screen, many: json.render(
            reports, __version__, many=many, encoding=screen.encoding
        )

    def _rows(self, kind: str) -> Show:
        select: Callable[[Report], Sequence[object]] | None = None
        if self.selection is not None:
            from seqinspect.output.report.selection import chosen_rows  # noqa: PLC0415 - seldom

            select = partial(chosen_rows, selection=self.selection)
        names = _columns(self.columns) or PLAIN
        level = self.depth if isinstance(self.depth, int) else None
        data = import_module(f"seqinspect.output.report.{kind}")
        return lambda reports, screen, _: data.render(
            reports, columns=names, encoding=screen.encoding, depth=level, header=self.header,
            select=select,
        )  # fmt: skip

    def _document(self, kind: str) -> Show:
        from seqinspect.output.report.document import document  # noqa: PLC0415 - not for data

        names, selection = _columns(self.columns), self.selection
        first = 0 if selection is not None and selection.top is not None else DEPTH
        level = first if self.depth == "" else self.depth
        depth = level if isinstance(level, int) else None
        return lambda reports, screen, _: render(
            [document(report, names, depth, selection) for report in reports], kind, screen=screen
        )


def view_options(command: Command) -> Command:
    """Give a command the options on rows and columns, and hand them on as `view`."""

    @click.option(
        "--columns", metavar="NAME,...", shell_complete=completers.columns,
        help="Columns, such as name,shape,params; help lists all.",
    )  # fmt: skip
    @click.option("--no-header", is_flag=True, help="Leave out the heading of plain and csv.")
    @click.option(
        "--depth", metavar="N|all", callback=lambda _context, _option, text: _depth(text),
        help="Open N levels of layers within layers. [default: 1]",
    )  # fmt: skip
    @click.option(
        "--only", "names", multiple=True, metavar="NAME", shell_complete=completers.layers,
        help="Show layers of this name or path, such as 'enc*'.",
    )  # fmt: skip
    @click.option(
        "--type", "types", multiple=True, metavar="CLASS", shell_complete=completers.classes,
        help="Show layers of this class: LSTM, '*Pooling*'.",
    )  # fmt: skip
    @click.option("--mixes-time", is_flag=True, help="Show the layers in which steps meet.")
    @click.option(
        "--sort", metavar="COLUMN", shell_complete=completers.columns,
        help="Sort by a column; the largest number comes first.",
    )  # fmt: skip
    @click.option("--top", type=IntegerInRange(1), metavar="N", help="Show the first N layers.")
    @wraps(command)
    def called(
        *,
        columns: str | None,
        no_header: bool,
        depth: int | str,
        names: tuple[str, ...],
        types: tuple[str, ...],
        mixes_time: bool,
        sort: str | None,
        top: int | None,
        **others: object,
    ) -> int:
        selection = None
        if names or types or mixes_time or sort is not None or top is not None:
            from seqinspect.output.report.selection import Selection  # noqa: PLC0415 - seldom

            by, *more = _columns(sort, "--sort") or ("",)
            if more:
                raise click.BadParameter("a table is sorted by one column", param_hint="--sort")
            selection = Selection(names, types, mixes_time, by, top)
        view = View(columns, not no_header, depth, selection)
        return command(view=view, **others)

    return called


def _depth(text: str | None) -> int | str:
    """Return how many levels to open: a number, "all", or "" where nobody says."""
    if text is None or text == "all":
        return text or ""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    raise click.BadParameter(f"{text!r} is not a number of levels, nor all")


def _columns(text: str | None, option: str = "--columns") -> tuple[str, ...] | None:
    """Return the columns that a text names; None where there is none. Raises BadParameter."""
    try:
        return None if text is None else chosen(text)
    except SpecError as error:
        problem = error.problems[0]
        message = problem.what + (f"; there are {problem.expected}" if problem.expected else "")
        raise click.BadParameter(message, param_hint=option) from None
