"""Formats of findings: each is well-formed for hostile names, and says what was found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest

from seqinspect.cli.schema import schema_text
from seqinspect.errors import Place
from seqinspect.lint.outcome import CheckedExpectation, Outcome, Run, Suppressed
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data
from seqinspect.lint.settings import Settings
from seqinspect.model.finding import Edit, ExpectKey, Finding, Formula, LayerName
from seqinspect.output.findings import data, document, github, gitlab, junit, sarif
from seqinspect.output.findings.shared import summary
from seqinspect.output.renderers import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.registry import Level

FOLDER = Path(__file__).parent
HOSTILE = [
    "a%0A::error::pwned", "\n::stop-commands::pwn\n", "::error file=x::y", "a,line=9,title=b::c",
    "a\x01b\x1b[2J\x07", "]]></failure><x>", "\"'<&>", "a\u202eb\u2028c\x85d", "\ud800", "\uffff",
    "[x](http://127.0.0.1:9) | @all `a` <img src=x>", "a\r\nb", "##vso[task.x]", "=1+1", "漢字 é",
]  # fmt: skip
OFFICIAL = jsonschema.Draft4Validator(
    json.loads((FOLDER / "sarif-schema-2.1.0.json").read_text("utf-8"))
)
"""The schema of OASIS (sarif-spec, sarif-2.1/schema), as it is."""
NAMES = ("code", "message", "remedy", "layer")


def finding(name: str, code: str = "SEQ501", variant: str = "unusable") -> Finding:
    place = Place(f"configs/{name}.yaml", 7, 5)
    edit = Edit(place, "TimeDistributed: {Dense: n}", "Dense: n")
    layer = LayerName(("Dense",), name, name)
    facts = (("what", f"{name} does nothing"), ("fix", f"drop {name}"))
    return Finding(code, place, variant, variant, layer, facts, (edit,), name)


def run_of(name: str) -> Run:
    plain = finding("plain", "SEQ002", "")
    return Run(
        (
            Outcome(f"configs/{name}.yaml", name, findings=(finding(name), plain), failing=True),
            Outcome("good.yaml", "good", params=616, tested=(KEPT,)),
            Outcome(
                "bad.yaml", usable=False, findings=(finding(name, "SEQ001", ""),), failing=True
            ),
        )
    )


COUNT = Formula("n×(9×n+5)", 616)
KEPT = CheckedExpectation(ExpectKey("params"), "n*(9*n+5)", COUNT, True, "for all sizes")


def json_values(value: Any, key: str) -> Iterator[Any]:
    """Yield all values of a key, however deep."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == key)
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from json_values(each, key)


def documents(name: str) -> dict[str, Any]:
    made = json.loads(data.render(run_of(name), "0.1.0"))
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_github_gets_one_well_formed_command_a_finding(name: str) -> None:
    lines = github.render(run_of(name)).split("\n")
    assert lines.pop() == ""
    assert len(lines) == 3
    for line in lines:
        assert line.isprintable()
        match = re.fullmatch(
            r"::(error|warning|notice) file=([^:,]*),line=7,col=5,endColumn=\d+,"
            r"title=([^:,]*)::(.*)",
            line,
        )
        assert match is not None, line
        for part in (match[2], match[3], match[4]):
            assert re.fullmatch(r"([^%]|%25|%0D|%0A|%3A|%2C)*", part), part


def test_github_decodes_to_what_was_found() -> None:
    line = github.render(run_of("a%b:c,d")).split("\n")[2]
    assert line == (
        "::notice file=configs/a%25b%3Ac%2Cd.yaml,line=7,col=5,endColumn=6,title=SEQ501"
        " old-keras-idiom::a%25b:c,d does nothing; drop a%25b:c,d"
    )


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_junit_is_xml_1_0_and_counts_what_it_holds(name: str) -> None:
    root = ElementTree.fromstring(junit.render(run_of(name)).encode())
    assert [suite.tag for suite in root] == ["testsuite"] * 3
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors", "")) == len(suite.findall("testcase/error"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "1")
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "does nothing" in str(failure.get("message"))


def test_junit_skips_what_does_not_fail() -> None:
    lenient = [each._replace(fail_on="error") for each in run_of("x").outcomes]
    root = ElementTree.fromstring(junit.render(Run(tuple(lenient))).encode())
    assert (root.get("failures"), root.get("errors")) == ("1", "1")
    assert [suite.get("skipped") for suite in root] == ["1", "0", "0"]
    assert len(root.findall("testsuite/testcase/skipped")) == 1


