"""A notebook is run, and its cells are looked at in a browser, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Opened

CELLS = (
    "import seqinspect\n"
    "spec = {'name': 'question', 'dims': {'T': 10, 'n': 8}, 'input': ['T', 'n'], 'layers': [\n"
    "    {'LSTM': {'units': 'n', 'return_sequences': True}}, {'Bidirectional': {'LSTM': 'n'}},\n"
    "    {'Dense': 'n'}]}\n"
    "report = seqinspect.describe(spec, static=True)\n"
    "report",
    "report.draw()",
    "report.explain('dense')",
    "seqinspect.describe('input: [10, 8]\\nlayers:\\n  - LSTM: {units: -8}\\n', static=True)",
)


@pytest.fixture(scope="module")
def notebook() -> Any:
    """The notebook, run by a kernel of its own."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    found = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(found, allow_errors=True, timeout=None).execute()
    return found


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(notebook: Any, opened: Opened, theme: str) -> Any:
    """The notebook in a theme, where the system asks for the other one."""
    nbconvert = pytest.importorskip("nbconvert")
    exporter = nbconvert.HTMLExporter(
        theme=theme, require_js_url="", jquery_url="", mathjax_url="", mermaid_js_url=""
    )
    text, _ = exporter.from_notebook_node(notebook)
    return opened(text, 1000, "dark" if theme == "light" else "light")


LEAST_CONTRAST = """elements => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const luminance = colour => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(each => {
            const part = each / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const contrast = element => {
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)")
            behind = behind.parentElement;
        const [less, more] = [getComputedStyle(element).color,
            getComputedStyle(behind).backgroundColor].map(luminance).sort((a, b) => a - b);
        return (more + 0.05) / (less + 0.05);
    };
    return Math.min(...elements.filter(each => each.innerText.trim()).map(contrast));
}"""
"""The least contrast of texts with what is behind them, as WCAG counts it."""


def test_the_table_is_left_aligned_and_indented(page: Any) -> None:
    table = page.locator(".seqinspect table").first
    assert table.locator("td").first.evaluate("e => getComputedStyle(e).textAlign") in (
        "left", "start",
    )  # fmt: skip
    assert table.locator("td.right").first.evaluate("e => getComputedStyle(e).textAlign") == "right"
    lefts = {
        cell.inner_text(): cell.evaluate(
            "e => e.getBoundingClientRect().left + parseFloat(getComputedStyle(e).paddingLeft)"
        )
        for cell in table.locator("tbody td:first-child").all()
    }
    assert lefts["forward_lstm_1"] > lefts["bidirectional"] == lefts["lstm"]
    assert page.locator(".seqinspect :is(h1, h2, h3)").count() == 0
    assert page.locator(".seqinspect h4").first.inner_text() == "question"


def test_every_text_can_be_read_in_the_notebooks_theme(page: Any) -> None:
    texts = page.locator(".seqinspect :is(h4, h5, p, th, td, dt, dd, span, pre)")
    assert texts.count() > 50
    assert texts.evaluate_all(LEAST_CONTRAST) >= 4.5


def test_the_picture_has_the_notebooks_theme(page: Any, theme: str) -> None:
    picture = page.locator(".seqinspect img")
    assert picture.evaluate("e => e.complete && e.naturalWidth > 300")
    assert picture.evaluate("e => getComputedStyle(e).colorScheme") == theme
    brightness = picture.evaluate("""image => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        canvas.drawImage(image, 2, 2, 1, 1, 0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data[0];
    }""")
    assert (brightness > 127) == (theme == "light")


def test_an_error_is_shown_in_its_parts(page: Any, notebook: Any) -> None:
    shown = page.locator(".jp-OutputArea-output[data-mime-type*=error], .jp-RenderedText").last
    lines = shown.inner_text().split("\n")
    assert lines[0].startswith("SpecError: <string>:3:19: LSTM")
    assert lines[1].strip() == "3 |   - LSTM: {units: -8}"
    assert any(line.strip().startswith("expected:") for line in lines)
    assert "Traceback" not in page.content()
    (error,) = notebook.cells[-1].outputs
    assert not any("api.py" in line for line in error.traceback)
