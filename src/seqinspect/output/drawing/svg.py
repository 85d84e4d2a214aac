"""Drawing → SVG that stands alone: no script, no font, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from unicodedata import east_asian_width

from seqinspect.output.drawing.boxes import HIDDEN, caption_of
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.renderers.html import escaped
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.drawing.boxes import Arrow, Box, Drawing, Steps

CHARACTER = 7.25
"""How wide a character of the font is, in its size of 12; the fonts of all systems are near it."""

LINE, EDGE, GAP, BETWEEN, LANE = 16, 10, 34, 24, 14
STEP, DOT, BAND = 26, 4, 34
WIDTH = 46
"""Notes are broken after so many characters, and other texts after twice as many."""

STYLE = """\
text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1a1a1a }
.title { font-weight: bold } .note { fill: #0b6a78 } .dim { fill: #666 }
.box { fill: #fff; stroke: #444; stroke-width: 1.2 } .input { fill: #eef5ff; stroke: #3b6ea5 }
.block { fill: #f6f2ff; stroke: #6b4fa0 } .target { fill: #f2f8ee; stroke: #4d7a2f }
.arrow { fill: none; stroke: #444; stroke-width: 1.2 } .head { fill: #444 }
.step { fill: #0b6a78 } .line { stroke: #0b6a78; stroke-opacity: .55 } .back { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #e8e8e8 } .note { fill: #6fd0de } .dim { fill: #a0a0a0 } .back { fill: #16181c }
  .box { fill: #22252b; stroke: #aaa } .input { fill: #1b2838 } .block { fill: #292238 }
  .target { fill: #202b1b } .arrow { stroke: #bbb } .head { fill: #bbb } .step { fill: #6fd0de }
  .line { stroke: #6fd0de }
}"""


class Placed(NamedTuple):
    """A box with its lines, each with a class, and where it stands."""

    box: Box
    lines: tuple[tuple[str, str], ...]
    rank: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where arrows come in and go out."""
        return self.x + self.width / 2


def svg(drawn: Drawing, *, encoding: str = "utf-8") -> str:
    """Return the drawing as a picture; the same drawing gives the same bytes."""
    placed, lanes, right = _laid_out(drawn)
    caption = [(line, "dim") for line in _broken(caption_of(drawn), 2 * WIDTH)]
    for sentence in drawn.caption:
        caption += [(line, "") for line in _broken(sentence, 2 * WIDTH)]
    bottom = max((each.y + each.height for each in placed), default=0) + BETWEEN
    width = max(right, *(_wide(text) for text, _ in caption)) + 2 * BETWEEN
    height = bottom + LINE * len(caption) + BETWEEN
    title = escaped(drawn.model)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}"'
        f' width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="back" width="{_n(width)}" height="{_n(height)}"/>',
    ]
    for arrow in drawn.arrows:
        lines += _arrow(arrow, placed, lanes.get(arrow))
    for each in placed:
        lines += _box(each)
    lines += _texts(caption, BETWEEN, bottom + LINE)
    text = "\n".join([*lines, "</svg>", ""])
    held = encoding if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else "ascii"
    return encodable(text, held, lambda character: f"&#{ord(character)};")


def _laid_out(drawn: Drawing) -> tuple[list[Placed], dict[Arrow, float], float]:
    """Return boxes in rows, those that read others below them; lanes beside them; the width."""
    ranks = [0] * len(drawn.boxes)
    into: dict[int, list[int]] = {}
    for arrow in drawn.arrows:
        into.setdefault(arrow.end, []).append(arrow.start)
    for index in range(len(drawn.boxes)):  # in execution order: what it reads has its rank
        ranks[index] = 1 + max((ranks[start] for start in into.get(index, ())), default=-1)
    rows: dict[int, list[int]] = {}
    for index, rank in enumerate(ranks):
        rows.setdefault(rank, []).append(index)
    texts = [_lines(box) for box in drawn.boxes]
    sizes = [_size(box, lines) for box, lines in zip(drawn.boxes, texts, strict=True)]
    widths = {
        rank: sum(sizes[index][0] for index in row) + BETWEEN * (len(row) - 1)
        for rank, row in rows.items()
    }
    widest = max(widths.values(), default=0)
    placed: dict[int, Placed] = {}
    y = float(BETWEEN)
    for rank in sorted(rows):
        x = BETWEEN + (widest - widths[rank]) / 2
        for index in rows[rank]:
            width, height = sizes[index]
            placed[index] = Placed(drawn.boxes[index], texts[index], rank, x, y, width, height)
            x += width + BETWEEN
        y += max(sizes[index][1] for index in rows[rank]) + GAP
    lanes = _lanes(drawn.arrows, ranks)
    right = widest + BETWEEN
    beside = {arrow: right + BETWEEN + LANE * lane for arrow, lane in lanes.items()}
    end = max([right, *beside.values(), *_label_ends(beside)])
    return [placed[index] for index in range(len(drawn.boxes))], beside, end


def _label_ends(beside: dict[Arrow, float]) -> Iterator[float]:
    return (x + LANE + _wide(arrow.label) for arrow, x in beside.items() if arrow.label)


def _lanes(arrows: Sequence[Arrow], ranks: Sequence[int]) -> dict[Arrow, int]:
    """Give each arrow that passes boxes by a lane of its own beside them, as far as it goes."""
    far = [each for each in arrows if ranks[each.end] - ranks[each.start] > 1]
    far.sort(key=lambda each: (ranks[each.start], -ranks[each.end], each.start, each.end))
    ends: list[int] = []
    lanes = {}
    for arrow in far:
        free = next((i for i, end in enumerate(ends) if end <= ranks[arrow.start]), len(ends))
        ends[free : free + 1] = [ranks[arrow.end]]
        lanes[arrow] = free
    return lanes


def _lines(box: Box) -> tuple[tuple[str, str], ...]:
    """Return the lines of a box, each with the class that says how it looks."""
    title = f"{box.title}: {box.type}" if box.type else box.title
    lines = [(line, "title") for line in _broken(title, 2 * WIDTH)]
    for text in box.lines:
        lines += [(line, "") for line in _broken(text, 2 * WIDTH)]
    if box.note:
        lines += [(line, "note") for line in _broken(box.note, WIDTH)]
    return tuple(lines)


def _broken(text: str, width: int) -> list[str]:
    shown = visible(text)
    margin = len(shown) - len(shown.lstrip(" "))
    return [" " * margin + line for line in wrap(shown.lstrip(" "), width - margin)]


def _size(box: Box, lines: Sequence[tuple[str, str]]) -> tuple[float, float]:
    width = max(_wide(text) for text, _ in lines)
    height = LINE * len(lines) + 2 * EDGE
    if box.steps is not None:
        most = max(len(box.steps.before), len(box.steps.after), 1)
        width = max(width, STEP * (most + 1))
        height += BAND * len(_bands(box.steps)) - BAND + LINE
        height += LINE if box.steps.after and len(_bands(box.steps)) > 1 else 0
    return width + 2 * EDGE, height


def _bands(steps: Steps) -> list[tuple[int, ...]]:
    """Return the rows of dots: the steps that come in, and those that go out; () is a vector."""
    return [steps.after] if not steps.before and not steps.lines else [steps.before, steps.after]


def _box(each: Placed) -> Iterator[str]:
    kind = "box" if each.box.kind == "layer" else f"box {each.box.kind}"
    rounded = 3 if each.box.kind in ("layer", "block") else 12
    yield (
        f'<rect class="{kind}" x="{_n(each.x)}" y="{_n(each.y)}" width="{_n(each.width)}"'
        f' height="{_n(each.height)}" rx="{rounded}"/>'
    )
    yield from _texts(each.lines, each.x + EDGE, each.y + EDGE + LINE - 4)
    if each.box.steps is not None:
        top = each.y + EDGE + LINE * len(each.lines) + LINE
        yield from _steps(each.box.steps, each.x + EDGE, top)


def _steps(steps: Steps, x: float, y: float) -> Iterator[str]:
    """Draw a dot for every step, and lines from each output step to the input steps it sees."""
    bands = _bands(steps)
    middle = x + STEP * max(len(steps.before), len(steps.after), 1) / 2
    cuts = list(steps.cut)[-len(bands) :]
    if len(bands) == 2:
        for start, end in steps.lines:
            one = _at(x, start, steps.before, cut=cuts[0])
            two = _at(x, end, steps.after, cut=cuts[1]) if steps.after else middle
            yield (
                f'<line class="line" x1="{_n(one)}" y1="{_n(y)}" x2="{_n(two)}"'
                f' y2="{_n(y + BAND)}"/>'
            )
    for number, band in enumerate(bands):
        line = y + BAND * number
        for index, step in enumerate(band or (0,)):
            place = _at(x, index, band, cut=cuts[number]) if band else middle
            yield f'<circle class="step" cx="{_n(place)}" cy="{_n(line)}" r="{DOT}"/>'
            if band and number in (0, len(bands) - 1):
                above = line - 7 if number == 0 else line + 15
                yield (
                    f'<text class="dim" x="{_n(place)}" y="{_n(above)}" text-anchor="middle"'
                    f' style="font-size:9px">{step}</text>'
                )
        if cuts[number]:
            place = _at(x, HIDDEN, band, cut=True)
            yield (
                f'<text class="dim" x="{_n(place)}" y="{_n(line + 4)}" text-anchor="middle">'
                "…</text>"
            )


def _at(x: float, index: int, band: tuple[int, ...], *, cut: bool) -> float:
    """Return where a step stands; the last one further off, behind those that are left out."""
    if index == HIDDEN:
        return x + STEP * (len(band) - 0.5)
    return x + STEP * (index + 0.5 + (0.5 if cut and index == len(band) - 1 else 0))


def _arrow(arrow: Arrow, placed: Sequence[Placed], lane: float | None) -> Iterator[str]:
    one, two = placed[arrow.start], placed[arrow.end]
    start, end = one.y + one.height, two.y
    if lane is None:
        half = (start + end) / 2
        path = (
            f"M{_n(one.middle)} {_n(start)}C{_n(one.middle)} {_n(half)} {_n(two.middle)}"
            f" {_n(half)} {_n(two.middle)} {_n(end)}"
        )
        x, y = (one.middle + two.middle) / 2 + 6, half
    else:
        path = (
            f"M{_n(one.middle)} {_n(start)}v{GAP // 3}H{_n(lane)}V{_n(end - GAP // 3)}"
            f"H{_n(two.middle)}V{_n(end)}"
        )
        x, y = lane + 4, start + GAP
    yield f'<path class="arrow" d="{path}"/>'
    yield f'<path class="head" d="M{_n(two.middle)} {_n(end)}l-4 -7h8z"/>'
    if arrow.label:
        yield f'<text class="dim" x="{_n(x)}" y="{_n(y + 4)}">{escaped(arrow.label)}</text>'


def _texts(lines: Sequence[tuple[str, str]], x: float, y: float) -> Iterator[str]:
    for index, (text, kind) in enumerate(lines):
        mark = f' class="{kind}"' if kind else ""
        start = x + CHARACTER * (len(text) - len(text.lstrip(" ")))
        line = escaped(text.lstrip(" "))
        yield f'<text{mark} x="{_n(start)}" y="{_n(y + LINE * index)}">{line}</text>'


def _wide(text: str) -> float:
    return CHARACTER * sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _n(number: float) -> str:
    """Return a number as briefly as a picture needs it."""
    return f"{number:.1f}".removesuffix(".0")
