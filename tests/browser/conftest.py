"""A browser for what people open in one: the system's Chromium, driven by Playwright.

`opened(text)` is a page of HTML as a file; whatever asks the network, complains on the console or
throws makes its test fail.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Route

    Opened = Callable[..., Page]

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
