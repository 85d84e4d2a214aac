"""What changed between two models → text for a terminal or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from seqinspect.output.diff import checkpoint as diff_checkpoint
from seqinspect.output.diff import words as diff_words
from seqinspect.output.layout import wrap
from seqinspect.output.report.summary import verdict
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import encodable, inert, legend, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.compare.checkpoint import Verdict
    from seqinspect.compare.diff import Change, Diff, InputChange

Line = tuple[str, str]
"""A line and its style."""

LABEL = 15
MARGIN = "    "
NARROWEST = 20
"""Texts are broken at no width below this."""

PLAIN, BOLD, GREEN, RED, YELLOW = "", "1", "32", "31", "33"
STYLES = {"+": GREEN, "-": RED, "~": YELLOW}
LOADS = {"fully": GREEN, "partially": RED, "no": RED, "unknown": YELLOW}


def render(diffs: Sequence[Diff], *, screen: Screen = FILE) -> str:
    """Return all that changed, a model after the other."""
    return "\n".join(
        "".join(f"{_drawn(text, style, screen)}\n" for text, style in _lines(diff, screen))
        for diff in diffs
    )


def render_fit(source: str, file: str, found: Verdict, *, screen: Screen = FILE) -> str:
    """Return whether a file of weights loads into the model of a spec."""
    lines = [(f"{visible(file)} → {visible(source)}", BOLD), ("", PLAIN)]
    lines += _checkpoint(list(diff_checkpoint.sentences(found, file=True)), found.loads, screen)
    rows = [tuple(map(visible, row)) for row in diff_checkpoint.beside(found)]
    if rows:
        widths = [
            max(map(cell_len, column)) for column in zip(diff_checkpoint.BESIDE, *rows, strict=True)
        ]
        lines += [("", PLAIN), (_in_columns(diff_checkpoint.BESIDE, widths), BOLD)]
        lines += [
            (_in_columns(row, widths), PLAIN if row[1] == row[2] or not row[1] else RED)
            for row in rows
        ]
    return "".join(f"{_drawn(text, style, screen)}\n" for text, style in lines)


def _in_columns(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _lines(diff: Diff, screen: Screen) -> Iterator[Line]:
    yield from _title(diff, screen)
    if diff.same:
        yield f"{diff_words.NOTHING}.", GREEN
        yield from _confirmed(diff, screen)
        return
    yield "", PLAIN
    said = list(diff_checkpoint.of_diff(diff))
    loads = "partially" if diff.crossed else diff.verdict.loads
    yield from _checkpoint(said, loads, screen)
    yield "", PLAIN
    for given in diff.inputs:
        yield from _input(given, screen)
    for change, count in diff_words.folded(diff.changes):
        yield from _change(change, count, screen)
    if diff.inputs or diff.changes:
        yield "", PLAIN
    for detail in diff.model:
        if detail.what == "outputs":
            yield from _wrapped(("Outputs", LABEL), diff_words.between(detail), screen)
    for label, text in (("Names", _names(diff)), *diff_words.totals(diff)):
        if text:
            yield from _wrapped((label, LABEL), text, screen)
    yield from _confirmed(diff, screen)


def _title(diff: Diff, screen: Screen) -> Iterator[Line]:
    old, new = visible(diff.old.source), visible(diff.new.source)
    whole = f"{old} → {new}"
    if screen.width is None or cell_len(whole) <= screen.width:
        yield whole, BOLD
    else:  # a path stays whole, to be copied
        yield old, BOLD
        yield f"→ {new}", BOLD


def _checkpoint(said: Sequence[str], loads: str, screen: Screen) -> list[Line]:
    first, *rest = said
    lines = list(_wrapped(("Checkpoint", LABEL), first, screen, LOADS[loads]))
    for sentence in rest:
        lines += _wrapped(("", LABEL), sentence, screen)
    return lines


def _input(change: InputChange, screen: Screen) -> Iterator[Line]:
    old, new = change.old, change.new
    mark = "+" if old is None else "-" if new is None else "~"
    names = dict.fromkeys(given.name for given in (old, new) if given is not None)
    yield f"{mark} {visible(' → '.join(names))} (Input)", STYLES[mark]
    yield from _labelled(list(diff_words.inputs(change)), screen)


def _change(change: Change, count: int, screen: Screen) -> Iterator[Line]:
    mark = diff_words.MARKS[change.kinds[0]]
    times = f", and in {count - 1} more of the block" if count > 1 else ""
    yield from ((line, STYLES[mark]) for line in _broken(
        f"{mark} {visible(diff_words.title(change))}{times}", screen.width
    ))  # fmt: skip
    yield from _labelled(list(diff_words.lines(change)), screen)


def _labelled(found: Sequence[tuple[str, str]], screen: Screen) -> Iterator[Line]:
    width = max((cell_len(visible(label)) for label, _ in found), default=0)
    for label, text in found:
        yield from _wrapped((label, min(width, 24) + 2), text, screen, indent=MARGIN)


def _wrapped(
    label: tuple[str, int], text: str, screen: Screen, style: str = PLAIN, indent: str = ""
) -> Iterator[Line]:
    """Yield a sentence with its label, of a width, before it, and its lines below each other."""
    head = visible(label[0])
    margin = max(label[1], cell_len(head) + 2 if head else 0)
    width = None if screen.width is None else screen.width - margin - len(indent)
    for index, piece in enumerate(_broken(visible(text), width)):
        before = head if not index else ""
        yield f"{indent}{before}{' ' * (margin - cell_len(before))}{piece}", style


def _broken(text: str, width: int | None) -> list[str]:
    return wrap(text, None if width is None else max(width, NARROWEST))


def _names(diff: Diff) -> str:
    old, new = (legend(side.dims, side.definitions) for side in (diff.old, diff.new))
    before, after = ", ".join(old), ", ".join(new)
    return after if before == after else f"{before or 'none'} → {after or 'none'}"


def _confirmed(diff: Diff, screen: Screen) -> Iterator[Line]:
    said = [verdict(side)[1:] for side in (diff.old, diff.new) if side.rows]
    told = said[:1] if len(said) > 1 and said[0] == said[1] else said
    for side, (sentence, differences) in zip(("old: ", "new: "), told, strict=False):
        which = side if len(told) > 1 else ""
        for line in _broken(visible(f"{which}{sentence}"), screen.width):
            yield line, PLAIN
        for difference in differences:
            yield from ((f"  {line}", PLAIN) for line in _broken(visible(difference), screen.width))


def _drawn(text: str, style: str, screen: Screen) -> str:
    line = inert(encodable(text.rstrip(), screen.encoding))
    return f"\x1b[{style}m{line}\x1b[0m" if style and line and screen.colour else line
