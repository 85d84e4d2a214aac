"""SVG → PNG and PDF, by Typst, which has a font of its own: the same picture everywhere."""

from __future__ import annotations

import re
from typing import Any

LIBRARY = "typst"
"""Drawn by it, since it needs no library of the system, and is the same on every system."""

SCALE = 2
"""Pixels of a PNG for each of the SVG."""

DENSITY = 96

MARGIN = 10

SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')


def paper(svg: str, kind: str) -> bytes:
    """Return a picture as a PNG, or as a PDF of one page of A4. Raises ImportError without Typst.

    Characters that the font of Typst lacks are drawn with the fonts of the system.
    """
    import typst  # noqa: PLC0415 - an extra, and heavy

    page = _page(svg) if kind == "pdf" else "#set page(width: auto, height: auto, margin: 0pt)\n"
    image = 'width: 100%, height: 100%, fit: "contain"' if kind == "pdf" else ""
    main = f'{page}#image("picture.svg", {image})\n'
    files = {"main.typ": main.encode(), "picture.svg": svg.encode()}
    own = all(ord(character) < 0x2E80 for character in svg)
    settings: dict[str, Any] = {"format": kind, "ignore_system_fonts": own}
    if kind == "png":
        settings["ppi"] = DENSITY * SCALE
    else:
        settings["timestamp"] = 0
    made = typst.compile(files, **settings)
    return bytes(made[0] if isinstance(made, list) else made)


def _page(svg: str) -> str:
    """Return a page of A4, upright or across, as the picture is."""
    found = SIZE.search(svg)
    across = found is not None and float(found[1]) > float(found[2])
    flipped = "true" if across else "false"
    return f'#set page(paper: "a4", flipped: {flipped}, margin: {MARGIN}mm)\n'
