"""Views → a page of HTML that stands alone, or a part of another one."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from seqinspect.output.drawing import svg
from seqinspect.output.page.table import tree
from seqinspect.output.renderers.html import escaped, lines, looks
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.page.view import ModelView, View

START = 'for (const each of document.querySelectorAll(".seqinspect-page")) seqinspectPage(each);\n'

FRAME = """\
:root { color-scheme: light dark }
body { margin: 0; background: light-dark(#fff, #000) }
main { padding: 1rem; max-width: 110rem; margin: 0 auto; box-sizing: border-box }
.seqinspect-page + .seqinspect-page { margin-top: 3rem }
@media print { :root { color-scheme: light } main { padding: 0 } }
"""
"""The style of a whole page, around the fragments."""

HINT = (
    "Point at a step in the picture, tap it, or go there with Tab and the arrow keys: the steps of"
    " the input that it depends on light up. A layer shows its weights, its findings and its line."
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="seqinspect">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; \
script-src '{script_hash}'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}</main>
<script>{script}</script>
</body>
</html>
"""


def page(views: Sequence[View], *, encoding: str = "utf-8") -> str:
    """Return one page with all views; its policy allows its own style and script, and no more."""
    titles = dict.fromkeys(view.document.title for view in views if view.document.title)
    style, code = f"\n{FRAME}{stylesheet()}", f"\n{script()}{START}"
    text = PAGE.format(
        title=escaped(", ".join(titles)) or "seqinspect",
        style=style,
        style_hash=_hash(style),
        script=code,
        script_hash=_hash(code),
        body="".join(map(fragment, views)),
    )
    held = encoding if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else "ascii"
    return encodable(text, held, lambda character: f"&#{ord(character)};")


def fragment(view: View) -> str:
    """Return a view as a part of a page: an element that `seqinspectPage(element)` makes alive."""
    return "".join(f"{line}\n" for line in _article(view))


def stylesheet() -> str:
    """Return the style of fragments, all of it below `.seqinspect-page`; in ASCII."""
    roles, signs = _below(":where(.seqinspect-page)", looks()), _below(".drawing", svg.style())
    return f"{_asset('page.css')}{roles}{signs}"


def script() -> str:
    """Return the script of fragments, one function `seqinspectPage(element)`; in ASCII."""
    return _asset("page.js")


def _article(view: View) -> Iterator[str]:
    yield '<article class="seqinspect-page">'
    yield from lines(view.document.blocks, 1, tree)
    yield f'<div class="models{" beside" if len(view.models) > 1 else ""}">'
    for model in view.models:
        yield from _model(model, named=len(view.models) > 1)
    yield "</div>"
    yield from lines(view.after, 2)
    yield "</article>"


def _model(model: ModelView, *, named: bool) -> Iterator[str]:
    name = escaped(model.name)
    yield f'<section class="model" aria-label="{name}"><div class="sides">'
    yield '<div class="facts">'
    if named:
        yield f"<h2>{name}</h2>"
    yield from lines(model.blocks, 2, tree)
    yield "</div>"
    yield f'<figure class="picture"><p class="said bar">{escaped(HINT)}</p>'
    yield f'<div class="scroll" role="region" aria-label="Picture of {name}" tabindex="0">'
    yield model.picture.svg
    yield "</div>"
    if model.picture.legend:
        yield "<figcaption>"
        yield from (f"<p>{escaped(line)}</p>" for line in model.picture.legend)
        yield "</figcaption>"
    yield "</figure>"
    yield f'<aside class="details" aria-label="Details of {name}">'
    yield '<div class="sheet">'
    yield '<button type="button" class="close" aria-label="Close">&times;</button>'
    yield f'<p class="said">{escaped(HINT)}</p>'
    for detail in model.details:
        yield f'<div class="detail" data-layer="{escaped(detail.path)}">'
        yield from lines([detail.section], 3)
        yield "</div>"
    yield "</div></aside>"
    yield "</div></section>"


def _asset(name: str) -> str:
    return (files("seqinspect.output.page") / name).read_text("ascii")


def _below(selector: str, rules: str) -> str:
    """Return rules that hold below an element only."""
    return f"{selector} {{\n{rules.rstrip()}\n}}\n"


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
