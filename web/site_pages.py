"""The repository's documents as pages of a site: what mkdocs asks while it builds.

README.md is the start page. A link between documents leads to the same document on the site, and a
question's page leads to its spec in the playground.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "web/site.css": "site.css",
    "web/site.js": "site.js",
}
"""Files that do not stand in docs/, and their places on the site."""

SOURCE = "source/"
"""Where other files of the repository stand that documents link to."""

QUESTIONS = "questions/"
DESCRIPTION = 160
"""Characters of a description that search engines show."""

LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the page of every question into the navigation, and at its end what it does not name."""
    pages = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    index = f"{QUESTIONS}README.md"
    questions = [index, *(each for each in pages if each.startswith(QUESTIONS) and each != index)]
    nav: list[Any] = [
        {"Questions": questions} if entry == {"Questions": QUESTIONS} else entry
        for entry in config.nav or []
    ]
    rest = [each for each in pages if f"'{each}'" not in repr(nav)]
    config.nav = nav + ([{"More": rest}] if rest else [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that stand outside of docs/, and the files that documents link to."""
    places = dict(OUTSIDE)
    documents = [*DOCS.rglob("*.md"), *map(ROOT.joinpath, OUTSIDE)]
    for document in documents:
        for target in LINK.findall(document.read_text("utf-8")):
            path = _path(target, document.relative_to(ROOT).as_posix())
            if _is_source(path):
                places[path] = f"{SOURCE}{path}"
    for source, place in places.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_bytes()))
    return files


def on_page_markdown(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links around, describe the page, and lead from a question to the playground."""
    place = page.file.src_uri
    text = LINK.sub(lambda match: _link(match[0], place), text)
    page.meta.setdefault("title", _plain(_title(text)))
    page.meta.setdefault("description", _description(text))
    if place == "playground.md":
        text += _button("playground/index.html", "Open the playground")
    elif place.startswith(QUESTIONS) and not place.endswith("README.md"):
        example = f"../playground/index.html#example={PurePosixPath(place).stem}"
        text += _button(example, "Try it in the playground")
    return text


def _button(target: str, label: str) -> str:
    """Return a link to the program, which mkdocs does not know, as it is built apart."""
    return f'\n<p><a class="md-button" href="{target}">{label}</a></p>\n'


def _link(target: str, place: str) -> str:
    """Return where a link of a document leads on the site."""
    document = next((path for path, known in OUTSIDE.items() if known == place), f"docs/{place}")
    path = _path(target, document)
    if path in OUTSIDE:
        found = OUTSIDE[path]
    elif _is_source(path):
        found = f"{SOURCE}{path}"
    elif path.startswith("docs/"):
        folder = (ROOT / path).is_dir()
        found = f"{path.removeprefix('docs/')}{'/README.md' if folder else ''}"
    else:
        return target
    return relpath(found, PurePosixPath(place).parent)


def _path(target: str, document: str) -> str:
    """Return the path in the repository that a link of a document leads to."""
    return normpath(f"{PurePosixPath(document).parent}/{target}")


def _is_source(path: str) -> bool:
    """Whether a path names a file of the repository that is no page of the site."""
    outside = path in OUTSIDE or path.startswith("docs/") or path.endswith(".md")
    return not outside and (ROOT / path).is_file()


def _title(text: str) -> str:
    return next(line[2:] for line in text.splitlines() if line.startswith("# "))


def _description(text: str) -> str:
    """Return the first sentences of a page, as many as a search engine shows."""
    blocks = re.split(r"\n\s*\n", text)
    first = next((each for each in blocks if re.match(r"[\w“\"`\[]", each)), "")
    words = _plain(" ".join(first.split()))
    if len(words) <= DESCRIPTION:
        return words
    return words[: words.rindex(" ", 0, DESCRIPTION)].rstrip(",;:.") + " …"


def _plain(text: str) -> str:
    """Return Markdown without its marks."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text).replace("`", "").replace("**", "")
