"""Report → the table that answers the question: shapes, formulas, counts and time steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len

from seqinspect.output.columns import COLUMNS, TABLE, Cell
from seqinspect.output.folding import Group, folded
from seqinspect.output.summary import NAMES, Verdict, summary, verdict
from seqinspect.output.terminal import FILE, Screen
from seqinspect.output.text import encodable, inert, symbolic, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.report import InputReport, Report, Row

GAP = "  "
NOTES_BESIDE = 40
"""Where fewer columns are left than this, notes on time stand below their layer, not beside it."""
NARROWEST = 10
"""No column is made narrower than this; a screen that is narrower still breaks the lines itself."""
SIGNS = ("+", "×*,", "_/-.)")
"""Where a text without spaces is broken: after a sign of the first kind that is there."""
LABEL = 10
GLUE = "\ue000=\ue000"

BARE, HEADING, NOTE, RULE = "", "bold", "cyan", "dim"
VERDICTS = {
    Verdict.AGREES: "green",
    Verdict.DISAGREES: "bold red",
    Verdict.OPEN: "yellow",
}

Part: TypeAlias = tuple[str, str]
"""A piece of a line and its style, in rich's words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A layer in the table: its cells by column, its note on time steps, and how deep it stands."""

    cells: tuple[str, ...]
    note: str = ""
    depth: int = 0


def render(
    reports: Sequence[Report], *, columns: Sequence[str] = TABLE, screen: Screen = FILE
) -> str:
    """Return the table of every report and what follows from it, whole, at the screen's width."""
    texts = []
    for report in reports:
        lines = [_draw(parts, screen) for parts in _lines(report, columns, screen)]
        texts.append("".join(f"{line}\n" for line in lines))
    return "\n".join(texts)


def _lines(report: Report, columns: Sequence[str], screen: Screen) -> Iterator[list[Part]]:
    title, source = _shown(report.model, screen), _shown(report.source, screen)
    if screen.width is None or cell_len(title) + len(GAP) + cell_len(source) <= screen.width:
        yield [(title, HEADING), (GAP + source, RULE)]
    else:  # a path stays whole, to be copied
        yield [(title, HEADING)]
        yield [(source, RULE)]
    yield []
    yield from _table(list(_entries(report, columns, screen)), columns, screen)
    yield []
    if any(row.depth or row.block for row in report.rows):
        yield from _wrapped(
            "", "Indented layers are parts of the line above, counted in it.", screen
        )
    for label, text in summary(report):
        if text:
            yield from _wrapped(_shown(label, screen), _shown(text, screen), screen)
    said, sentence, differences = verdict(report)
    yield from _wrapped("", _shown(sentence, screen), screen, VERDICTS[said])
    for difference in differences:
        yield from _wrapped("", f"  {_shown(difference, screen)}", screen, VERDICTS[said])


def _entries(report: Report, columns: Sequence[str], screen: Screen) -> Iterator[Entry]:
    names = [name for name in columns if name != "time"]
    for given in report.inputs:
        yield _input_entry(given, names, screen)
    for item in folded(report.rows):
        if isinstance(item, Group):
            yield _group_entry(item, names, screen)
            for row in item.rows:
                yield _entry(row, report, names, screen, deeper=1)
        else:
            yield _entry(item, report, names, screen)


def _entry(
    row: Row, report: Report, names: Sequence[str], screen: Screen, *, deeper: int = 0
) -> Entry:
    cells = tuple(_cell(row, report, name, screen) for name in names)
    notes = [row.time.note] if row.time and row.time.note else []
    if row.reuses is not None and not row.depth:
        notes.insert(0, f"shares the weights of `{row.reuses}`")
    if False in (row.confirmed.shape, row.confirmed.params, row.confirmed.time):
        notes.append("Keras disagrees")
    return Entry(cells, _shown("; ".join(notes), screen), row.depth + deeper)


