"""Two columns of a sweep as a picture: a dot a row, and the rows of the front joined, as SVG."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any

from seqinspect.output.sweep.document import document
from seqinspect.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seqinspect.output.sweep.rows import Heading

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 92, 20, 30, 62
MAX_DOTS = 20_000
"""Of more places than this, those on the same pixel are drawn once, and then every so many-th."""

STYLE = """\
text{font:13px sans-serif;fill:#333}.axis{stroke:#999;stroke-width:1}.grid{stroke:#e4e4e4}
.dot{fill:#3b76b5;fill-opacity:.45}.front{fill:#c2410c}.line{fill:none;stroke:#c2410c;stroke-width:1.5}
@media(prefers-color-scheme:dark){svg{background:#1b1b1b}text{fill:#ddd}.grid{stroke:#333}
.dot{fill:#7fb2e5}.front{fill:#fb923c}.line{stroke:#fb923c}}"""


def svg(
    names: tuple[str, str], points: Sequence[tuple[int, int]], front: Sequence[tuple[int, int]]
) -> str:
    """Return a picture of points (x, y), and of those on the front. `names` are shown for both."""
    across = _Scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Scale([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img"><title>{_text(" and ".join(names))}</title>'
        f"<style>{STYLE}</style>",
        *_axes(names, across, up),
    ]
    for x, y in _dots((across(x), up(y)) for x, y in points):
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="3"/>')
    steps = [(across(x), up(y)) for x, y in sorted(front)]
    if len(steps) > 1:
        path = " ".join(f"{x},{y}" for x, y in steps)
        parts.append(f'<polyline class="line" points="{path}"/>')
    for (x, y), values in zip(steps, sorted(front), strict=True):
        said = ", ".join(f"{name} {v:,}" for name, v in zip(names, values, strict=True))
        parts.append(
            f'<circle class="front" cx="{x}" cy="{y}" r="4"><title>{_text(said)}</title></circle>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _dots(places: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return where dots are drawn, spread over all places where these are too many."""
    found = [*dict.fromkeys(places)]
    if len(found) > MAX_DOTS:
        found = [*dict.fromkeys((round(x), round(y)) for x, y in found)]
    return found[:: -(-len(found) // MAX_DOTS)]


class _Scale:
    """Where numbers stand between two ends; those over more than two orders by their logarithm."""

    def __init__(self, numbers: Sequence[int], start: int, end: int) -> None:
        self.low, self.high = min(numbers), max(numbers)
        self.start, self.end = start, end
        self.logarithmic = self.low > 0 and self.high / self.low > 100
        self.of: Callable[[int], float] = log10 if self.logarithmic else float

    def __call__(self, number: int) -> float:
        low, high = self.of(self.low), self.of(self.high)
        share = (self.of(number) - low) / (high - low) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[int]:
        """Return some round numbers between the ends."""
        if self.logarithmic:
            powers = range(len(str(self.low)) - 1, len(str(self.high)) + 1)
            found = [10**p for p in powers if self.low <= 10**p <= self.high]
            return found if len(found) > 1 else [self.low, self.high]
        least = max(1, (self.high - self.low) // 5)
        unit = 10 ** (len(str(least)) - 1)
        step = next(unit * each for each in (1, 2, 5, 10) if unit * each >= least)
        first = -(-self.low // step) * step
        return list(range(first, self.high + 1, step)) or [self.low]


def _axes(names: tuple[str, str], across: _Scale, up: _Scale) -> Iterator[str]:
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for number in across.ticks():
        x = across(number)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{floor}"/>'
        yield f'<text x="{x}" y="{floor + 18}" text-anchor="middle">{short(number)}</text>'
    for number in up.ticks():
        y = up(number)
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{short(number)}</text>'
    yield f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>'
    yield f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}"/>'
    middle = (LEFT + right) // 2
    yield f'<text x="{middle}" y="{HEIGHT - 16}" text-anchor="middle">{_text(names[0])}</text>'
    yield f'<text x="8" y="{TOP - 12}">{_text(names[1])}</text>'


def short(number: int) -> str:
    """Return a number in few characters: 1.5M."""
    for unit, factor in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= factor:
            return f"{number / factor:.3g}{unit}"
    return str(number)


def _text(text: str) -> str:
    return escape(visible(text))


def page(heading: Heading, rows: Sequence[tuple[Any, ...]], picture: str) -> str:
    """Return a page with the picture, and a table of rows below it."""
    from seqinspect.output.renderers.html import render  # noqa: PLC0415 - only for a page
    from seqinspect.output.screen import FILE  # noqa: PLC0415

    whole = render([document(heading, rows, len(rows))], FILE)
    before, body, after = whole.partition("<body>")
    return f"{before}{body}\n{picture}{after}"
