"""Pictures: SVG that stands alone, text, PNG and PDF; names in them are text and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.drawing.grid import scene
from seqinspect.output.drawing.layout import CHARACTER, SMALL
from seqinspect.output.drawing.svg import svg
from seqinspect.output.drawing.text import text
from seqinspect.output.text import visible
from seqinspect.readers.spec import read_spec
from tests.golden.test_drawing import GRAPH, HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.output.drawing.scene import Scene

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
EVERY = """\
name: every
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""
LAST = EVERY.replace("{units: n, return_sequences: true}", "n").replace("every", "last")

Segment = tuple[float, float, float, float]


def pictured(spec: str, *, few: bool = False) -> Scene:
    graph = read_spec(spec.encode())
    return scene(graph, analyse(graph), most=7 if few else None)


def drawn(*specs: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg([pictured(spec) for spec in specs]))


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_every_step_has_a_box_and_the_last_step_its_mark() -> None:
    words = texts(drawn(EVERY))
    assert words.count("LSTM") == words.count("Dense") == 4
    assert words.count("V") == words.count("W") == 4
    for each in ("x0", "x1", "x2", "x9", "y0", "y9", "last step", "lstm: LSTM", "dense: Dense"):
        assert each in words
    assert "4×n×(2×n+1) = 544 parameters" in words


def test_dense_on_the_last_step_is_one_box_below_it() -> None:
    root = drawn(LAST)
    words: dict[str | None, list[float]] = {}
    for each in root.iter(f"{SVG}text"):
        words.setdefault(each.text, []).append(float(each.attrib["x"]))
    assert words["Dense"] == [words["x9"][0]]
    assert len(words["LSTM"]) == 4
    ghosts = [each for each in root.iter(f"{SVG}circle") if each.attrib["class"] == "ghost"]
    assert len(ghosts) == 3


def test_a_picture_has_a_title_and_a_description() -> None:
    root = drawn(EVERY)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "t d"
    assert root.findtext(f"{SVG}title") == "every"
    description = root.findtext(f"{SVG}desc") or ""
    assert "lstm: LSTM, (batch, T, n), (batch, 10, 8), step t has seen steps 0…t." in description
    assert "dense: Dense" in description


def test_light_dark_and_paper() -> None:
    style = drawn(EVERY).findtext(f"{SVG}style") or ""
    light, dark = style.split("@media screen and (prefers-color-scheme: dark)")
    names = re.findall(r"^(\S+) \{", light, re.MULTILINE)
    assert all(f"{name} {{ " in dark for name in names if name.startswith(".k"))
    assert ".back { fill: #fff }" in light


def test_two_models_stand_side_by_side() -> None:
    one, two = (
        pictured(spec)._replace(heading=heading) for spec, heading in ((EVERY, "a"), (LAST, "b"))
    )
    root = ElementTree.fromstring(svg([one, two]))
    panels = list(root.iter(f"{SVG}g"))
    assert [texts(panel)[0] for panel in panels] == ["a", "b"]
    shifts = [float(re.findall(r"[0-9.]+", panel.attrib["transform"])[0]) for panel in panels]
    assert shifts[0] == 0 < shifts[1] < float(root.attrib["width"])
    boxes = [
        next(float(each.attrib["y"]) for each in panel.iter(f"{SVG}text") if each.text == "W")
        for panel in panels
    ]
    assert boxes[0] == boxes[1]


FILES = sorted([*ROOT.glob("configs/*.yaml"), *ROOT.glob("docs/questions/1*.yaml")])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_line_runs_through_a_text_and_all_is_on_the_paper(file: Path) -> None:
    try:
        root = drawn(file.read_text("utf-8"))
    except SpecError:
        return
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    lines = [line for path in root.iter(f"{SVG}path") for line in _segments(path)]
    for each in root.iter(f"{SVG}text"):
        role = each.attrib.get("class", "")
        width = len(each.text or "") * (SMALL if "small" in role else CHARACTER)
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        left = x - width / 2 if "mid" in role else x - width if "end" in role else x
        assert left >= 0
        assert left + width <= wide
        assert y <= high
        for x1, y1, x2, y2 in lines:
            assert not _meets(x1, y1, x2, y2, (left + 1, y - 7, left + width - 1, y)), each.text


def _segments(path: ElementTree.Element) -> Iterator[Segment]:
    """The lines of a path; its tips and what is dashed are none."""
    if path.attrib["class"] in ("tip", "flow"):
        return
    x = y = 0.0
    for sign, numbers in re.findall(r"([MLHVhvl])([-0-9. ]+)", path.attrib["d"]):
        values = [float(number) for number in numbers.split()]
        before = (x, y)
        match sign:
            case "M" | "L":
                x, y = values
            case "H":
                x = values[0]
            case "V":
                y = values[0]
            case "h":
                x += values[0]
            case "v":
                y += values[0]
        if sign != "M":
            yield (*before, x, y)


