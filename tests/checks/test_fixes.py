"""`--fix` on specs as people lay them out: nothing but the remedy changes, and that once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from seqinspect.errors import SpecError
from seqinspect.lint.edits import applied
from seqinspect.lint.fixes import apply_fixes
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from collections.abc import Callable


def fixed(text: str) -> str | None:
    return apply_fixes(
        check_data("m.yaml", text.encode(), Plan()), text.encode(), Plan(), unsafe=True
    ).fixed_text


LAYOUTS = {
    "comments": (
        "# head\ninput: [10, 8]   # é 漢\nlayers:\n  - LSTM: 16      # first\n  # between\n"
        "  - LSTM:         # second\n      units: 8    # eight\n      # nothing more\n"
        "  - TimeDistributed: {Dense: 3}   # wrapped\n# tail",
        "# head\ninput: [10, 8]   # é 漢\nlayers:\n"
        "  - LSTM: {units: 16, return_sequences: true}      # first\n  # between\n"
        "  - LSTM:         # second\n      return_sequences: true\n      units: 8    # eight\n"
        "      # nothing more\n  - Dense: 3   # wrapped\n# tail",
    ),
    "line ends of Windows": (
        "input: [10, 8]\r\nlayers:\r\n- LSTM: 4 # x\r\n- LSTM: 3\r\n",
        "input: [10, 8]\r\nlayers:\r\n- LSTM: {units: 4, return_sequences: true} # x\r\n"
        "- LSTM: 3\r\n",
    ),
    "one line": (
        "{input: [10, 8], layers: [{LSTM: 16}, {LSTM: 8}, {TimeDistributed: {Dense: 3}}]}",
        "{input: [10, 8], layers: [{LSTM: {units: 16, return_sequences: true}},"
        " {LSTM: {units: 8, return_sequences: true}}, {Dense: 3}]}",
    ),
    "quotes": (
        "input: [10, 8]\nlayers:\n- LSTM: {units: 4, \"activation\": 'relu'}\n"
        '- Dense: {units: 1, activation: "softmax"}\n',
        "input: [10, 8]\nlayers:\n- LSTM: {units: 4, \"activation\": 'tanh'}\n"
        '- Dense: {units: 1, activation: "sigmoid"}\n',
    ),
    "braces over several lines": (
        "input: [10, 8]\nlayers:\n- LSTM: {units: 4,\n         activation: relu,  # why\n"
        "        }\n- Dense: 2\n",
        "input: [10, 8]\nlayers:\n- LSTM: {units: 4,\n         activation: tanh,  # why\n"
        "        }\n- Dense: 2\n",
    ),
    "a name with signs of YAML": (
        'input: [10, 8]\nlayers:\n- LSTM: {units: 4, name: "a # } b"}\n- LSTM: 3\n',
        'input: [10, 8]\nlayers:\n- LSTM: {units: 4, name: "a # } b", return_sequences: true}\n'
        "- LSTM: 3\n",
    ),
    "a comma at the end, and nothing": (
        "input: [10, 8]\nlayers:\n- LSTM: {units: 4, }\n- LSTM: 3\n",
        "input: [10, 8]\nlayers:\n- LSTM: {return_sequences: true, units: 4, }\n- LSTM: 3\n",
    ),
    "within a Bidirectional": (
        "input: [10, 8]\nlayers:\n- Bidirectional: {layer: {LSTM: 4}, merge_mode: sum}  # !\n"
        "- LSTM: 3\n",
        "input: [10, 8]\nlayers:\n- Bidirectional: {layer: {LSTM: {units: 4,"
        " return_sequences: true}}, merge_mode: sum}  # !\n- LSTM: 3\n",
    ),
    "a mark of the order of bytes": (
        "\ufeffinput: [10, 8]\nlayers: [LSTM: 4, LSTM: 3]",
        "\ufeffinput: [10, 8]\nlayers: [LSTM: {units: 4, return_sequences: true}, LSTM: 3]",
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_nothing_but_the_remedy_changes(before: str, after: str) -> None:
    assert fixed(before) == after
    assert fixed(after) is None


@pytest.mark.parametrize(
    "text",
    [
        "input: [10, 8]\nlayers:\n- LSTM: &a {units: 8}\n- LSTM: *a\n",
        "input: [10, 8]\nlayers:\n- ? LSTM\n  : 4\n- LSTM: 4\n",
        "input: [10, 8]\nlayers:\n- TimeDistributed:\n    Dense: 4\n",
        "input: [10, 8]\nlayers:\n- repeat: 3\n  layers: [{LSTM: 8}]\n",
        "input: [10, 8]\nlayers:\n- TimeDistributed: {Dense: 4}  # seqinspect: ignore[SEQ103]\n",
    ],
)
def test_what_one_line_does_not_show_is_left(text: str) -> None:
    assert fixed(text) is None


def test_a_fix_that_changes_what_is_computed_is_asked_for() -> None:
    text = b"input: [10, 8]\nlayers:\n- LSTM: 4\n- LSTM: {units: 3, activation: relu}\n"
    found = check_data("m.yaml", text, Plan())
    safe = apply_fixes(found, text, Plan()).fixed_text or ""
    assert "units: 4, return_sequences: true" in safe
    assert "activation: relu" in safe
    assert "activation: tanh" in (apply_fixes(found, text, Plan(), unsafe=True).fixed_text or "")


EDITED = [
    (code, case)
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for code, case in (
        (path.stem, case) for case in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    )
    if case["at"] is not None and all_kinds()[code].fixable
]


def as_json(text: str) -> str:
    return json.dumps(yaml.load(text, yaml.CSafeLoader), indent=1)


def as_json_line(text: str) -> str:
    return json.dumps(yaml.load(text, yaml.CSafeLoader))


def as_code(text: str) -> str:
    try:
        graph = read_spec(text.encode(), name="model.yaml")
    except SpecError:
        return ""
    return convert_graph(graph, "python")


FORMS: dict[str, Callable[[str], str]] = {
    "model.yaml": str,
    "model.json": as_json,
    "line.json": as_json_line,
    "model.py": as_code,
}
"""How a spec is written, by the name of the file that it stands in."""


@pytest.mark.parametrize("file", FORMS)
@pytest.mark.parametrize(
    ("code", "case"), EDITED, ids=[f"{code} {case['name']}" for code, case in EDITED]
)
def test_every_fix_of_a_case_can_be_used_and_takes_its_finding_away(
    code: str, case: dict[str, str], file: str
) -> None:
    """Formats for programs carry the fixes; whoever reads them applies each of them as it is."""
    text = FORMS[file](case["spec"])
    before = check_data(file, text.encode(), Plan(static=True))
    for finding in before.findings if text else ():
        if finding.code == code and finding.edits:
            edited = applied(text, finding.edits)
            assert edited is not None
            after = check_data(file, edited.encode(), Plan(static=True))
            assert after.usable or len(after.findings) < len(before.findings), edited
            assert finding.content not in [each.content for each in after.findings], edited


def test_fixes_are_offered_in_every_form() -> None:
    text = "input: [10, 8]\nlayers:\n- LSTM: {units: 4, activation: relu}\n- Dense: 3\n"
    for file, form in FORMS.items():
        found = check_data(file, form(text).encode(), Plan(static=True)).findings
        assert [bool(each.edits) for each in found if each.code == "SEQ401"] == [True], file


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LSTM(16, return_sequences=False), layers.LSTM(4)",
         "LSTM(16, return_sequences=True), layers.LSTM(4)"),
        ("LSTM(16), layers.LSTM(4)", "LSTM(16, return_sequences=True), layers.LSTM(4)"),
        ("LSTM(units=(2 + 2) * 3), layers.LSTM(4)",
         "LSTM(units=(2 + 2) * 3, return_sequences=True), layers.LSTM(4)"),
        ("LSTM(16, use_cudnn=True)", "LSTM(16, use_cudnn='auto')"),
        ("LSTM(16, activation=\"relu\")", "LSTM(16, activation=\"tanh\")"),
    ],
)  # fmt: skip
def test_a_fix_of_code_is_python(before: str, after: str) -> None:
    code = (
        "import keras\nfrom keras import layers\n"
        "m = keras.Sequential([layers.Input((9, 2)), layers.{}])\n"
    )
    finding, *_ = check_data("m.py", code.format(before).encode(), Plan(static=True)).findings
    assert applied(code.format(before), finding.edits) == code.format(after)


def test_a_fix_is_put_into_json() -> None:
    text = as_json("input: [10, 8]\nlayers:\n- LSTM: 4\n- LSTM: {units: 3, use_cudnn: true}\n")
    outcome = check_data("m.json", text.encode(), Plan(static=True))
    mended = apply_fixes(outcome, text.encode(), Plan(static=True)).fixed_text
    assert mended is not None
    layers = json.loads(mended)["layers"]
    assert layers[0] == {"LSTM": {"units": 4, "return_sequences": True}}
    assert layers[1] == {"LSTM": {"units": 3, "use_cudnn": "auto"}}
