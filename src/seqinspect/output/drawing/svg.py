"""Scene → SVG that stands alone: no script, no font, nothing from elsewhere."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.output.drawing.cells import BY_STEP, PALETTE, cells, n, rest, text_at
from seqinspect.output.drawing.edges import edges
from seqinspect.output.drawing.labels import legend_lines
from seqinspect.output.drawing.layout import CHARACTER, LINE, MARGIN, Layout
from seqinspect.output.drawing.scene import cone_of
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.renderers.html import escaped
from seqinspect.output.text import cell_count, encodable, visible
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.output.drawing.edges import Edge
    from seqinspect.output.drawing.layout import Placed
    from seqinspect.output.drawing.scene import Scene

CHARACTERS = 40
"""Texts beside a picture are broken after so many characters."""

CHARACTERS_BESIDE = 30
"""The same where two pictures, or two sequences, stand side by side."""

TITLE = 8.6
"""How wide a character of a heading is."""

BETWEEN = 36

LIGHT = {
    "text": "fill: #1a1a1a", ".note": "fill: #0b5c69", ".dim": "fill: #595959",
    ".back": "fill: #fff", ".band": "fill: #fff3d6", ".last": "fill: #8a5a00",
    ".edge": "stroke: #4a4a4a", ".tip": "fill: #4a4a4a", ".state": "stroke: #b3261e",
    ".flow": "fill: #b3261e", ".faint": "stroke: #b9bec6", ".cone": "stroke: #0b5c69",
    ".dot": "fill: #fff; stroke: #4a4a4a", ".read": "fill: #0b5c69", ".unread": "fill: #b9bec6",
    ".frame": "fill: #8881; stroke: #8a8a8a", ".plain": "fill: #f3f4f6; stroke: #6b7280",
    ".ghost": "stroke: #9aa0a8", ".lane0": "stroke: #6b4fa0", ".lane1": "stroke: #2a6aa8",
    ".lane2": "stroke: #13795b", ".lane3": "stroke: #b35f00",
}  # fmt: skip

DARK = {
    "text": "fill: #e8e8e8", ".note": "fill: #6fd0de", ".dim": "fill: #a8a8a8",
    ".back": "fill: #16181c", ".band": "fill: #33290f", ".last": "fill: #e3b95a",
    ".edge": "stroke: #b5b5b5", ".tip": "fill: #b5b5b5", ".state": "stroke: #ff8a80",
    ".flow": "fill: #ff8a80", ".faint": "stroke: #4a4f57", ".cone": "stroke: #6fd0de",
    ".dot": "fill: #16181c; stroke: #b5b5b5", ".read": "fill: #6fd0de", ".unread": "fill: #4a4f57",
    ".frame": "fill: #8881; stroke: #777", ".plain": "fill: #262a30; stroke: #9aa0a8",
    ".ghost": "stroke: #70767e", ".lane0": "stroke: #b9a1ea", ".lane1": "stroke: #7db4e8",
    ".lane2": "stroke: #5fcfa6", ".lane3": "stroke: #f0a860",
}  # fmt: skip

STYLE = """\
text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.name { font-weight: bold } .small { font-size: 10px } .mid { text-anchor: middle }
.end { text-anchor: end }
.letter { font-weight: bold } .title { font-size: 14px; font-weight: bold }
.edge, .state, .faint, .cone, .ghost, .lane { fill: none; stroke-width: 1.3 }
.state { stroke-width: 2 } .cone { stroke-width: 1.6 } .frame { stroke-dasharray: 2 3 }
.lane { stroke-width: 1.8 } .lane1 { stroke-dasharray: 7 3 } .lane2 { stroke-dasharray: 2 3 }
.lane3 { stroke-dasharray: 8 3 2 3 } .ghost { stroke-dasharray: 3 3 } .mask { stroke-width: 1 }
.unknown { stroke-dasharray: 5 4 } .box { stroke-width: 1.4 } .seen { stroke-width: 2.8 }
"""


class Attributes(NamedTuple):
    """What the elements of a picture on a page carry, as text of HTML.

    `picture` is for the whole, `labels` for what is written beside each row, `cells` for what
    stands at a step of a row.
    """

    picture: str
    labels: Mapping[int, str]
    cells: Mapping[tuple[int, int], str]


def svg(scenes: Sequence[Scene], *, encoding: str = "utf-8") -> str:
    """Return scenes side by side as one picture; the same scenes give the same bytes."""
    single = len(scenes) == 1 and len(scenes[0].tracks) == 1
    characters = CHARACTERS if single else CHARACTERS_BESIDE
    layouts = aligned(scenes, characters)
    head = 26 if len(scenes) > 1 else 0
    parts: list[str] = []
    left, bottom = 0.0, 0.0
    for layout in layouts:
        wide = max(layout.width, 8 * CHARACTER * 8)
        lines = [*_below(layout, wide)]
        end = layout.bottom + 30 + LINE * len(lines)
        shift = f' transform="translate({n(left)} {n(head)})"' if len(scenes) > 1 else ""
        parts.append(f"<g{shift}>")
        if len(scenes) > 1:
            heading = visible(layout.scene.heading or layout.scene.model)
            room = int((wide - MARGIN) / TITLE)
            if cell_count(heading) > room:  # the end tells files apart
                heading = f"…{heading[1 - room :]}"
            parts.append(text_at(MARGIN, 8, heading, "title"))
        parts += _panel(layout)
        for index, (line, role) in enumerate(lines):
            parts.append(text_at(MARGIN, layout.bottom + 34 + LINE * index, line, role))
        parts.append("</g>")
        left += wide + (BETWEEN if layout is not layouts[-1] else MARGIN)
        bottom = max(bottom, end + head)
    height = bottom + MARGIN
    title = " and ".join(dict.fromkeys(visible(scene.model) for scene in scenes))
    told = " ".join(line for scene in scenes for line in described(scene))
    size = f'width="{n(left)}" height="{n(height)}"'
    text = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" {size}'
            f' viewBox="0 0 {n(left)} {n(height)}">',
            f'<title id="t">{escaped(title)}</title>',
            f'<desc id="d">{escaped(visible(told))}</desc>',
            f"<style>\n{style()}</style>",
            f'<rect class="back" width="{n(left)}" height="{n(height)}"/>',
            *parts,
            "</svg>",
            "",
        ]
    )
    held = encoding if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else "ascii"
    return encodable(text, held, lambda character: f"&#{ord(character)};")


def aligned(scenes: Sequence[Scene], characters: int) -> list[Layout]:
    """Return the layouts of scenes; the rows of two stand at the same heights, where as many."""
    if len(scenes) < 2:
        return [Layout(scene, characters) for scene in scenes]
    second = Layout(scenes[1], characters, Layout(scenes[0], characters))
    return [Layout(scenes[0], characters, second), second]


def on_page(layout: Layout, attributes: Attributes) -> str:
    """Return a scene as a part of a page, which brings the style; every row and cell is a group."""
    size = n(layout.width + MARGIN), n(layout.bottom + 24)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {attributes.picture}'
            f' width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}">',
            *_panel(layout, attributes),
            "</svg>",
        ]
    )


def style() -> str:
    """Return the colours for light and for dark; on paper, the light ones."""
    light = _rules(LIGHT, 0)
    dark = _rules(DARK, 1)
    return f"{STYLE}{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rules(colours: dict[str, str], theme: int) -> str:
    rules = [f"{name} {{ {value} }}" for name, value in colours.items()]
    for index, themes in enumerate(PALETTE):
        fill, stroke = themes[theme]
        rules.append(f".k{index} {{ fill: {fill}; stroke: {stroke} }}")
    return "".join(f"{rule}\n" for rule in rules)


def described(scene: Scene) -> Iterator[str]:
    """Yield a picture in words, a sentence a row, for those who do not see it."""
    for row in scene.rows:
        if row.kind in ("echo", "order"):
            continue
        parts = [label.text for label in row.labels if label.role in ("name", "shape", "note")]
        yield ", ".join(part.removeprefix("= ") for part in parts) + "."


def _below(layout: Layout, wide: float) -> Iterator[tuple[str, str]]:
    """Yield what stands below a picture, line by line, with its class."""
    scene = layout.scene
    characters = int((wide - MARGIN) / CHARACTER)
    name = scene.model if scene.source == scene.model else f"{scene.model} ({scene.source})"
    for text, role in (
        *((line, "") for line in legend_lines(scene.rows)),
        (name, "dim"),
        *((line, "dim") for line in scene.caption),
    ):
        for line in wrap(visible(text), characters):
            yield line, role


def _panel(layout: Layout, attributes: Attributes | None = None) -> Iterator[str]:
    """Draw one scene."""
    cone = cone_of(layout.scene.rows)
    lines = edges(layout, cone)
    if attributes is None:
        yield from (*_frames(layout), *_last_steps(layout), *(edge.drawn for edge in lines))
    else:
        yield from ('<g aria-hidden="true">', *_frames(layout), *_last_steps(layout))
        yield '<g class="lines">'
        yield from (_joining(edge) for edge in lines)
        yield "</g>"
        yield from (element for placed in layout.placed for element in rest(placed))
        yield "</g>"
    for index, placed in enumerate(layout.placed):
        drawn = [*cells(placed, cone.get(index, set()))]
        if attributes is None:
            yield from (element for _, element in drawn)
            yield from rest(placed)
            yield from _labels(placed)
            continue
        yield f'<g role="row"><g {attributes.labels[index]}>'
        x, top = _corner(placed)
        yield _target(x, top, layout.text, LINE * len(placed.lines))
        yield from _labels(placed)
        yield "</g>"
        for step, element in drawn:
            yield f"<g {attributes.cells[index, step]}>{_hit(placed, step)}\n{element}\n</g>"
        yield "</g>"


def _joining(edge: Edge) -> str:
    """Return a line that knows which cells it joins, each as its row and its step."""
    if edge.ends is None:
        return edge.drawn
    start, end = ("{}:{}".format(*cell) for cell in edge.ends)
    return f'<g data-from="{start}" data-to="{end}">{edge.drawn}</g>'


def _hit(placed: Placed, step: int) -> str:
    """Return what of a cell can be pointed at, where it is small."""
    if placed.row.form not in BY_STEP:
        return ""
    half, high = min(placed.track.half + 4, placed.track.pitch / 2), max(placed.half, 12)
    return _target(placed.xs[step] - half, placed.y - high, 2 * half, 2 * high)


def _target(x: float, y: float, width: float, height: float) -> str:
    """Return what can be pointed at and is not seen."""
    size = f'width="{n(width)}" height="{n(height)}"'
    return f'<rect class="hit" x="{n(x)}" y="{n(y)}" {size}/>'


def _labels(placed: Placed) -> Iterator[str]:
    """Write what stands beside a row."""
    x, top = _corner(placed)
    for number, (line, role) in enumerate(placed.lines):
        start = x + CHARACTER * (len(line) - len(line.lstrip(" ")))
        yield text_at(start, top + 12 + LINE * number, line.lstrip(" "), role)


def _corner(placed: Placed) -> tuple[float, float]:
    """Return where what stands beside a row begins."""
    x = placed.track.labels if placed.row.track else MARGIN
    return x, placed.y - LINE * len(placed.lines) / 2


def _frames(layout: Layout) -> Iterator[str]:
    """Draw what stands around rows that belong together."""
    for frame in layout.scene.frames:
        first, last = layout.placed[frame.first], layout.placed[frame.last]
        top, end = first.top - 26, last.bottom + 8
        yield (
            f'<rect class="frame" x="{n(MARGIN - 10)}" y="{n(top)}" rx="8"'
            f' width="{n(layout.width - MARGIN + 18)}" height="{n(end - top)}"/>'
        )
        times = f" ×{frame.times}: {frame.times} equal blocks, one after another"
        name = visible(frame.name) + (times if frame.times > 1 else "")
        room = int(layout.text / CHARACTER)
        if cell_count(name) > room:
            name = visible(frame.name)[: room - 6] + (f" ×{frame.times}" if frame.times > 1 else "")
        yield text_at(MARGIN, top + 16, name, "name dim")


def _last_steps(layout: Layout) -> Iterator[str]:
    """Mark the last step of every row that has steps, the rows of one column together."""
    found: list[tuple[Placed, float]] = []
    for placed in layout.placed:
        if placed.row.cells and len(placed.row.cells) > 1 and placed.row.form != "wide":
            found.append((placed, placed.xs[placed.row.cells[-1]]))
    named: set[int] = set()
    columns = groupby(sorted(found, key=lambda each: each[0].row.track), key=_column)
    for (track, x), rows in columns:
        first, *others = [placed for placed, _ in rows]
        last = others[-1] if others else first
        half = first.track.half + 6
        top, end = first.y - first.half - 8, last.y + last.half + 8
        yield (
            f'<rect class="band" x="{n(x - half)}" y="{n(top)}" rx="5" width="{n(2 * half)}"'
            f' height="{n(end - top)}"/>'
        )
        if track not in named:
            named.add(track)
            above = top - (17 if first.track.narrow else 5)
            yield text_at(x + half, above, "last step", "last small end")


def _column(each: tuple[Placed, float]) -> tuple[int, float]:
    return each[0].row.track, each[1]