JUNIT = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, set(), {"testsuite"}),
    "testsuite": (
        {"skipped", "time", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"time", "classname", "group"}, {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "skipped": ({"type", "message"}, set(), set()),
}  # fmt: skip
"""Of each element, the attributes that it may have, must have, and what may stand in it: as in
junit-10.xsd of Jenkins's xUnit plugin."""


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("fail_on", ["error", "note"])
def test_junit_is_as_its_schema_has_it(name: str, fail_on: Level) -> None:
    outcomes = (each._replace(fail_on=fail_on) for each in run_of(name).outcomes)
    root = ElementTree.fromstring(junit.render(Run(tuple(outcomes))).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        may, must, children = JUNIT[element.tag]
        assert must <= element.attrib.keys() <= may | must
        assert {child.tag for child in element} <= children


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_json_and_jsonl_hold_the_very_text(name: str) -> None:
    document = documents(name)
    jsonschema.validate(document, json.loads(schema_text("check")))
    first = document["specs"][0]["findings"][0]
    assert first["message"] == f"{name} does nothing"
    assert first["edits"] == [
        {"line": 7, "column": 5, "old": "TimeDistributed: {Dense: n}", "new": "Dense: n"}
    ]
    lines = data.lines(run_of(name)).split("\n")[:-1]
    assert [json.loads(line)["code"] for line in lines] == ["SEQ501", "SEQ002", "SEQ001"]
    schema = json.loads(schema_text("check"))
    for line in lines:
        found = json.loads(line)
        assert isinstance(found.pop("source"), str)
        jsonschema.validate(found, schema["$defs"]["finding"])
    assert all(line.isprintable() for line in lines)


def test_json_counts_by_level() -> None:
    assert documents("x")["summary"] == {
        "specs": 3, "unusable": 1, "errors": 2, "warnings": 0, "notes": 1, "ignored": 0,
        "baseline": 0, "passed_over": 0,
    }  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_sarif_validates(name: str) -> None:
    document = json.loads(sarif.render(run_of(name), "0.1.0"))
    OFFICIAL.validate(document)
    for location in json_values(document, "uri"):
        assert re.fullmatch(r"([A-Za-z0-9._~/!$&'()*+,;=:@-]|%[0-9A-F]{2})+", location)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        "SEQ501", "SEQ002", "SEQ001",
    ]  # fmt: skip
    marks = [result["partialFingerprints"]["seqinspect/v1"] for result in run["results"]]
    assert len(set(marks)) == 3


def test_sarif_replaces_what_stands_there() -> None:
    document = json.loads(sarif.render(run_of("x"), "0.1.0"))
    (change,) = document["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 7, "startColumn": 5, "endLine": 7, "endColumn": 32},
            "insertedContent": {"text": "Dense: n"},
        }
    ]


def test_paths_are_relative_to_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    run = run_of("x")._replace(root=str(tmp_path))
    assert github.render(run).count(" file=sub/configs/") == 3
    assert {each["location"]["path"] for each in json.loads(gitlab.render(run))} == {
        "sub/configs/x.yaml", "sub/configs/plain.yaml"
    }  # fmt: skip
    found = json.loads(sarif.render(run, "0.1.0"))
    OFFICIAL.validate(found)
    places = list(json_values(found, "artifactLocation"))
    assert {place["uri"] for place in places} == {"sub/configs/x.yaml", "sub/configs/plain.yaml"}
    assert {place["uriBaseId"] for place in places} == {"%SRCROOT%"}
    assert "%SRCROOT%" in found["runs"][0]["originalUriBaseIds"]
    elsewhere = run._replace(root=str(tmp_path / "sub" / "other"))
    assert "uriBaseId" not in sarif.render(elsewhere, "0.1.0")
    assert " file=configs/" in github.render(elsewhere)