def _meets(x1: float, y1: float, x2: float, y2: float, box: Segment) -> bool:
    """Whether a line has a point within a box: it is cut by one edge after another."""
    left, top, right, bottom = box
    low, high = 0.0, 1.0
    for start, delta, least, most in ((x1, x2 - x1, left, right), (y1, y2 - y1, top, bottom)):
        if delta == 0:
            if not least < start < most:
                return False
            continue
        one, two = sorted(((least - start) / delta, (most - start) / delta))
        low, high = max(low, one), min(high, two)
    return low < high


def test_the_same_model_has_the_same_bytes() -> None:
    made = pictured(GRAPH)
    assert svg([made]) == svg([pictured(GRAPH)])
    plain = svg([made], encoding="ascii")
    assert plain.isascii()
    assert "".join(ElementTree.fromstring(plain).itertext()) == "".join(
        ElementTree.fromstring(svg([made])).itertext()
    )


KNOWN = {"svg", "title", "desc", "style", "g", "rect", "path", "text", "circle"}


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    made = pictured(GRAPH)
    rows = tuple(
        row._replace(
            name=name, box=name, labels=tuple(label._replace(text=name) for label in row.labels)
        )
        for row in made.rows
    )
    made = made._replace(model=name, source=name, heading=name, rows=rows, caption=(name,))
    for scenes in ([made], [made, made]):
        root = ElementTree.fromstring(svg(scenes).encode())
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= KNOWN
        assert not any(
            key.startswith("on") or key == "href" for e in root.iter() for key in e.attrib
        )
        assert root.findtext(f"{SVG}title") == visible(name)
    for line in text([made]).splitlines():
        assert line.isprintable()
        assert not line.startswith(("::", "##"))


def test_text_looks_like_the_picture() -> None:
    assert text([pictured(EVERY, few=True)], width=100).splitlines()[:7] == [
        "     x0           x1           x2        …       x9        input  (batch, T, n)",
        "      ↓            ↓            ↓                 ↓",
        "  [LSTM V]────→[LSTM V]────→[LSTM V]─────…───→[LSTM V]     lstm: LSTM  (batch, T, n)",
        "      ↓            ↓            ↓                 ↓",
        "  [Dense W]    [Dense W]    [Dense W]    …    [Dense W]    dense: Dense  (batch, T, n)",
        "      ↓            ↓            ↓                 ↓",
        "     y0           y1           y2        …       y9        target y  (batch, T, n)",
    ]
    assert text([pictured(LAST, few=True)], width=100).splitlines()[2:7] == [
        "  [LSTM V]───→[LSTM V]───→[LSTM V]────…───→[LSTM V]    lstm: LSTM  (batch, n)",
        "                                               ↓",
        "                                           [Dense W]   dense: Dense  (batch, n)",
        "                                               ↓",
        "                                               y       target y  (batch, n)",
    ]


def test_text_of_what_meets_and_of_what_is_not_known() -> None:
    spec = (
        "input: [3, 8]\nlayers: [{LSTM: 8}, {RepeatVector: 3}, {GlobalMaxPooling1D: {name: top}}]\n"
    )
    assert text([pictured(spec, few=True)], width=100).splitlines()[3:10] == [
        "      ┌───────────┬───────────┤",
        "      ↓           ↓           ↓",
        "  [Repeat]    [Repeat]    [Repeat]    repeat_vector: RepeatVector  (batch, 3, 8)",
        "      └───────────┼───────────┘",
        "                  ↓",
        "              [maximum]               top: GlobalMaxPooling1D  (batch, 8)",
        "                  ↓",
    ]
    own = "input: [3, 8]\ncustom: {Own: m:Own}\nlayers: [Own]\n"
    assert "steps unknown" in text([pictured(own, few=True)])


def test_text_in_ascii() -> None:
    plain = text([pictured(EVERY, few=True)], encoding="ascii")
    assert plain.isascii()
    assert "[LSTM V]---->[LSTM V]" in plain


def test_png_and_pdf() -> None:
    pytest.importorskip("typst")
    from seqinspect.output.drawing.paper import paper

    made = svg([pictured(EVERY)])
    size = re.search(r'width="([0-9.]+)" height="([0-9.]+)"', made)
    assert size is not None
    png = paper(made, "png")
    assert png.startswith(b"\x89PNG\r\n")
    pixels = [int.from_bytes(png[start : start + 4], "big") for start in (16, 20)]
    assert pixels == [pytest.approx(2 * float(each), abs=2) for each in size.groups()]
    pdf = paper(made, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf == paper(made, "pdf")
