"""`--fix` on specs as people lay them out: nothing but the remedy changes, and that once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from seqinspect.lint.edits import applied
from seqinspect.lint.fixes import apply_fixes
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data


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
    for code, case in ((path.stem, case) for case in yaml.safe_load(path.read_text("utf-8")))
    if case["at"] is not None and all_kinds()[code].fixable
]


@pytest.mark.parametrize(
    ("code", "case"), EDITED, ids=[f"{code} {case['name']}" for code, case in EDITED]
)
def test_every_fix_of_a_case_can_be_used_and_takes_its_finding_away(
    code: str, case: dict[str, str]
) -> None:
    before = check_data("model.yaml", case["spec"].encode(), Plan())
    for finding in before.findings:
        if finding.code == code and finding.edits:
            edited = applied(case["spec"], finding.edits)
            assert edited is not None
            after = check_data("model.yaml", edited.encode(), Plan())
            assert after.usable or len(after.findings) < len(before.findings)
            assert finding.content not in [each.content for each in after.findings]
