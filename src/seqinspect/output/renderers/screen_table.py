"""A table that fits the screen and crops nothing: whole, in two storeys, or row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import Box
from rich.table import Table as RichTable
from rich.text import Text

from seqinspect.output.renderers.folded import Folded
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.style import Style

    from seqinspect.output.document import Column

GAP = 2
AROUND = 8
"""So many lines of a screen are for what stands around a table."""

BESIDE = 28
"""Where fewer cells of a line are left than this, what may stand below its row does."""

NARROWEST = 10
"""No column is made narrower; a table that would need it is shown row by row."""


LEFT_OUT = "Left out, see --columns: {}"


class ScreenRow(NamedTuple):
    """The texts of a row, and how far the first is indented."""

    cells: tuple[Text, ...]
    indent: int = 0


class ScreenTable:
    """Rows below headings, as rich draws them at any width.

    `rule` is the character of a line; columns that are `spare` are left out, the first ones first,
    as far as the table has more lines than the screen.
    """

    def __init__(
        self, columns: Sequence[Column], head: ScreenRow, rows: Sequence[ScreenRow], rule: str,
        quiet: Style, *, spare: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self.parts = (columns, head, rows)
        self.spare = spare
        self.columns = columns
        self.head = [Folded(text) for text in head.cells]
        self.rows = [self._folded(row) for row in rows]
        self.rule = rule
        self.quiet = quiet
        everything = [self.head, *self.rows]
        self.widths = [max(row[at].width for row in everything) for at in range(len(columns))]

    def _folded(self, row: ScreenRow) -> list[Folded]:
        return [
            Folded(
                text,
                indent=0 if at else row.indent,
                parts=self.columns[at].whole or not self.columns[at].below,
            )
            for at, text in enumerate(row.cells)
        ]

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        fewest, drawn = 0, [*self._all_columns(options)]
        for count in range(len(self.spare) + 1):
            made = [*self._without(self.spare[:count], options)]
            lines = sum(len(console.render_lines(each, options, pad=False)) for each in made)
            if not count or lines < fewest:
                fewest, drawn = lines, made
            if fewest <= console.height - AROUND:
                break
        yield from drawn

    def _without(self, out: Sequence[int], options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the table without some columns, and which they are."""
        columns, head, rows = self.parts
        kept = [at for at in range(len(columns)) if at not in out]
        head, *rows = (
            row._replace(cells=tuple(row.cells[at] for at in kept)) for row in (head, *rows)
        )
        fewer = ScreenTable([columns[at] for at in kept], head, rows, self.rule, self.quiet)
        yield from fewer._all_columns(options)
        if out:
            names = ", ".join(self.head[at].text.plain for at in sorted(out))
            yield Folded(Text(LEFT_OUT.format(names), self.quiet))

    def _all_columns(self, options: ConsoleOptions) -> Iterator[RenderableType]:
        room, columns = options.max_width, range(len(self.columns))
        upper = [at for at in columns if self.columns[at].below != "always"]
        lower = [at for at in columns if at not in upper]
        needed = sum(self.widths[at] + GAP for at in upper)
        notes = sum(min(self.widths[at], BESIDE) + GAP for at in lower)
        if needed + notes - GAP <= room:
            yield self._whole()
            return
        fitting = next((each for each in self._storeys(room) if each.fits), None)
        if fitting is None:
            yield from self._cards()
        elif fitting.lower:
            yield from fitting.draw(room)
        else:
            yield self._whole(fitting.widths)

    def _storeys(self, room: int) -> Iterator[_Storeys]:
        """Yield ways to lay the table out, each of which needs less room than the one before."""
        below = [column.below for column in self.columns]
        always = [at for at, where in enumerate(below) if where == "always"]
        narrow = [at for at, where in enumerate(below) if where in ("narrow", "always")]
        for lower, keep_whole in ((always, True), (narrow, True), (narrow, False)):
            upper = [at for at in range(len(below)) if at not in lower]
            widths = {at: max(row[at].narrowest for row in [self.head, *self.rows]) for at in upper}
            width = room - GAP * (len(upper) - 1)
            yield _Storeys(self, widths, lower, width, keep_whole=keep_whole)

    def _whole(self, widths: dict[int, int] | None = None) -> RichTable:
        """Return the table as rich lays it out: the widest columns give way."""
        rule = Box(f"    \n    \n {self.rule}{self.rule} \n" + "    \n" * 5, ascii=True)
        table = RichTable(
            box=rule, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), border_style=self.quiet
        )
        for at, (column, text) in enumerate(zip(self.columns, self.head, strict=True)):
            table.add_column(
                text,
                justify="right" if column.right else "left",
                width=None if widths is None else widths[at],
                header_style="bold",
            )
        for row in self.rows:
            table.add_row(*row)
        return table

    def _cards(self) -> Iterator[RenderableType]:
        """Yield every row as lines: its first cell, then the others with their headings."""
        for row in self.rows:
            first, *others = row
            if first.text.plain:
                yield first
            for heading, cell in zip(self.head[1:], others, strict=True):
                if cell.text.plain:
                    label = heading.text.copy()
                    label.stylize(self.quiet)
                    text = label.append("  ").append_text(cell.text)
                    yield Folded(text, indent=first.indent + GAP, hang=GAP)


