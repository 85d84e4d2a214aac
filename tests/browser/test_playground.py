"""The playground in Chromium: it answers, marks, links, works offline, and asks nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PHONE, SCREEN, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

START = 300_000
"""Milliseconds that Python may take to start: an hour of a busy machine would be no defect."""

WIDER = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: 2*n, return_sequences: true}
  - Dense: n
"""

HOSTILE = """\
name: "<img src=x onerror=alert(1)>"
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, name: "<svg onload=alert(2)>"}
  - Dense: {units: n, name: "<b onclick=alert(3)>&lt;"}
"""

REFUSED = """\
input: [10, 8]
layers:
  - LSTM: {units: "<iframe src=javascript:alert(4)>", name: "<script>alert(5)</script>"}
  - "</li><img src=x onerror=alert(6)>": 8
"""


class Visitor:
    """A person with a browser of their own; `wrongs` is what pages did that they must not do."""

    def __init__(self, browser: Browser, address: str, width: int = SCREEN) -> None:
        self.address = address
        self.wrongs: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 1000}
        )
        self.context.on("console", lambda message: self.wrongs.append(f"console: {message.text}"))
        self.context.on("weberror", lambda error: self.wrongs.append(f"error: {error.error}"))
        self.context.on("dialog", self._dialog)
        self.context.on("request", lambda request: self._asked(request.url))

    def open(self, hash_: str = "") -> Page:
        """Open the playground, and wait for its first answer."""
        page = self.context.new_page()
        page.set_default_timeout(START)
        page.goto(f"{self.address}{hash_}")
        answered(page)
        return page

    def _dialog(self, dialog: Any) -> None:
        self.wrongs.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", f"blob:{self.address}")):
            self.wrongs.append(f"request: {url}")


def answered(page: Page) -> None:
    """Wait until what is shown is about what stands in the editor."""
    page.wait_for_selector("#output[aria-busy=false]")


