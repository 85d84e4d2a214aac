"""Drawing → the languages of Graphviz (DOT) and Mermaid, which draw it themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.drawing.boxes import caption_of
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from seqinspect.output.drawing.boxes import Box, Drawing

WIDTH = 48
"""Notes are broken after so many characters."""

SHAPES = {"input": "box, style=rounded", "layer": "box", "block": "box3d", "target": "plaintext"}
FRAMES = {"input": ("([", "])"), "layer": ("[", "]"), "block": ("[[", "]]"), "target": ("(", ")")}

SIGNS = re.compile(r"""[#"<>&`*~|\\{}\[\]]|^[-+](?= )|(?<=[0-9])\.(?= )""")
"""What Mermaid takes for its own: entities, HTML, Markdown and its lists."""


def dot(drawn: Drawing, *, encoding: str = "utf-8") -> str:
    """Return the drawing as a digraph for `dot -Tpng` and its like."""
    caption = "".join(f"{_quoted(line)}\\l" for line in (caption_of(drawn), *drawn.caption))
    lines = [
        f'digraph "{_quoted(drawn.model)}" {{',
        f'  graph [label="{caption}", labelloc=b, labeljust=l, fontname=monospace, fontsize=10]',
        "  node [fontname=monospace, fontsize=11]",
        "  edge [fontname=monospace, fontsize=10]",
    ]
    for index, box in enumerate(drawn.boxes):
        text = "".join(f"{_quoted(line)}\\l" for line in lines_of(box))
        lines.append(f'  n{index} [label="{text}", shape={SHAPES[box.kind]}]')
    for arrow in drawn.arrows:
        label = f' [label="{_quoted(arrow.label)}"]' if arrow.label else ""
        lines.append(f"  n{arrow.start} -> n{arrow.end}{label}")
    return encodable("\n".join([*lines, "}", ""]), encoding)


def mermaid(drawn: Drawing, *, encoding: str = "utf-8") -> str:
    """Return the drawing as a flowchart, which GitHub and GitLab draw in Markdown."""
    lines = ["flowchart TD"]
    lines += [f"  %% {visible(line)}" for line in (caption_of(drawn), *drawn.caption)]
    for index, box in enumerate(drawn.boxes):
        start, end = FRAMES[box.kind]
        text = "<br/>".join(map(_entities, lines_of(box)))
        lines.append(f'  n{index}{start}"{text}"{end}')
    for arrow in drawn.arrows:
        label = f'|"{_entities(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  n{arrow.start} -->{label} n{arrow.end}")
    return encodable("\n".join([*lines, ""]), encoding, lambda character: f"#{ord(character)};")


def lines_of(box: Box) -> list[str]:
    """Return all that stands in a box."""
    title = f"{box.title}: {box.type}" if box.type else box.title
    return [line for line in (title, *box.lines, *wrap(visible(box.note), WIDTH)) if line]


def _quoted(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')


def _entities(text: str) -> str:
    return SIGNS.sub(lambda match: f"#{ord(match[0])};", visible(text))
