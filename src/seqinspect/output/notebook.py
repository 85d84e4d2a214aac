"""What a notebook shows: a document or a picture as the output of a cell, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from seqinspect.output.renderers import render
from seqinspect.output.renderers.html import escaped, fragment
from seqinspect.output.theme import LOOKS

if TYPE_CHECKING:
    from seqinspect.output.document import Document

HEADING = 4
"""The level of the first heading: those above belong to the notebook's author."""

DARK = '[data-jp-theme-light="false"], [data-vscode-theme-kind*="dark"], [data-theme="dark"]'
"""Who says that the notebook is dark: JupyterLab and nbconvert, VS Code, pages made of notebooks.

What only the system says is followed where there is no word of the notebook.
"""

SAID = '[data-jp-theme-light], [data-vscode-theme-kind], [data-theme="light"]'

STYLE = f"""\
.seqinspect {{ color-scheme: light dark }}
:is({SAID}) .seqinspect {{ color-scheme: light }}
:is({DARK}) .seqinspect {{ color-scheme: dark }}
.seqinspect {{ text-align: left }}
.seqinspect section section, .seqinspect section > :not(h4, h5, h6, section) {{ margin-left: 1em }}
.seqinspect.seqinspect :is(h4, h5, h6) {{ font-size: 1em; font-weight: bold;
  margin: .6em 0 .2em }}
.seqinspect.seqinspect :is(p, ul, dl, pre, .wide) {{ margin-top: .3em; margin-bottom: .3em }}
.seqinspect :is(p, ul, dd) {{ max-width: 60em }}
.seqinspect .wide {{ overflow-x: auto }}
.seqinspect.seqinspect table {{ margin: 0; border-collapse: collapse }}
.seqinspect.seqinspect :is(th, td) {{ text-align: left; vertical-align: top; padding: .2em .8em;
  white-space: nowrap; max-width: none }}
.seqinspect.seqinspect .folds {{ white-space: normal }}
.seqinspect.seqinspect .right {{ text-align: right; font-variant-numeric: tabular-nums }}
.seqinspect.seqinspect tr {{ border-bottom: 1px solid #8884 }}
.seqinspect.seqinspect dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em }}
.seqinspect.seqinspect dt {{ font-weight: bold; float: none; width: auto; overflow: visible }}
.seqinspect.seqinspect dd {{ margin: 0 }}
.seqinspect.seqinspect pre {{ overflow-x: auto; line-height: 1.2 }}
.seqinspect img {{ max-width: 100%; height: auto }}
"""

COLOUR = "light-dark(color-mix(in srgb, {0}, #000 15%), color-mix(in srgb, {0}, #fff 45%))"
"""What becomes of a colour: rows of a notebook are grey rather than white or black."""


class Shown:
    """A document that a notebook shows as HTML and `print` as text."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __repr__(self) -> str:
        return f"<seqinspect text on {self._document.title!r}: print it, or show it in a notebook>"

    def __str__(self) -> str:
        return render([self._document], "text")

    def _repr_html_(self) -> str:
        return cell_html(self._document)

    def to_markdown(self) -> str:
        """Return the same as Markdown."""
        return render([self._document], "markdown")


class Picture:
    """A picture of a model; `svg` is its text, to be saved or put into a page."""

    def __init__(self, name: str, svg: str) -> None:
        self._name = name
        self.svg = svg

    def __repr__(self) -> str:
        return f"<seqinspect picture of {self._name!r}: show it in a notebook, or save its svg>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """Return it as an image: light or dark as the notebook is, its style apart from others."""
        alternative = escaped(f"picture of {self._name}")
        image = f'<img alt="{alternative}" src="data:image/svg+xml,{quote(self.svg)}">'
        return _cell(image)


def cell_html(document: Document) -> str:
    """Return a document as the output of a notebook's cell."""
    return _cell(fragment(document, level=HEADING))


def _cell(content: str) -> str:
    return f'<style>\n{STYLE}{_colours()}</style>\n<div class="seqinspect">\n{content}</div>\n'


def _colours() -> str:
    """Return the looks of roles."""
    return "".join(
        f".seqinspect .{role.replace(' ', '-')} {{ {look.css_with(COLOUR)} }}\n"
        for role, look in LOOKS.items()
    )
