"""Case files: specs that have a finding, on a line and at a text in it, and specs without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from seqinspect.analysis.walk import analyse
from seqinspect.cli.known_findings import unmatched_patterns
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.fixes import apply_fixes
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Lock, Plan, check_data
from seqinspect.lint.settings_file import read_settings
from seqinspect.model.finding import KerasDifference
from seqinspect.model.report import Keras
from seqinspect.output.findings.sentences import message, remedy
from seqinspect.readers.spec import read_spec
from tests.checks.arrays import data_of_case

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Outcome
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(FOLDER.glob("*.yaml"))
CASES = [
    (path.stem, case)
    for path in FILES
    for case in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
]
NAMES = [f"{code} {case['name']}" for code, case in CASES]


def keras(word: Any):  # type: ignore[no-untyped-def]
    def confirm(graph: Graph, report: Report) -> Report:
        if word == "refuses":
            raise SpecError(Problem("Keras refuses it"))
        wrong = KerasDifference("layer", "outputs", "", 1, 2)
        differences = (wrong,) if word == "disagrees" else ()
        return report.confirmed_by(Keras(word, "3.15.1", differences=differences), {})

    return confirm


def plan_of(case: dict[str, Any], folder: Path) -> Plan:
    settings = lock = None
    if "settings" in case:
        path = folder / "seqinspect.toml"
        path.write_text(case["settings"])
        settings = read_settings(path)
    if "locked" in case:
        text = case["locked"]
        entries = {}
        if text != "nothing":
            graph = read_spec(text.encode(), name="model.yaml")
            entries["model.yaml"] = lock_entry(graph, analyse(graph))
        lock = Lock("seqinspect.lock", "", entries)
    data = data_of_case(case["data"], folder) if "data" in case else None
    return Plan(settings=settings, lock=lock, data=data)


def outcome_of(case: dict[str, Any], folder: Path) -> Outcome:
    """What is found in the spec of a case, and in its settings."""
    confirm = keras(case["keras"]) if "keras" in case else None
    plan = plan_of(case, folder)
    outcome = check_data("model.yaml", case["spec"].encode(), plan, confirm)
    of_settings = unmatched_patterns(["model.yaml"], plan)
    findings = tuple(finding for each in of_settings for finding in each.findings)
    return outcome._replace(findings=outcome.findings + findings)


@pytest.mark.parametrize(("code", "case"), CASES, ids=NAMES)
def test_a_case_has_the_finding_where_it_says(
    code: str, case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = outcome_of(case, tmp_path)
    places = [f.place for f in outcome.findings if f.code == code and f.place is not None]
    if case["at"] is not None:
        line, _, text = case["at"].partition(" ")
        assert [place.line for place in places] == [int(line)]
        file = "settings" if places[0].file.endswith(".toml") else "spec"
        assert case[file].splitlines()[int(line) - 1].startswith(text, places[0].column - 1)
        found = next(finding for finding in outcome.findings if finding.code == code)
        assert message(found) == case.get("message", message(found))
        assert remedy(found) == case.get("remedy", remedy(found))
    else:
        assert places == []
        assert outcome.usable, outcome.findings
    assert all_kinds()[code].fixable or "fixed" not in case


FIXED = [(code, case) for code, case in CASES if "fixed" in case]


@pytest.mark.parametrize(
    ("code", "case"), FIXED, ids=[f"{code} {case['name']}" for code, case in FIXED]
)
def test_the_mended_spec_has_it_no_longer(code: str, case: dict[str, Any]) -> None:
    data = case["spec"].encode()
    outcome = apply_fixes(check_data("model.yaml", data, Plan()), data, Plan(), unsafe=True)
    assert outcome.fixed_text is not None
    assert case["fixed"] in outcome.fixed_text
    after = check_data("model.yaml", outcome.fixed_text.encode(), Plan())
    assert after.usable
    assert code not in [finding.code for finding in after.findings]


def test_every_finding_has_two_cases_with_it_and_two_without() -> None:
    for code, kind in all_kinds().items():
        cases = [case for other, case in CASES if other == code]
        assert sum(case["at"] is not None for case in cases) >= 2, code
        assert sum(case["at"] is None for case in cases) >= 2, code
        if kind.fixable:
            assert any("fixed" in case for case in cases), code


def test_configs_have_the_findings_that_they_are_there_to_show() -> None:
    configs = Path(__file__).parents[2] / "configs"
    found = {
        (path.stem, finding.code)
        for path in configs.glob("*.yaml")
        for finding in check_data(path.name, path.read_bytes(), Plan(static=True)).findings
    }
    assert found == {("question_time_distributed", "SEQ103"), ("stateful_lstm", "SEQ501")}