def test_sarif_says_where_it_ends_where_it_is_explained_and_what_is_suppressed() -> None:
    spec = (
        "input: [10, 8]\nlayers:\n"
        "  - TimeDistributed: {Dense: 4}\n"
        "  - TimeDistributed: {Dense: 4}  # seqinspect: ignore[SEQ103]\n"
    )
    outcome = check_data("m.yaml", spec.encode(), Plan(static=True, select=("SEQ103",)))
    known = tuple(Suppressed(each, "baseline") for each in outcome.findings)
    run = Run((outcome, outcome._replace(source="n.yaml", findings=(), suppressed=known)))
    found = json.loads(sarif.render(run, "0.1.0"))
    OFFICIAL.validate(found)
    first, in_source, external = found["runs"][0]["results"]
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5, "endColumn": 20}
    assert "suppressions" not in first
    assert [each["kind"] for each in in_source["suppressions"]] == ["inSource"]
    assert [each["kind"] for each in external["suppressions"]] == ["external"]
    for rule in found["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["helpUri"] == f"urn:seqinspect:rule:{rule['id']}"


def many(count: int, files: int = 1) -> Run:
    """Findings of one kind, on lines of their own, in some files."""
    return Run(
        tuple(
            Outcome(
                f"{file}.yaml",
                findings=tuple(
                    finding("x")._replace(place=Place(f"{file}.yaml", line, 5))
                    for line in range(1, count + 1)
                ),
            )
            for file in range(files)
        )
    )


def commands(run: Run) -> tuple[list[str], list[str]]:
    """The annotations, and the other lines."""
    lines = github.render(run).splitlines()
    return (
        [line for line in lines if line.startswith("::")],
        [line for line in lines if not line.startswith("::")],
    )


def test_github_folds_what_it_would_not_show() -> None:
    """It shows ten annotations of a level for a step; every finding stays in the log."""
    assert [len(each) for each in commands(many(10))] == [10, 0]
    (folded,), others = commands(many(12))
    assert "line=1," in folded
    assert "(and 11 more in this file: line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)" in folded
    assert len(others) == 11
    shown, others = commands(many(2, files=30))
    assert len(shown) == 10
    assert shown[-1] == "::notice title=seqinspect::42 further notes: the log of this step has all"
    assert len(others) == 9 + 42


def test_what_cannot_be_read_is_an_error_in_every_format() -> None:
    outcome = check_data("m.yaml", b"layers: [Dense: 1]\n", Plan(static=True))
    harmless = dict.fromkeys(all_kinds(), "note")
    run = Run((outcome._replace(levels=harmless),))  # type: ignore[arg-type]  # they are levels
    assert not outcome.usable
    assert github.render(run).startswith("::error ")
    assert {each["severity"] for each in json.loads(gitlab.render(run))} == {"major"}
    assert set(json_values(json.loads(sarif.render(run, "0"))["runs"][0]["results"], "level")) == {
        "error"
    }
    assert 'errors="1"' in junit.render(run)
    assert set(json_values(json.loads(data.render(run, "0")), "level")) == {"error"}
    assert "error" in render([document.table(run)], "markdown")


def test_level_exit_code_and_junit_agree() -> None:
    spec = b"input: [10, 8]\nlayers:\n  - TimeDistributed: {Dense: 4}\n"
    for level, fail_on, fails in (
        ("note", "warning", False), ("warning", "warning", True), ("error", "warning", True),
        ("note", "note", True), ("warning", "error", False),
    ):  # fmt: skip
        settings = Settings(severity=(("SEQ103", level),), fail_on=fail_on)  # type: ignore[arg-type]
        outcome = check_data("m.yaml", spec, Plan(static=True, settings=settings))
        assert outcome.failing is fails
        run = Run((outcome,))
        assert (' failures="1"' in junit.render(run)) is fails
        assert json.loads(data.lines(run))["level"] == level


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""What GitLab's documentation says of a Code Quality report."""


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_gitlab_has_what_code_quality_needs(name: str) -> None:
    issues = json.loads(gitlab.render(run_of(name)))
    jsonschema.validate(issues, GITLAB)
    assert [issue["severity"] for issue in issues] == ["info", "major", "major"]
    assert all(issue["location"]["lines"] == {"begin": 7} for issue in issues)
    assert len({issue["fingerprint"] for issue in issues}) == 3


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_markdown_row_stays_one_row_of_four_cells(name: str) -> None:
    rows = [
        line
        for line in render([document.table(run_of(name))], "markdown").split("\n")
        if line.startswith("|")
    ]
    assert len(rows) == 5
    for row in rows[2:]:
        assert len(re.findall(r"(?<!\\)\|", row)) == 5
        assert "<img" not in row


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_text_has_no_control_character_and_no_command(name: str) -> None:
    for made in (document.document, document.lines):
        shown = render([made(run_of(name))])
        for line in shown.split("\n"):
            assert line.isprintable()
            assert not line.lstrip().startswith(("::", "##"))


def test_concise_is_a_line_a_finding_and_the_summary() -> None:
    assert render([document.lines(run_of("x"))]) == (
        "configs/x.yaml:7:5: SEQ501 x does nothing; drop x\n"
        "configs/plain.yaml:7:5: SEQ002 plain does nothing; drop plain\n"
        "configs/x.yaml:7:5: SEQ001 x does nothing; drop x\n"
        "3 specs checked, 3 findings in 2 specs: 2 errors, 1 note\n"
        "1 spec cannot be used\n"
        "3 can be fixed by --fix (--diff shows how)\n"
        "1 expectation kept (1 for all sizes)\n"
        "not compared with Keras\n"
    )


def test_a_name_from_a_spec_stays_data_in_every_format() -> None:
    name = '"::error::%0A<b>|[x]"'
    spec = f"input: [10, 8]\nlayers:\n  - TimeDistributed: {{Dense: 4}}\n    name: {name}\n"
    outcome = check_data("m.yaml", spec.encode(), Plan(static=True))
    run = Run((outcome,))
    assert github.render(run).count("\n") == 1
    assert "%250A" in github.render(run)
    assert "&lt;b&gt;" in junit.render(run)
    assert "&lt;b&gt;\\|\\[x\\]" in render([document.table(run)], "markdown")


def test_a_model_of_question_marks_is_not_one_without_findings() -> None:
    layers = [{"class_name": "Mine", "config": {"name": name}} for name in "ab"]
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 10, 8]}}
    config = {"class_name": "Sequential", "config": [first, *layers]}
    outcome = check_data("m.json", json.dumps(config).encode(), Plan(static=True))
    assert not outcome.findings
    known = outcome._replace(source="known.yaml", unknown_layers=0)
    assert [*summary(Run((outcome, known)))][:2] == [
        "2 specs checked, nothing found in what is known",
        "of 2 layers in 1 spec shapes or weights are not known: nothing is looked for there",
    ]
    assert next(summary(Run((known,)))) == "1 spec checked, nothing found"
    held = json.loads(data.render(Run((outcome,)), "0"))["specs"][0]
    assert held["unknown_layers"] == 2
