"""The page of `-o FILE.html`: what lights up is what the report says, and nothing else happens."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.cli.run import run
from tests.browser.conftest import PHONE, SCREEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    [
        *ROOT.glob("configs/*.yaml"),
        *ROOT.glob("docs/questions/*-dense-after-lstm*.yaml"),
        *ROOT.glob("docs/questions/0[247]*.yaml"),
        *ROOT.glob("docs/questions/1[0-4]*.yaml"),
        *ROOT.glob("docs/pictures/*.yaml"),
    ]
)
QUESTION = ROOT / "configs" / "question_every_step.yaml"
LAST_STEP = ROOT / "configs" / "question_last_step.yaml"

FOCUSED = """() => [...document.querySelectorAll('[data-cell]')].map((cell) => {
  cell.focus();
  const lit = [...document.querySelectorAll('.lit')].map((each) => each.dataset.cell);
  return [cell.ariaLabel, cell.dataset.layer ?? null, lit];
})"""
"""What every cell is called, with its layer, and the cells that light up when it has the focus."""


def written(folder: Path, *arguments: str) -> str:
    """Return the page that a command writes."""
    file = folder / "written.html"
    code = run([*arguments, "--static", "-o", str(file)])
    assert code in (0, 1)
    return file.read_text("utf-8")


def report_of(spec: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["describe", str(spec), "--static", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def steps_of(depends: dict[str, Any], dims: dict[str, int], step: int) -> range:
    """Return the input steps that a formula of the JSON report says, for one output step."""
    known = {**dims, "t": step, "max": max, "min": min}
    first, last = (eval(depends[end], {"__builtins__": {}}, known) for end in ("first", "last"))
    return range(first, last + 1)


def output_step(label: str) -> int:
    """Return the step that a cell is of what its layer returns; 0 where that has none."""
    numbers = re.findall(r"step (\d+)", label.partition(":")[0])
    return int(numbers[-1]) if numbers else 0


def input_steps(page: Page, name: str) -> dict[str, int]:
    """Return the cells of an input, each with the step that is written in it."""
    cells = page.locator(f'[data-cell][data-layer="{name}"]')
    labels = cells.evaluate_all("all => all.map((c) => [c.dataset.cell, c.ariaLabel])")
    found = {cell: re.search(r"step (\d+)", label) for cell, label in labels}
    return {cell: int(match[1]) for cell, match in found.items() if match is not None}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_steps_that_light_up_are_those_of_the_report(
    spec: Path, opened: Opened, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_of(spec, capsys)
    page = opened(written(tmp_path, "describe", str(spec)))
    layers = {row["path"]: row for row in report["layers"]}
    inputs = {each["name"]: input_steps(page, each["name"]) for each in report["inputs"]}
    looked_at = 0
    for label, layer, lit in page.evaluate(FOCUSED):
        row = layers.get(layer)
        if row is None or row["time"] is None or (not lit and row["time"]["axis"] is None):
            continue
        for depends in row["time"]["depends"]:
            if depends["first"] is None:
                continue
            steps = steps_of(depends, report["dims"], output_step(label))
            found = {step for at, step in inputs[depends["input"]].items() if at in lit}
            assert found == {s for s in inputs[depends["input"]].values() if s in steps}, label
            looked_at += 1
    assert looked_at


def lit(page: Page) -> list[str]:
    return sorted(text.strip() for text in page.locator(".lit").all_text_contents())


def test_the_question_by_the_mouse(opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(QUESTION)))
    cell = page.locator('[data-layer="dense"][data-cell$=":2"]')
    cell.hover()
    assert lit(page) == ["x0", "x1", "x2"]
    assert page.locator(".said:visible").inner_text() == (
        "dense, step 2: reads step 2 of lstm; depends on steps 0…2 of input"
    )
    assert page.locator('[data-layer="dense"].way').count() == 0
    assert page.locator('[data-layer="lstm"].way').count() == 3
    page.locator("h1").hover()
    assert lit(page) == []


def test_dense_on_the_last_step_sees_all_through_the_state(opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(LAST_STEP)))
    page.locator('.cell[data-layer="dense"]').hover()
    assert lit(page) == ["x0", "x1", "x2", "x9"]
    assert "depends on steps 0…9 of input" in page.locator(".said:visible").inner_text()
    page.locator('.cell[data-layer="lstm"]').first.hover()
    assert lit(page) == []
    assert "is not returned" in page.locator(".said:visible").inner_text()


def test_holes_of_a_dilated_window_stay_dark(opened: Opened, tmp_path: Path) -> None:
    layer = "Conv1D: {filters: 2, kernel_size: 3, dilation_rate: 2, padding: causal}"
    (tmp_path / "spec.yaml").write_text(f"input: [10, 3]\nlayers: [{{{layer}}}]\n")
    page = opened(written(tmp_path, "describe", str(tmp_path / "spec.yaml")))
    page.locator('[data-layer="conv1d"][data-cell$=":9"]').hover()
    names = page.locator(".lit").evaluate_all("all => all.map((each) => each.ariaLabel)")
    assert [name.partition(":")[0] for name in names] == [f"input, step {n}" for n in (5, 7, 9)]


def test_a_row_shows_weights_formula_and_line(opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(QUESTION)))
    page.locator('tr[data-layer="dense"]').hover()
    details = page.locator(".detail:visible")
    assert details.count() == 1
    text = details.inner_text()
    for part in ("n×(n+1) = 8×(8+1) = 72 parameters", "kernel", "n×n = 8×8 = 64",
                 "question_every_step.yaml:9", "Dense: n"):  # fmt: skip
        assert part in text


def rows(page: Page) -> list[str]:
    names: list[str] = page.locator("tbody tr:visible .layer").all_inner_texts()
    return names


def test_rows_fold_by_keyboard(opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(ROOT / "configs/gpt3.yaml")))
    before = rows(page)
    page.keyboard.press("Tab")
    row = page.locator("tr:focus")
    assert row.count() == 1
    for _ in before:
        if row.get_attribute("aria-expanded") == "true":
            break
        page.keyboard.press("ArrowDown")
    level = row.get_attribute("aria-level")
    page.keyboard.press("ArrowLeft")
    assert row.get_attribute("aria-expanded") == "false"
    assert 0 < len(rows(page)) < len(before)
    page.keyboard.press("ArrowRight")
    assert rows(page) == before
    page.keyboard.press("ArrowRight")
    assert page.locator("tr:focus").get_attribute("aria-level") == str(int(level or 0) + 1)


def test_the_picture_is_walked_by_keyboard(opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(QUESTION)))
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.locator(".cell:focus").count():
            break
    names = []
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "End", "ArrowUp"):
        page.keyboard.press(key)
        names.append((page.locator(".cell:focus").get_attribute("aria-label") or "").split(":")[0])
    assert names == ["input, step 1", "lstm, step 1", "dense, step 1", "dense, step 9",
                     "lstm, step 9"]  # fmt: skip
    page.keyboard.press("Escape")
    assert lit(page) == []


SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
WIDTHS = pytest.mark.parametrize("width", [PHONE, SCREEN])


@WIDTHS
def test_a_tap_shows_a_layer_and_is_taken_back(width: int, opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", str(QUESTION)), width)
    page.locator('.labels[data-layer="dense"]').click()
    details = page.locator(".detail:visible")
    assert "72 parameters" in details.inner_text()
    page.keyboard.press("Escape")
    assert details.count() == 0
    page.locator('tr[data-layer="lstm"]').click()
    assert "544 parameters" in details.inner_text()
    if width == PHONE:
        page.locator(".close").click()
        assert details.count() == 0


def test_on_paper_all_is_there(opened: Opened, tmp_path: Path) -> None:
    spec = ROOT / "configs/question_time_distributed.yaml"
    page = opened(written(tmp_path, "describe", str(spec)), 800, "dark")
    page.locator("tr[aria-expanded]").press("ArrowLeft")
    page.emulate_media(media="print")
    assert rows(page) == ["input", "lstm", "time_distributed", "dense"]
    assert page.locator(".detail:visible").count() == 4
    assert page.locator(".said:visible, .close:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == "rgb(255, 255, 255)"


@SCHEMES
@WIDTHS
def test_nothing_overflows(width: int, scheme: str, opened: Opened, tmp_path: Path) -> None:
    page = opened(written(tmp_path, "describe", *map(str, SPECS)), width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


PAGES = {
    "describe": ["describe", *map(str, (QUESTION, ROOT / "configs/bidirectional.yaml"))],
    "explain": ["explain", str(LAST_STEP)],
    "diff": ["diff", str(QUESTION), str(LAST_STEP)],
    "findings": ["describe", str(ROOT / "configs/stateful_lstm.yaml")],
    "dots": ["describe", str(ROOT / "configs/transformer_block_causal.yaml")],
    "narrow": ["describe", str(ROOT / "configs/tcn_causal.yaml")],
}


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong, and with which elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("describe", SCREEN, "light"), ("describe", PHONE, "dark"), ("explain", SCREEN, "dark"),
        ("explain", PHONE, "light"), ("diff", SCREEN, "light"), ("diff", PHONE, "dark"),
        ("findings", SCREEN, "light"), ("findings", PHONE, "dark"), ("dots", SCREEN, "dark"),
        ("narrow", PHONE, "light"),
    ],
)  # fmt: skip
def test_axe_finds_nothing(
    name: str, width: int, scheme: str, opened: Opened, tmp_path: Path
) -> None:
    page = opened(written(tmp_path, *PAGES[name]), width, scheme)
    assert violations(page) == []
    page.locator(".cell").last.focus()
    assert page.locator(".drawing.active").count()
    assert violations(page) == []


CONTRASTS = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[0-9.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((each, i) => each * a + below[i] * (1 - a));
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((each) => each / 255).map((each) =>
      each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = parse(getComputedStyle(document.body).backgroundColor);
  const drawn = [...document.querySelectorAll('.drawing :is(rect, circle, text)')];
  for (const each of drawn) each.style.pointerEvents = 'all';
  const found = [];
  for (const text of document.querySelectorAll('.drawing text')) {
    text.scrollIntoView({block: 'center', inline: 'center'});
    const box = text.getBoundingClientRect();
    const at = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    let below = page.slice(0, 3);
    for (const shape of at.reverse()) {
      const style = getComputedStyle(shape);
      if (!['rect', 'circle'].includes(shape.tagName) || style.fill === 'none') continue;
      const [r, g, b, a] = parse(style.fill);
      below = over([r, g, b, a * Number(style.fillOpacity)], below);
    }
    const style = getComputedStyle(text);
    let opacity = 1;
    for (let each = text; each; each = each.parentElement) {
      opacity *= Number(getComputedStyle(each).opacity);
    }
    const [r, g, b] = parse(style.fill);
    const [one, other] = [over([r, g, b, opacity], below), below].map(light);
    found.push([(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), text.textContent]);
  }
  return found;
}"""
"""The contrast of every text of the picture with what is drawn below its middle."""


@pytest.mark.parametrize("name", ["bidirectional", "encoder_decoder_state", "gpt3", "tcn_causal"])
@SCHEMES
def test_texts_of_the_picture_can_be_read(
    name: str, scheme: str, opened: Opened, tmp_path: Path
) -> None:
    page = opened(written(tmp_path, "describe", str(ROOT / f"configs/{name}.yaml")), SCREEN, scheme)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert min(contrasts)[0] >= 4.5, min(contrasts)
    page.locator(".cell").last.focus()
    contrasts = page.evaluate(CONTRASTS)
    assert min(contrasts)[0] >= 4.5, min(contrasts)
