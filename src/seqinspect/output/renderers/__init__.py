"""One document, several renderers: each escapes, folds and marks in its own way."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from seqinspect.output.screen import FILE, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.output.document import Document

DOCUMENT_FORMATS = ("markdown", "html", "latex")
"""The formats of a document, beside text for people at a screen."""


def render(documents: Sequence[Document], kind: str = "table", *, screen: Screen = FILE) -> str:
    """Return documents in a format, one after another; only its renderer is imported.

    A text that may have any width and has no colours needs no rich, whose import takes as long as
    all the rest.
    """
    if kind in ("table", "text"):
        kind = "text" if screen.width is None and not screen.colour else "terminal"
    renderer = import_module(f"seqinspect.output.renderers.{kind}")
    text: str = renderer.render(documents, screen)
    return text
