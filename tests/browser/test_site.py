"""The documentation as a site: its links lead somewhere, it asks no other host, all can read it."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.browser.conftest import PHONE, ROOT, SCREEN, served
from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PAGES = ("index", "questions/02-time-distributed", "spec", "findings", "api", "draw",
         "playground")  # fmt: skip
PLAYGROUND = "playground/index.html"


class Parsed(HTMLParser):
    """What a page links to and loads, where links may lead in it, and its description."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = {""}
        self.description = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a tag says."""
        named = {name: value or "" for name, value in attrs}
        self.anchors |= {named[name] for name in ("id", "name") if name in named}
        if tag == "a" and "href" in named:
            self.links.add(named["href"])
        elif tag == "link" and named.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.add(named["href"])
        elif "src" in named:
            self.loaded.add(named["src"])
        if tag == "meta" and named.get("name") == "description":
            self.description = named["content"]


class Site(NamedTuple):
    """A built site: its folder, and its pages by their paths in it."""

    folder: Path
    pages: dict[str, Parsed]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    pytest.importorskip("mkdocs", reason="the site is built by mkdocs: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=HANG, check=False
    )
    assert done.returncode == 0, done.stderr
    pages = {
        path.relative_to(folder).as_posix(): Parsed(path.read_text("utf-8"))
        for path in folder.rglob("*.html")
    }
    return Site(folder, pages)


def broken(site: Site, page: str, target: str) -> bool:
    """Whether a link of a page leads nowhere; links to other sites are not followed."""
    if urlsplit(target).scheme:
        return False
    path, anchor = urldefrag(target)
    base = site.folder.joinpath(page)
    found = (base.parent / unquote(path)).resolve() if path else base
    name = found.relative_to(site.folder).as_posix()
    if name == PLAYGROUND:
        return False  # the program, which is built apart; its own test knows its examples
    if name in site.pages:
        return unquote(anchor) not in site.pages[name].anchors
    return bool(anchor) or not found.is_file()


def test_every_link_leads_somewhere(site: Site) -> None:
    wrong = [
        (name, target)
        for name, page in site.pages.items()
        for target in page.links | page.loaded
        if name != "404.html" and broken(site, name, target)
    ]
    assert wrong == []
    assert sum(len(page.links) for page in site.pages.values()) > 1000


@pytest.mark.parametrize("target", ["nowhere.html", "layers.html#nowhere", "#nowhere", "no.yaml"])
def test_a_broken_link_is_found(site: Site, target: str) -> None:
    assert broken(site, "index.html", target)


def test_every_document_is_a_page_that_describes_itself(site: Site) -> None:
    documents = {
        path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
        for path in ROOT.glob("docs/**/*.md")
    }
    expected = {each.replace("README.html", "index.html") for each in documents} | {"index.html"}
    assert expected <= set(site.pages)
    unsaid = [name for name in sorted(expected) if len(site.pages[name].description) < 30]
    assert unsaid == []
    titles = [
        re.findall(r"<title>(.*?)</title>", (site.folder / name).read_text("utf-8"))[0]
        for name in expected
    ]
    assert len(set(titles)) == len(titles)
    assert not any("\\" in title for title in titles)


def test_every_question_leads_to_its_spec_in_the_playground(site: Site) -> None:
    from web.examples import examples

    stems = {each.stem for each in examples()}
    for path in ROOT.glob("docs/questions/[0-9]*.md"):
        links = site.pages[f"questions/{path.stem}.html"].links
        assert f"../{PLAYGROUND}#example={path.stem}" in links
        assert path.stem in stems


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    loaded = {each for page in site.pages.values() for each in page.loaded}
    assert [each for each in loaded if urlsplit(each).scheme not in ("", "data")] == []


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    with served(site.folder) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_all_readers(browser: Browser, address: str, name: str, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    asked: list[str] = []
    context = browser.new_context(viewport={"width": SCREEN, "height": 1000}, color_scheme=scheme)
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{address}{name}.html")
    page.wait_for_selector(".md-search[aria-label]", state="attached")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": PHONE, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    context.close()