def _cell(row: Row, report: Report, name: str, screen: Screen) -> str:
    if name == "formula" and not row.weights:
        return ""
    return _text(COLUMNS[name].cell(row, report), screen)


def _input_entry(given: InputReport, names: Sequence[str], screen: Screen) -> Entry:
    tensor, axis = given.tensor, given.time_axis
    cells = {
        "name": given.name,
        "path": given.name,
        "type": "Input",
        "place": str(given.place or ""),
        "shape": symbolic(tensor),
        "dtype": tensor.dtype,
    }
    note = (
        "no time steps" if axis is None else f"{tensor.symbolic[axis].text()} steps, on axis {axis}"
    )
    return Entry(tuple(_shown(cells.get(name, ""), screen) for name in names), _shown(note, screen))


def _group_entry(group: Group, names: Sequence[str], screen: Screen) -> Entry:
    last = group.first + group.count - 1
    cells = {
        "name": f"{group.block} ×{group.count}",
        "type": "repeat",
        "shape": "; ".join(map(symbolic, group.outputs)),
        "formula": group.formula if group.params else "",
        "params": f"{group.params:,}",
    }
    note = f"{group.count} equal blocks ({group.first}…{last}), the first of which is below"
    return Entry(tuple(_shown(cells.get(name, ""), screen) for name in names), _shown(note, screen))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide each column is; `margin` is where notes begin that stand below their layer."""

    widths: tuple[int, ...]
    right: tuple[bool, ...]
    styles: tuple[str, ...]
    margin: int | None
    width: int | None


def _table(
    entries: Sequence[Entry], columns: Sequence[str], screen: Screen
) -> Iterator[list[Part]]:
    names = [name for name in columns if name != "time"]
    heading = Entry(tuple(COLUMNS[name].heading for name in names), COLUMNS["time"].heading)
    shown = [heading, *entries]
    if "time" not in columns or not any(entry.note for entry in entries):
        shown = [replace(entry, note="") for entry in shown]
    layout = _layout(shown, [COLUMNS[name].number for name in names], screen)
    rule = encodable("─", screen.encoding) if screen.terminal else "-"
    for entry in shown:
        style = HEADING if entry is shown[0] else None
        yield from _entry_lines(entry, layout, style)
        if style:
            yield [(GAP.join(rule * width for width in layout.widths), RULE)]


def _layout(shown: Sequence[Entry], numbers: Sequence[bool], screen: Screen) -> _Layout:
    """Find the widths at which every cell is whole: notes beside their layers, or below them."""
    widths = [
        max(cell_len(entry.cells[index]) + _indent(entry, index) for entry in shown)
        for index in range(len(numbers))
    ]
    right, styles = tuple(numbers), (BARE,) * len(numbers)
    notes = max(cell_len(entry.note) for entry in shown)
    if not notes:
        return _Layout(_narrowed(widths, screen.width), right, styles, None, screen.width)
    taken = sum(widths) + len(GAP) * len(widths)
    if screen.width is not None and widths and taken + min(notes, NOTES_BESIDE) > screen.width:
        narrowed = _narrowed(widths, screen.width)
        margin = min(narrowed[0] + len(GAP), screen.width // 3)
        return _Layout(narrowed, right, styles, margin, screen.width)
    if screen.width is not None:
        notes = min(notes, max(screen.width - taken, NARROWEST))
    return _Layout((*widths, notes), (*right, False), (*styles, NOTE), None, screen.width)


def _narrowed(widths: list[int], width: int | None) -> tuple[int, ...]:
    """Take from the widest columns what the screen does not have."""
    narrowed = list(widths)
    if width is not None:
        excess = sum(narrowed) + len(GAP) * (len(narrowed) - 1) - width
        for _ in range(excess):
            widest = max(range(len(narrowed)), key=narrowed.__getitem__)
            if narrowed[widest] <= NARROWEST:
                break
            narrowed[widest] -= 1
    return tuple(narrowed)


def _entry_lines(entry: Entry, layout: _Layout, style: str | None) -> Iterator[list[Part]]:
    cells = entry.cells if layout.margin is not None else (*entry.cells, entry.note)
    columns, lines = [], 1
    for index, (cell, width) in enumerate(zip(cells, layout.widths, strict=False)):
        indent = " " * _indent(entry, index)
        texts = _within(indent, cell, width)
        lines = max(lines, len(texts))
        columns.append(texts)
    for line in range(lines):
        parts = []
        for index, texts in enumerate(columns):
            text = texts[line] if line < len(texts) else ""
            space = " " * (layout.widths[index] - cell_len(text))
            text = space + text if layout.right[index] else text + space
            parts.append((GAP + text if index else text, style or layout.styles[index]))
        yield parts
    if layout.margin is not None and entry.note:
        below = None if layout.width is None else layout.width - layout.margin
        for text in wrap(entry.note, below):
            yield [(" " * layout.margin + text, style or NOTE)]


def _within(indent: str, cell: str, width: int) -> list[str]:
    """Return the lines of a cell; outputs stand below each other where one line is too short."""
    if len(indent) + cell_len(cell) <= width:
        return [indent + cell]
    room = max(width - len(indent), 1)
    pieces = cell.replace("; ", ";\n").split("\n")
    return [indent + text for piece in pieces for text in wrap(piece, room)]


def _indent(entry: Entry, index: int) -> int:
    return 0 if index else 2 * entry.depth


def _wrapped(label: str, text: str, screen: Screen, style: str = BARE) -> Iterator[list[Part]]:
    """Yield a sentence of the summary, with its label before it and its lines below each other."""
    margin = max(LABEL, cell_len(label)) + len(GAP) if label else 0
    width = None if screen.width is None else max(screen.width - margin, NARROWEST)
    # A name and its number stay on one line.
    glued = text.replace(" = ", GLUE) if label == NAMES else text
    for index, piece in enumerate(wrap(glued, width)):
        chunk = piece.replace(GLUE, " = ")
        if not margin:
            yield [(chunk, style)]
        elif index:
            yield [(" " * margin + chunk, style)]
        else:
            yield [(label + " " * (margin - cell_len(label)), HEADING), (chunk, style)]


def wrap(text: str, width: int | None) -> list[str]:
    """Break a text into lines of at most `width` cells, after a space or a sign where one is."""
    lines = []
    while width is not None and cell_len(text) > width:
        end = len(text)
        used = 0
        for index, character in enumerate(text):
            used += cell_len(character)
            if used > width:
                end = max(index, 1)
                break
        places = [text.rfind(" ", 0, end + 1)]
        for signs in SIGNS:
            places.append(max(text.rfind(sign, 0, end) for sign in signs) + 1)
        cut = next((place for place in places if place > end // 3), end)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text]


def _text(cell: Cell, screen: Screen) -> str:
    if cell is None:
        return "?"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:,}" if isinstance(cell, int) else _shown(cell, screen)


def _shown(text: str, screen: Screen) -> str:
    """Return a spec's text as this screen can show it."""
    return encodable(visible(text), screen.encoding)


def _draw(parts: Sequence[Part], screen: Screen) -> str:
    """Return a line of parts, with their styles where the screen shows them."""
    if not parts:
        return ""
    texts = [text for text, _ in parts]
    first = next((index for index, text in enumerate(texts) if text.strip()), 0)
    texts[first] = inert(texts[first])
    texts[-1] = texts[-1].rstrip()
    if not screen.colour:
        return "".join(texts).rstrip()
    from rich.color import ColorSystem  # noqa: PLC0415 - 12 ms, for a terminal only
    from rich.style import Style  # noqa: PLC0415

    return "".join(
        Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if text else ""
        for text, (_, style) in zip(texts, parts, strict=True)
    )
