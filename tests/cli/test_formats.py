from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from seqinspect.cli.schema import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

BEGINNINGS = {
    "csv": "name,type,depth,",
    "markdown": "# question\n",
    "latex": "% Text is UTF-8",
    "html": "<!doctype html>",
    "page": "<!doctype html>",
}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_format_is_written_to_a_pipe_and_to_a_file(
    run: Run, spec: Path, tmp_path: Path, kind: str
) -> None:
    result = run("describe", "--static", "--format", kind, spec.name)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(BEGINNINGS[kind])
    assert run("describe", "--static", "--format", kind, spec.name, "-o", "out").code == 0
    assert (tmp_path / "out").read_bytes() == result.out.encode()


def test_the_name_of_a_file_says_page_where_there_is_one(
    run: Run, spec: Path, tmp_path: Path
) -> None:
    for command in (
        ("describe", spec.name),
        ("explain", spec.name),
        ("diff", spec.name, spec.name),
    ):
        for ending in ("html", "HTM"):
            assert run(command[0], "--static", *command[1:], "-o", f"out.{ending}").code == 0
            page = (tmp_path / f"out.{ending}").read_text("utf-8")
            assert page.count("<script>") == page.count('<svg xmlns="') // len(command[1:]) == 1
            assert "default-src 'none'; style-src 'sha256-" in page
    for command in (("layers", "LSTM"), ("rule", "SEQ101"), ("explain", "--questions")):
        assert run(*command, "-o", "out.html").code == 0
        assert "<script" not in (tmp_path / "out.html").read_text("utf-8")
    assert "<script" not in run("describe", "--static", "--format", "html", spec.name).out


def test_a_page_has_every_layer(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "page", "--depth", "1", spec.name)
    assert (result.code, "a page has every layer" in result.err) == (2, True)


def test_columns_are_chosen_in_every_format(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "csv", "--columns", "params,name", spec)
    assert result.out == "params,name\r\n544,lstm\r\n72,dense\r\n"
    html = run("describe", "--static", "--format", "html", "--columns", "name", spec).out
    assert "<th>Layer</th></tr>" in html


def test_jsonl_is_one_report_a_line_always(run: Run, spec: Path) -> None:
    schema = json.loads(schema_text("report"))
    for specs in ((spec,), (spec, spec)):
        result = run("describe", "--static", "--format", "jsonl", *specs)
        assert (result.code, result.err) == (0, "")
        lines = result.out.splitlines()
        assert len(lines) == len(specs)
        for line in lines:
            jsonschema.validate(json.loads(line), schema)
    one = run("describe", "--static", "--format", "json", spec)
    assert json.loads(one.out) == json.loads(lines[0])
    assert run("describe", "--static", "--format", "jsonl", "--columns", "name", spec).code == 2


def test_a_heading_may_be_left_out(run: Run, spec: Path) -> None:
    for kind, end in (("plain", "\n"), ("csv", "\r\n")):
        command = ("describe", "--static", "--format", kind, "--columns", "name,params")
        whole = run(*command, spec).out
        assert run(*command, "--no-header", spec).out == whole.partition(end)[2]
    refused = run("describe", "--static", "--no-header", spec)
    assert refused.code == 2
    assert "table has none to leave out" in refused.err


WRAPPED = "input: [10, 8]\nlayers: [{Sequential: [{Bidirectional: {LSTM: 4}}], name: inner}]\n"


def test_depth_opens_layers_within_layers(run: Run) -> None:
    def lines(*arguments: str) -> int:
        result = run("describe", "--static", *arguments, "-", stdin=WRAPPED.encode())
        assert (result.code, result.err) == (0, "")
        return sum("LSTM" in line for line in result.out.splitlines())

    assert lines() == lines("--depth", "0") == lines("--depth", "1") == 0
    assert lines("--depth", "2") == lines("--depth", "all") == 2
    assert lines("--format", "plain") == lines("--format", "csv", "--depth", "all") == 2
    assert lines("--format", "plain", "--depth", "1") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--depth", "deep"), "'deep' is not a number of levels, nor all"),
        (("--depth", "-1"), "not a number of levels"),
        (("--depth", "1", "--format", "json"), "has every layer"),
    ],
)
def test_a_depth_that_cannot_be_used(
    run: Run, spec: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("describe", "--static", *arguments, spec)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_memory_is_shown_as_formula_and_number(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--optimizer", "sgd", "--batch", "2", spec)
    assert (result.code, result.err) == (0, "")
    assert "Memory      for a batch of 2; activations are what layers return" in result.out
    assert "Weights     float32: 4×n×(9×n+5) = 2,464 bytes (2.4 KiB)\n" in result.out
    training = "Training    activations 12×batch×T×n = 1,920 bytes (1.9 KiB); in all 6,860 bytes"
    assert training in result.out
    assert "Memory" not in run("describe", "--static", spec).out


def test_memory_is_part_of_the_json(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--memory", "--format", "json", spec)
    report = json.loads(result.out)
    jsonschema.validate(report, json.loads(schema_text("report")))
    assert report["memory"]["batch"] == 32
    assert report["memory"]["weights"]["float32"]["bytes"] == 2464
    assert report["memory"]["optimizer_state"]["bytes"] == 2 * 2464 + 12
    forward = report["memory"]["forward_activations"]
    assert eval(forward["formula"], {}, {"batch": 32, "T": 10, "n": 8}) == forward["bytes"]
    assert forward["while"] == "lstm"


def test_a_policy_changes_dtypes(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--policy", "bfloat16", "--format", "json", spec)
    report = json.loads(result.out)
    assert report["totals"]["bytes"] == 1232
    assert report["layers"][0]["outputs"][0]["dtype"] == "bfloat16"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--memory", "--format", "csv"), "no place for it"),
        (("--batch", "0"), "0 is not in the range 1<=x<=1000000000000000000"),
        (("--optimizer", "lion"), "'lion' is not one of"),
        (("--policy", "float8"), "'float8' is not one of"),
    ],
)
def test_memory_that_cannot_be_shown(
    run: Run, spec: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("describe", "--static", *arguments, spec)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_schemas_are_printed(run: Run, tmp_path: Path) -> None:
    for kind in ("spec", "report", "check", "diff"):
        result = run("schema", kind)
        assert (result.code, result.err) == (0, "")
        jsonschema.Draft202012Validator.check_schema(json.loads(result.out))
    assert run("schema", "-o", "s.json").code == 0
    assert json.loads((tmp_path / "s.json").read_text())["$id"] == "urn:seqinspect:spec:1"
    assert run("schema", "modle").code == 2