def _stays_whole(column: Column) -> bool:
    return column.whole or column.right or column.role == "name"


class _Storeys:
    """A table whose notes, and formulas that are too long, stand below the rest of their row."""

    def __init__(
        self, table: ScreenTable, widths: dict[int, int], lower: Sequence[int], room: int, *,
        keep_whole: bool,
    ) -> None:  # fmt: skip
        self.table = table
        self.lower = lower
        self.widths = widths
        for at in reversed(widths):
            excess = sum(widths.values()) - room
            column = table.columns[at]
            if excess > 0 and column.below == "long" and not (keep_whole and column.whole):
                most = max(widths[at] - excess, NARROWEST, table.head[at].width)
                fitting = [row[at].narrowest for row in table.rows if row[at].narrowest <= most]
                widths[at] = max([table.head[at].width, *fitting])
        narrow = [at for at in widths if not _stays_whole(table.columns[at])]
        while sum(widths.values()) > room and narrow:
            widest = max(narrow, key=widths.__getitem__)
            if widths[widest] <= NARROWEST:
                break
            widths[widest] -= 1
        self.fits = sum(widths.values()) <= room

    def draw(self, room: int) -> Iterator[RenderableType]:
        """Yield the rows, as wide as the screen at most."""
        first = next(iter(self.widths.values())) + GAP
        margin = first if first <= room // 2 else 2 * GAP
        yield self._upper(self.table.head, bold=True)
        if self.lower:
            heads = (self.table.head[at].text.plain for at in self.lower)
            yield Folded(Text("; ".join(heads), "bold"), indent=margin)
        length = sum(self.widths.values()) + GAP * (len(self.widths) - 1)
        yield Text(self.table.rule * length, self.table.quiet)
        for row in self.table.rows:
            long = [at for at in self.widths if self._too_long(row, at)]
            yield self._upper(
                [Folded(Text()) if at in long else cell for at, cell in enumerate(row)]
            )
            for at in long:
                label = Text(f"{self.table.head[at].text.plain}: ", self.table.quiet)
                yield Folded(label.append_text(row[at].text), indent=margin, hang=GAP)
            if lower := self._lower(row):
                yield Folded(lower, indent=margin, hang=GAP)

    def _lower(self, row: Sequence[Folded]) -> Text:
        """Return what stands below the other cells of a row, in one text."""
        made = Text()
        for at in self.lower:
            if row[at].text.plain:
                before, _, after = self.table.columns[at].mark.partition("{}")
                made.append("; " if made else "").append(before)
                made.append_text(row[at].text).append(after)
        return made

    def _too_long(self, row: Sequence[Folded], at: int) -> bool:
        return self.table.columns[at].below == "long" and row[at].narrowest > self.widths[at]

    def _upper(self, row: Sequence[Folded], *, bold: bool = False) -> RichTable:
        grid = RichTable.grid(padding=(0, GAP, 0, 0))
        for at, width in self.widths.items():
            side = "right" if self.table.columns[at].right else "left"
            grid.add_column(width=width, justify=side, style="bold" if bold else "")  # type: ignore[arg-type]  # one of rich's words
        grid.add_row(*(row[at] for at in self.widths))
        return grid
