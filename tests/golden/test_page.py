"""A page without a browser: what its cells say, its policy, its bytes."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from itertools import product

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.drawing.calls import Calls
from seqinspect.output.drawing.grid import scene_of
from seqinspect.output.page.depends import cell_reads
from seqinspect.output.page.html import page, script, stylesheet
from seqinspect.output.page.view import Shown, view
from seqinspect.readers.spec import read_spec

RECURRENT = "{LSTM: {units: 3, return_sequences: true}}"


def page_of(spec: str) -> str:
    graph = read_spec(spec.encode())
    return page([view(Shown(graph, analyse(graph)))])


def labels(spec: str) -> list[str]:
    """Return what the cells of a picture say, from top to bottom."""
    return [
        unescape(each) for each in re.findall(r'data-cell=.*?aria-label="(.*?)"', page_of(spec))
    ]


def layers(*entries: str, steps: object = 10) -> str:
    return f"dims: {{T: {steps}}}\ninput: [T, 3]\nlayers: [{', '.join(entries)}]\n"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["{LSTM: 3}", "{Dense: 2}"], "dense: reads what lstm returns; depends on steps 0…9 of"),
        ([RECURRENT, "{Dense: 2}"], "dense, step 9: reads step 9 of lstm; depends on steps 0…9 of"),
        (["{Dense: 2}"], "dense, step 2: reads step 2 of input; depends on step 2 of input"),
        ([RECURRENT, "GlobalMaxPooling1D"], "global_max_pooling1d: depends on steps 0…9 of input"),
        (["{LSTM: 3}"], "lstm, step 0: reads step 0 of input; hands its state on, and is not"),
        (
            ["{LSTM: {units: 3, go_backwards: true, return_sequences: true}}"],
            "lstm at step 0, which it returns as step 9: reads step 0 of input; depends on steps 0",
        ),
        (
            ["{Conv1D: {filters: 2, kernel_size: 3, dilation_rate: 2, padding: causal}}"],
            "conv1d, step 9: reads step 5 of input, step 7 of input and step 9 of input; depends on"
            " every 2nd step of 5…9 of input",
        ),
    ],
)  # fmt: skip
def test_a_cell_says_what_it_reads_and_depends_on(entries: list[str], said: str) -> None:
    assert any(label.startswith(said) for label in labels(layers(*entries)))


def test_of_a_number_of_steps_that_is_not_known_the_formula_is_said() -> None:
    found = labels(layers(RECURRENT, "{Dense: 2}", steps="null"))
    assert "dense, step T−1: reads step T−1 of lstm; depends on the steps 0…t of input" in found
    assert not any("999" in label for label in found)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["{LSTM: 3}", "{Dense: 2}"], "dense: reads what lstm returns; depends on steps 0…{last}"),
        (["GlobalMaxPooling1D"], "global_max_pooling1d: depends on steps 0…{last} of input"),
        (["{MaxPooling1D: 2}", "{LSTM: 2}", "{Dense: 2}"], "dense: reads what lstm returns; depen"),
    ],
)
def test_steps_beyond_64_bits_are_counted(entries: list[str], said: str) -> None:
    said = said.format(last=10**30 - 1)
    assert any(label.startswith(said) for label in labels(layers(*entries, steps=10**30)))


def test_what_is_not_known_is_said_not_to_be() -> None:
    found = labels("input: [10, 8]\ncustom: {Own: m:Own}\nlayers: [Own, {Dense: 3}]\n")
    unknown = "it is not known which steps it depends on"
    assert found[-3:] == [f"own: {unknown}", f"dense: {unknown}", f"target y: {unknown}"]


def test_steps_with_holes_are_those_that_windows_lead_to() -> None:
    """Two windows, one behind the other, followed step by step."""
    spec = layers(
        "{Conv1D: {filters: 2, kernel_size: 2, dilation_rate: 5, padding: causal}}",
        "{Conv1D: {filters: 2, kernel_size: 2, dilation_rate: 2, padding: causal}}",
        steps=20,
    )
    calls = Calls(graph := read_spec(spec.encode()), analyse(graph))
    reads = cell_reads(calls, scene_of(calls))
    for step in range(20):
        expected = {step - 5 * a - 2 * b for a, b in product((0, 1), repeat=2)}
        (found,) = reads[2, step].inputs or ()
        assert found.exact
        assert {each for run in found.steps or () for each in run} == {
            s for s in expected if s >= 0
        }


def test_a_page_allows_its_own_style_and_script_only() -> None:
    text = page_of(layers(RECURRENT))
    policy = re.findall(r'Content-Security-Policy" content="(.*?)"', text)
    hashes = {}
    for tag in ("style", "script"):
        (held,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashes[tag] = b64encode(sha256(held.encode()).digest()).decode()
    assert policy == [
        f"default-src 'none'; style-src 'sha256-{hashes['style']}';"
        f" script-src 'sha256-{hashes['script']}'; base-uri 'none'; form-action 'none'"
    ]
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|url\(|@import|eval|\sstyle=", text)


def test_style_and_script_are_the_same_in_every_encoding() -> None:
    assert stylesheet().isascii()
    assert script().isascii()
    graph = read_spec(layers(RECURRENT).encode())
    shown = view(Shown(graph, analyse(graph)))
    assert page([shown], encoding="ascii").isascii()
    assert unescape(page([shown], encoding="ascii")) == unescape(page([shown]))


def test_a_long_model_has_a_page_of_what_is_drawn() -> None:
    entries = (f"{{Dense: {units}}}" for units in range(1, 1001))
    text = page_of(layers(*entries))
    assert text.count('<tr role="row" tabindex') == 1001
    assert text.count('class="detail"') == 401
    assert "900 more layers, not" in text
