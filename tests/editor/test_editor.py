"""What an editor shows of a spec, by the language server that editors use for YAML.

It is a package of npm: `npm install yaml-language-server` puts it where these tests find it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seqinspect.cli.schema import schema_text
from tests.editor.language_server import LanguageServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "node_modules" / ".bin" / "yaml-language-server"
SERVER = shutil.which("yaml-language-server") or (str(HERE) if HERE.exists() else None)

pytestmark = pytest.mark.skipif(SERVER is None, reason="there is no yaml-language-server (npm)")

HEAD = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    schema = tmp_path_factory.mktemp("schema") / "seqinspect.schema.json"
    schema.write_text(schema_text("spec"), encoding="utf-8")
    assert SERVER is not None
    started = LanguageServer(SERVER, schema)
    yield started
    started.close()


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        (
            "LSTM: {units: n, return_seq|uences: true}",
            ["(batch, T, units)", "(batch, units)", "Weights are the same", "default false"],
        ),
        ("LSTM: {un|its: n}", ["nothing to do with the number of steps", "required"]),
        ("LS|TM: {units: n}", ["4 gates", "(batch, T, features)"]),
        ("Conv1D: {filters: n, kernel_size: 3, pad|ding: causal}", ["no step sees a later one"]),
        ("Bidirectional: {LSTM: n, merge_|mode: sum}", ["side by side", "default concat"]),
        ("TimeDist|ributed: {Dense: n}", ["same weights at every step"]),
        ("Dense: {units: n, activ|ation: relu}", ["null is linear"]),
        ("Dense: n\n    fr|om: input", ["called on", "second output"]),
    ],
)
def test_a_hover_teaches(server: LanguageServer, entry: str, parts: list[str]) -> None:
    shown = server.hover(f"{HEAD}  - {entry}\n").replace("\\", "")
    assert [part for part in parts if part not in shown] == []


LEGACY = {"input_dim", "batch_input_shape", "input_shape", "consume_less", "implementation"}


@pytest.mark.parametrize("before", ["LSTM:\n      |", "LSTM: {un|}", "LSTM: {units: n, re|}"])
def test_arguments_of_today_are_offered(server: LanguageServer, before: str) -> None:
    offered = {each.label: each for each in server.completions(f"{HEAD}  - {before}\n")}
    assert {"return_sequences", "return_state", "recurrent_dropout", "name"} <= offered.keys()
    assert not offered.keys() & LEGACY
    assert "(batch, T, units)" in offered["return_sequences"].documentation


def test_beside_a_class_stands_what_belongs_there(server: LanguageServer) -> None:
    offered = server.completions(f"{HEAD}  - LSTM: {{units: n}}\n    |\n")
    assert [each.label for each in offered] == ["call", "from", "name"]


def test_classes_are_offered_by_their_own_names(server: LanguageServer) -> None:
    offered = {each.label for each in server.completions(f"{HEAD}  - LST|\n")}
    assert {"LSTM", "Dense", "TimeDistributed", "Sequential", "reuse", "repeat"} <= offered
    assert not offered & {"Convolution1D", "MaxPool1D"}


def test_values_are_offered(server: LanguageServer) -> None:
    offered = server.completions(f"{HEAD}  - Conv1D:\n      filters: 8\n      padding: |\n")
    assert {each.label for each in offered} == {"valid", "same", "causal"}
    offered = server.completions(f"{HEAD}  - Dense: {{units: n, activation: |}}\n")
    assert {"relu", "softmax", "tanh"} <= {each.label for each in offered}


@pytest.mark.parametrize(
    ("entry", "underlined", "message"),
    [
        ("LSTMM: 8", "LSTMM", "Keras has no such layer"),
        ("Lambda: 8", "Lambda", "Keras has no such layer"),
        ("LSTM", "LSTM", "arguments without a default are missing"),
        ("LSTM:", "", "arguments without a default are missing: units"),
        ("LSTM: {return_sequences: true}", "LSTM", 'Missing property "units"'),
        ("Conv1D: {filters: 3}", "Conv1D", 'Missing property "kernel_size"'),
        ("LSTM: {units: 8, unit: 8}", "unit", "unit is not allowed"),
        ("Dense: n\n    form: input", "form", "form is not allowed"),
        ("Dropout: 20", "20", "above the maximum of 1"),
        ("Dense: 0", "0", "below the minimum of 1"),
        ("LSTM: {units: 8, return_sequences: yes}", "yes", 'Expected "boolean"'),
        ("Dense: {units: 8, activation: rellu}", "rellu", "Value is not accepted"),
        ("Dense: {units: 8}\n  - repeat: 2\n    layers: [Flattn]", "Flattn", "no such layer"),
    ],
)
def test_a_slip_is_underlined(
    server: LanguageServer, entry: str, underlined: str, message: str
) -> None:
    found = server.diagnostics(f"{HEAD}  - {entry}\n")
    assert [(each.text, message in each.message) for each in found] == [(underlined, True)]


def test_a_class_of_ones_own_is_no_slip(server: LanguageServer) -> None:
    text = f"custom: {{Pool: my.layers:Pool}}\n{HEAD}  - Pool: {{size: 3}}\n"
    assert server.diagnostics(text) == []


def _specs() -> Iterator[tuple[str, str]]:
    for file in sorted((ROOT / "configs").glob("*.yaml")):
        yield file.name, file.read_text("utf-8")
    wrong = ROOT / "docs" / "findings.md"  # it shows what is wrong
    for page in (ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {wrong})):
        found = re.findall(
            r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
        for number, text in enumerate(found):
            if re.search("^layers:", text, re.MULTILINE):
                yield f"{page.name} {number}", text


def test_nothing_is_underlined_in_specs_that_are_right(server: LanguageServer) -> None:
    wrong = {name: found for name, text in _specs() if (found := server.diagnostics(text))}
    assert wrong == {}
