"""A browser for what people open in one: the system's Chromium, driven by Playwright.

`opened(text)` is a page of HTML as a file; whatever asks the network, complains on the console or
throws makes its test fail.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from web.build import BuildError, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route

    Opened = Callable[..., Page]

ROOT = Path(__file__).parents[2]
OFFLINE = ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT")
"""What npm says without a network."""

PHONE, SCREEN = 375, 1600
"""Widths in pixels at which pages must be readable."""

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands here."""
    here = str(__file__).removesuffix("conftest.py")
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without it, or without Playwright, its tests are skipped."""
    library = pytest.importorskip(
        "playwright.sync_api", reason="pages are tried with Playwright: pip install '.[browser]'"
    )
    if CHROMIUM is None:
        pytest.skip("pages are tried in Chromium, which is not installed: apt-get install chromium")
    with library.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield running
        running.close()


class Guard:
    """What pages did that they must not do: requests, messages on the console, errors."""

    def __init__(self) -> None:
        self.wrongs: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Let no request of a context leave, and keep what it asked for and complained about."""
        context.route("**/*", self.route)
        context.on("console", lambda message: self.wrongs.append(f"console: {message.text}"))
        context.on("weberror", lambda error: self.wrongs.append(f"error: {error.error}"))
        context.on("dialog", self.dialog)

    def route(self, route: Route) -> None:
        """Serve files and what a page holds itself; all else is a wrong."""
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            self.wrongs.append(f"request: {route.request.url}")
            route.abort()

    def dialog(self, dialog: Any) -> None:
        """Close a dialog, which is a wrong."""
        self.wrongs.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="session")
def playground() -> Path:
    """The folder of the playground, as `python -m web build` makes it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("the playground is built with Node.js and npm, which are not installed")
    target = ROOT / "build" / "web"
    try:
        build(target)
    except BuildError as error:
        if any(reason in str(error) for reason in OFFLINE):
            pytest.skip(f"the playground is built with packages of npm: {error}")
        raise
    return target


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, as any host does; gives its address."""
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def guard() -> Iterator[Guard]:
    """What watches contexts; after the test nothing wrong may be left."""
    found = Guard()
    yield found
    assert found.wrongs == []


@pytest.fixture
def context(browser: Browser, guard: Guard) -> Iterator[BrowserContext]:
    """A fresh context of the browser, watched."""
    made = browser.new_context(viewport={"width": SCREEN, "height": 1000})
    guard.watch(made)
    yield made
    made.close()


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Opened:
    """Return what opens a text of HTML as a file."""

    def open_page(text: str, width: int = SCREEN, scheme: Any = "light") -> Page:
        file = tmp_path / "page.html"
        file.write_text(text, "utf-8")
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=scheme)
        page.goto(file.as_uri())
        return page

    return open_page