def write(page: Page, text: str) -> None:
    """Write a text into the editor, instead of what is there."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    answered(page)


def shown(page: Page) -> str:
    """Return all words of the result."""
    return re.sub(r"\s+", " ", page.inner_text("#output"))


def text_of(page: Page) -> str:
    """Return what stands in the editor."""
    return "\n".join(page.locator(".cm-line").all_inner_texts()).replace("\n\n", "\n").rstrip()


@pytest.fixture(scope="module")
def address(playground: Path) -> Iterator[str]:
    with served(playground) as found:
        yield found


@pytest.fixture(scope="module")
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    made = Visitor(browser, address)
    yield made
    made.context.close()


@pytest.fixture(scope="module")
def opened(visitor: Visitor) -> Page:
    return visitor.open()


@pytest.fixture
def page(opened: Page, visitor: Visitor) -> Iterator[Page]:
    """The playground, started once for all; no test may leave anything wrong."""
    visitor.wrongs.clear()
    yield opened
    assert visitor.wrongs == []


def test_it_begins_with_the_question(page: Page) -> None:
    words = shown(page)
    assert "n×(n+1)" in words
    assert "every step: one n×n kernel, shared by all T steps" in words
    assert "Is dense wired to the last step of lstm, or to all?" in words
    assert "Keras was not asked" in words
    assert page.inner_text("#command") == "seqinspect describe question_every_step.yaml"


def test_an_edit_shows_its_table(page: Page) -> None:
    write(page, WIDER)
    rows = page.locator(".layers tbody tr").all_inner_texts()
    assert any(row.startswith("lstm") and "1,600" in row for row in rows)  # 4×16×(8+16+1)
    assert any(row.startswith("dense") and "136" in row for row in rows)  # 8×(16+1)


def test_sizes_are_set(page: Page) -> None:
    write(page, WIDER)
    page.fill("#sizes", "n=4")
    answered(page)
    rows = page.locator(".layers tbody tr").all_inner_texts()
    assert any(row.startswith("lstm") and "416" in row for row in rows)  # 4×8×(4+8+1)
    assert page.inner_text("#command").endswith(".yaml --set 'n=4'")
    page.fill("#sizes", "n")
    answered(page)
    assert "`n` is not a name and a size" in shown(page)
    page.fill("#sizes", "")
    answered(page)


def test_an_error_shows_its_place(page: Page) -> None:
    write(page, "input: [10, 8]\nlayers:\n  - LTSM: 8\n")
    assert page.locator(".cm-lintRange-error").all_inner_texts() == ["LTSM"]
    assert "did you mean LSTM?" in shown(page)
    page.get_by_role("button", name="line 3").click()
    assert page.evaluate("getSelection().toString()") == "LTSM"


def test_code_is_read_when_it_is_pasted(page: Page) -> None:
    imports = "from keras import layers, Sequential, Input\n"
    write(page, f"{imports}model = Sequential([Input((10, 8)), layers.LSTM(8)])\n")
    assert page.inner_text("#file").endswith(".py")
    assert "544" in page.inner_text(".layers")  # 4×8×(8+8+1)
    assert page.locator(".tok-keyword").first.inner_text() == "from"


def test_every_example_has_an_answer(page: Page) -> None:
    stems = page.eval_on_selector_all("#example option", "all => all.map((each) => each.value)")
    assert len(stems) >= 25
    for form in ("yaml", "code"):
        page.check(f"input[name=form][value={form}]")
        for stem in stems:
            page.select_option("#example", stem)
            answered(page)
            assert page.locator(".layers").count() or page.locator("#findings .error").count(), stem


def test_a_step_lights_up_the_steps_that_it_depends_on(page: Page) -> None:
    page.check("input[name=form][value=yaml]")
    page.select_option("#example", "question_last_step")
    answered(page)
    page.locator(".picture [data-cell]").last.focus()
    lit = page.eval_on_selector_all(".lit", "all => all.map((each) => each.dataset.cell)")
    assert lit == ["0:0", "0:1", "0:2", "0:9"]  # x0 … x9, as far as they are drawn


@pytest.mark.parametrize("text", [HOSTILE, REFUSED])
def test_hostile_names_do_nothing(page: Page, text: str) -> None:
    write(page, text)
    page.wait_for_timeout(300)
    assert page.locator("#output :is(img, script, iframe, b, [onload], [onclick])").count() == 0
    assert re.search(r"<(img|iframe) src=", shown(page))


def test_what_python_cannot_bear_is_told(page: Page, visitor: Visitor) -> None:
    write(page, f"from keras import *\nmodel = Sequential([Dense({'(' * 3000}")
    assert "Maximum call stack" in shown(page)
    assert "fatal error" in visitor.wrongs[0]  # so Pyodide says; another one is started
    visitor.wrongs.clear()
    write(page, WIDER)
    assert "1,600" in page.inner_text(".layers")


def test_a_link_brings_the_text_back(page: Page, visitor: Visitor) -> None:
    text = f"# é 漢 <b>\n{WIDER}"
    write(page, text)
    page.wait_for_function("location.hash.includes('text=')")
    other = visitor.open(page.evaluate("location.hash"))
    assert text_of(other) == text.rstrip()
    assert "1,600" in other.inner_text(".layers")
    other.close()


@pytest.mark.parametrize(
    "hash_", ["#text=%21%21", "#text=AAAA&name=../../etc", "#example=<b>", "#example=gpt3&form=x"]
)
def test_a_broken_link_is_an_example(page: Page, hash_: str) -> None:
    page.evaluate("hash => { location.hash = hash }", hash_)
    page.wait_for_function("document.querySelector('.layers') !== null")
    answered(page)
    assert page.locator("#models h1").count()


def test_it_works_without_a_network(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address)
    page = visitor.open()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    visitor.context.set_offline(True)
    write(page, WIDER)
    assert "1,600" in page.inner_text(".layers")
    page.reload()
    answered(page)
    assert "1,600" in page.inner_text(".layers")
    assert visitor.wrongs == []
    visitor.context.close()


def test_its_policy_allows_no_code_from_text(page: Page, visitor: Visitor) -> None:
    (worker,) = page.workers
    for place in (page, worker):
        place.evaluate("setTimeout('self.ran = true')")
        page.wait_for_timeout(300)
        assert place.evaluate("self.ran") is None
    assert visitor.wrongs  # what the page says; nobody hears the worker
    assert all("Content Security Policy" in each for each in visitor.wrongs), visitor.wrongs
    visitor.wrongs.clear()


@pytest.mark.parametrize("width", [PHONE, SCREEN])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_all_readers(page: Page, width: int, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=scheme)
    for text in (WIDER, HOSTILE, REFUSED):
        write(page, text)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": SCREEN, "height": 1000})
    page.emulate_media(color_scheme="light")
