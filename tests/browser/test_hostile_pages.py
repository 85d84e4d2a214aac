"""Text of a spec on a page is text: it adds no element, runs nothing and asks for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seqinspect.cli.run import run
from seqinspect.output.text import visible
from tests.cli.test_harmless_names import NAMES, SPEC
from tests.golden import test_harmless

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened

HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile"

MORE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{{7*7}}", "__proto__",
    "</style><script>alert(1)</script>", "</text></svg><script>alert(1)</script>", "constructor",
    "<svg onload=alert(1)>", "&lt;img src=x onerror=y&gt;", '" onmouseover="alert(1)', "0:0-9",
    "' autofocus onfocus='alert(1)", "javascript:alert(1)", "\\3c script>alert(1)", "]]><x/>",
    "<iframe src=http://127.0.0.1:9>", "<link rel=stylesheet href=http://127.0.0.1:9/a.css>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9'>", "--><b>x</b>",
]  # fmt: skip

ELEMENTS = """() => ({
  tags: [...new Set([...document.querySelectorAll('body *')].map((each) => each.localName))],
  scripts: document.scripts.length,
  handlers: [...document.querySelectorAll('*')].flatMap((each) => [...each.attributes])
    .map((each) => each.name).filter((name) => name.startsWith('on')
      || ['href', 'src', 'style', 'srcdoc', 'formaction'].includes(name)),
})"""

TAGS = {
    "main", "article", "section", "div", "figure", "figcaption", "aside", "script", "button",
    "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "li", "span", "code", "pre", "wbr",
    "table", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "circle", "path", "text",
}  # fmt: skip
"""All that a page is made of."""


def touch_everything(page: Page) -> None:
    """Give every row and every cell the focus, and the mouse to some."""
    page.evaluate("""() => {
      for (const each of document.querySelectorAll('tbody tr, [data-cell]')) each.focus();
    }""")
    for selector in (".cell", "tr[data-layer]"):
        page.locator(selector).first.hover()
        page.locator(selector).last.click()


def assert_inert(page: Page) -> None:
    touch_everything(page)
    found = page.evaluate(ELEMENTS)
    assert set(found["tags"]) <= TAGS
    assert (found["scripts"], found["handlers"]) == (1, [])


def spec(name: str) -> str:
    return f"name: {json.dumps(name)}\n" + SPEC % json.dumps(name)


EVERY = [*NAMES, *MORE, *(name for name in test_harmless.NAMES if name.isprintable())]
USABLE = [name for name in dict.fromkeys(EVERY) if "/" not in name]
"""What a spec may name a layer; the others stand in a comment, whose line a page shows."""


def page_of(folder: Path, opened: Opened, command: str, *texts: str) -> Page:
    """Return the page that a command writes of specs."""
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, "utf-8")
    specs = [str(folder / f"{number}.yaml") for number in range(len(texts))]
    assert run([command, "--static", *specs, "-o", str(folder / "a.html")]) in (0, 1)
    return opened((folder / "a.html").read_text("utf-8"))


def test_names_of_layers_are_text(opened: Opened, tmp_path: Path) -> None:
    entries = (f"  - Dense: {8 + i}\n    name: {json.dumps(n)}\n" for i, n in enumerate(USABLE))
    lines = "".join(entries)  # equal ones would be folded
    page = page_of(tmp_path, opened, "describe", f"input: [10, 8]\nlayers:\n{lines}")
    assert page.locator("td.layer").all_text_contents()[1:] == [*map(visible, USABLE)]
    headings = page.locator(".detail h3").all_text_contents()[1:]
    assert headings == [f"{visible(name)}: Dense" for name in USABLE]
    labels = page.locator(".cell").evaluate_all("all => all.map((each) => each.ariaLabel)")
    for name in USABLE:
        assert any(label.startswith(f"{visible(name)}, step 9") for label in labels)
    for row in (1, len(USABLE)):
        page.locator("tbody tr").nth(row).hover()
        assert page.locator(".detail:visible h3").text_content() == headings[row - 1]
    assert_inert(page)


@pytest.mark.parametrize("name", MORE[:3], ids=ascii)
def test_the_name_of_a_model_is_text(name: str, opened: Opened, tmp_path: Path) -> None:
    page = page_of(tmp_path, opened, "describe", spec(name.replace("/", "")))
    assert page.title() == page.locator("h1").text_content() == name.replace("/", "")
    assert_inert(page)


@pytest.mark.parametrize("command", ["explain", "diff"])
def test_a_name_is_text_in_other_commands(command: str, opened: Opened, tmp_path: Path) -> None:
    several = USABLE if command == "diff" else USABLE[:1]
    texts = [spec(name) for name in several[:2]]
    assert_inert(page_of(tmp_path, opened, command, *texts))


def test_a_line_of_the_source_is_text(opened: Opened, tmp_path: Path) -> None:
    entries = [f"- Dense: {8 + i} # {name}" for i, name in enumerate(EVERY)]
    lines = "".join(f"  {entry}\n" for entry in entries)
    page = page_of(tmp_path, opened, "describe", f"input: [10, 8]\nlayers:\n{lines}")
    found = page.locator(".detail p:last-child code").all_text_contents()
    assert found[: len(EVERY)] == [visible(entry.strip()) for entry in entries]
    assert_inert(page)


@pytest.mark.skipif(not HOSTILE.exists(), reason=f"{HOSTILE} is absent")
@pytest.mark.parametrize("folder", ["output_names", "output_messages", "yaml_layers", "control"])
def test_hostile_files_do_nothing(folder: str, opened: Opened, tmp_path: Path) -> None:
    files = sorted(str(file) for file in (HOSTILE / folder).glob("*.yaml"))
    usable = [each for each in files if run(["describe", "--static", each]) in (0, 1)]
    if not usable:
        pytest.skip("all of them are refused")
    assert run(["describe", "--static", *usable, "-o", str(tmp_path / "a.html")]) in (0, 1)
    assert_inert(opened((tmp_path / "a.html").read_text("utf-8")))
