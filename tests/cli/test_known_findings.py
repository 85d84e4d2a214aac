"""What a project knows beforehand: settings that extend others, baselines, comments that ignore."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

TWICE = "input: [10, 8]\nlayers:\n  - TimeDistributed: {Dense: 4}\n  - LSTM: 4\n"
BOTH = TWICE.replace("LSTM: 4", "LSTM: {units: 4, activation: relu}")
CHECK = ("check", "--static", "--format", "concise", "-q")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two specs: one with SEQ103, one with SEQ103 and SEQ401."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(TWICE)
    (tmp_path / "configs" / "b.yaml").write_text(BOTH)
    return tmp_path


def codes(text: str) -> list[str]:
    """The codes of the lines of findings."""
    return [line.split(": ")[1].split()[0] for line in text.splitlines()]


def settings(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


def test_quiet_shows_findings_and_nothing_else(run: Run, project: Path) -> None:
    result = run(*CHECK, "configs")
    assert (result.code, result.err) == (1, "")
    assert codes(result.out) == ["SEQ103", "SEQ103", "SEQ401"]
    text = run("check", "--static", "-q", "--select", "SEQ401", "configs")
    assert text.out.startswith("configs/b.yaml:4:34: SEQ401")
    assert "checked" not in text.out
    (project / "configs" / "b.yaml").write_text("input: [10, 8]\nlayers: [{LSTM: 4}]\n")
    assert run(*CHECK, "configs/b.yaml").out == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('select = ["SEQ1"]', ["SEQ103", "SEQ103"]),
        ('ignore = ["SEQ1"]', ["SEQ401"]),
        ('ignore = ["SEQ1"]\nselect = ["SEQ103"]', ["SEQ103", "SEQ103"]),  # it says more
        ('ignore = ["SEQ103"]\nselect = ["SEQ1", "SEQ4"]', ["SEQ401"]),
        ('extend = "base.toml"', ["SEQ401"]),
        ('extend = "base.toml"\nextend-select = ["SEQ103"]', ["SEQ103", "SEQ103", "SEQ401"]),
        ('extend = "base.toml"\nextend-ignore = ["SEQ401"]', []),
        ('extend = "base.toml"\nselect = ["SEQ1"]', ["SEQ103", "SEQ103"]),
        ('extend = "base.toml"\nexclude = ["b.yaml"]', []),
        ('extend = "other.toml"', ["SEQ401"]),
        ('[per-path-ignores]\n"b.yaml" = ["SEQ4"]', ["SEQ103", "SEQ103"]),
    ],
)
def test_settings_choose_as_those_of_ruff(
    run: Run, project: Path, text: str, found: list[str]
) -> None:
    settings(project, seqinspect=text, base='ignore = ["SEQ1"]', other='extend = "base.toml"')
    assert codes(run(*CHECK, "configs").out) == found


def test_the_command_line_goes_on_from_the_settings(run: Run, project: Path) -> None:
    settings(project, seqinspect='ignore = ["SEQ103"]')
    assert codes(run(*CHECK, "configs").out) == ["SEQ401"]
    assert codes(run(*CHECK, "--ignore", "SEQ4", "configs").out) == []
    assert codes(run(*CHECK, "--extend-select", "SEQ103", "configs").out).count("SEQ103") == 2
    assert codes(run(*CHECK, "--select", "SEQ1", "configs").out) == ["SEQ103", "SEQ103"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('severity = {SEQ103 = "error"}\nfail-on = "error"', 1, "error"),
        ('severity = {SEQ1 = "error", SEQ103 = "note"}\nfail-on = "error"', 0, "note"),
        ('severity = {SEQ103 = "note", SEQ1 = "error"}\nfail-on = "error"', 0, "note"),
        ('severity = {redundant-time-distributed = "note"}\nfail-on = "warning"', 0, "note"),
    ],
)
def test_a_level_by_code(run: Run, project: Path, text: str, code: int, said: str) -> None:
    settings(project, seqinspect=text)
    result = run("check", "--static", "--format", "jsonl", "configs/a.yaml")
    assert result.code == code
    assert json.loads(result.out)["level"] == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extend = "seqinspect.toml"', "extends these settings itself"),
        ('extend = "base.toml"', "extends these settings itself"),
        ('extend = "gone.toml"', "there are no settings in gone.toml"),
        ("extend = 1", "`extend` must be a path"),
        ('severity = {SEQ001 = "note"}', "is always an error"),
        ('severity = {SEQ999 = "note"}', "there is no finding SEQ999"),
        ('severity = {SEQ103 = "fatal"}', "this is no level"),
        ('extend-selekt = ["SEQ1"]', "did you mean `extend-select`?"),
        ('baseline = ["a"]', "`baseline` must be a path"),
    ],
)
def test_settings_that_cannot_be_used(run: Run, project: Path, text: str, said: str) -> None:
    settings(project, seqinspect=text, base='extend = "seqinspect.toml"')
    result = run(*CHECK, "configs")
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert ".toml:1:" in result.err


def test_settings_are_shown_as_toml(run: Run, project: Path) -> None:
    text = (
        'extend = "base.toml"\nfail-on = "error"\nseverity = {SEQ103 = "error"}\n'
        '[budgets]\n"b.yaml" = {params = 500}\n'
    )
    settings(project, seqinspect=text, base='select = ["SEQ1"]\nexclude = ["old/**"]')
    result = run("check", "--show-settings", "configs")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("# seqinspect.toml, for configs/a.yaml and 1 other spec\n")
    shown: dict[str, Any] = tomllib.loads(result.out)
    assert {code[:4] for code in shown["codes"]} == {"SEQ0", "SEQ1"}
    assert {"SEQ001", "SEQ103"} <= {*shown["codes"]}
    assert "SEQ401" not in shown["codes"]
    assert shown["severity"] == {"SEQ103": "error"}
    assert (shown["fail-on"], shown["exclude"]) == ("error", ["old/**"])
    assert shown["budgets"] == {"b.yaml": {"params": "<= 500"}}


def test_files_are_listed(run: Run, project: Path) -> None:
    (project / "configs" / "train.py").write_text("import keras\n\nmodel = None\n")
    settings(project, seqinspect='exclude = ["b.yaml"]')
    result = run("check", "--show-files", "configs")
    assert (result.code, result.out, result.err) == (0, "configs/a.yaml\n", "")


def test_a_baseline_leaves_out_what_it_knows(run: Run, project: Path) -> None:
    written = run("check", "--static", "--write-baseline", "configs")
    assert (written.code, written.err) == (0, "")
    assert written.out == "3 findings known in seqinspect-baseline.json\n"
    known = ("--baseline", "seqinspect-baseline.json")
    assert run(*CHECK, *known, "configs").code == 0
    text = run("check", "--static", *known, "configs").out
    assert "nothing found" in text
    assert "3 in the baseline" in text
    path = project / "configs" / "a.yaml"
    path.write_text(f"# moved down\n\n{BOTH}")
    again = run(*CHECK, *known, "configs")
    assert again.code == 1
    assert codes(again.out) == ["SEQ401"]
    path.write_text("input: [10, 8]\nlayers: [{LSTM: 4}]\n")
    assert "1 of the baseline no longer found" in run("check", "--static", *known, "configs").out


def test_a_second_finding_of_the_kind_is_not_known(run: Run, project: Path) -> None:
    path = project / "configs" / "a.yaml"
    named = TWICE.replace("Dense: 4}\n", "Dense: 4}\n    name: td\n")
    path.write_text(named)
    assert run("check", "--static", "--write-baseline", "configs/a.yaml").code == 0
    settings(project, seqinspect='baseline = "seqinspect-baseline.json"')
    assert run(*CHECK, "configs/a.yaml").code == 0
    path.write_text(named.replace("  - LSTM", "  - TimeDistributed: {Dense: 5}\n  - LSTM"))
    found = codes(run(*CHECK, "configs/a.yaml").out)
    assert found.count("SEQ103") == 1


def test_a_baseline_of_some_keeps_what_it_knows_of_others(run: Run, project: Path) -> None:
    settings(project, seqinspect='baseline = "known.json"')
    assert run("check", "--static", "--write-baseline", "configs").code == 0
    (project / "configs" / "a.yaml").write_text("input: [10, 8]\nlayers: [{LSTM: 4}]\n")
    assert run("check", "--static", "--write-baseline", "configs/a.yaml").code == 0
    known = json.loads((project / "known.json").read_text())["findings"]
    assert [(each["path"], each["code"]) for each in known] == [
        ("configs/b.yaml", "SEQ103"), ("configs/b.yaml", "SEQ401")
    ]  # fmt: skip
    (project / "configs" / "b.yaml").unlink()
    assert run("check", "--static", "--write-baseline", "configs/a.yaml").code == 0
    assert json.loads((project / "known.json").read_text())["findings"] == []


def test_no_baseline_knows_a_spec_that_cannot_be_used(run: Run, project: Path) -> None:
    (project / "configs" / "a.yaml").write_text("layers: [{Dense: 4}]\n")
    result = run("check", "--static", "--write-baseline", "configs")
    assert result.code == 2
    assert "1 spec cannot be used, which no baseline knows: configs/a.yaml" in result.err
    assert run(*CHECK, "--baseline", "seqinspect-baseline.json", "configs").code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no baseline known.json"),
        (b"\xff", "the baseline cannot be read"),
        (b"[]", "this is no baseline"),
        (b'{"schema": "seqinspect.baseline/1", "findings": [{}]}', "this is no baseline"),
        (b'{"schema": "seqinspect.lock/1"}', "this is no baseline"),
    ],
)
def test_a_baseline_that_is_none(run: Run, project: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (project / "known.json").write_bytes(content)
    result = run(*CHECK, "--baseline", "known.json", "configs")
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "--write-baseline" in result.err


def test_comments_are_added_that_ignore_what_is_found(run: Run, project: Path) -> None:
    a, b = project / "configs" / "a.yaml", project / "configs" / "b.yaml"
    a.write_text(TWICE.replace("Dense: 4}\n", "Dense: 4}  # why: seqinspect: ignore\r\n"))
    result = run("check", "--static", "--add-ignore", "configs")
    assert (result.code, result.err) == (0, "")
    assert "3 ignored by comments" in result.out
    assert b.read_text().splitlines()[2:] == [
        "  - TimeDistributed: {Dense: 4}  # seqinspect: ignore[SEQ103]",
        "  - LSTM: {units: 4, activation: relu}  # seqinspect: ignore[SEQ401]",
    ]
    assert b"# why: seqinspect: ignore  # seqinspect: ignore[SEQ103]\r\n" in a.read_bytes()
    before = b.read_bytes()
    assert run("check", "--static", "--add-ignore", "configs").code == 0
    assert b.read_bytes() == before
    b.write_text(b.read_text().replace("[SEQ401]", "[SEQ402]"))
    assert run("check", "--static", "--add-ignore", "configs").code == 1  # SEQ402 ignores nothing
    assert "# seqinspect: ignore[SEQ401, SEQ402]" in b.read_text()


def test_no_comment_is_put_into_a_string(run: Run, project: Path) -> None:
    path = project / "configs" / "train.py"
    text = (
        "import keras\n\nmodel = keras.Sequential([\n    keras.Input((10, 8)),\n"
        '    keras.layers.TimeDistributed(keras.layers.Dense(4, activation="""relu""",\n'
        '    name="""x""")),\n    keras.layers.LSTM(4),\n])\n'
    )
    path.write_text(text)
    assert run(*CHECK, path).code == 1
    assert run("check", "--static", "--add-ignore", path).code == 0
    lines = path.read_text().splitlines()
    assert sum("# seqinspect: ignore[SEQ103]" in line for line in lines) == 1
    assert [line.partition("  # seqinspect")[0] for line in lines] == text.splitlines()


def test_json_has_no_comments(run: Run, project: Path) -> None:
    path = project / "a.json"
    path.write_text('{"input": [10, 8], "layers": [{"LSTM": {"units": 4, "activation": "relu"}}]}')
    before = path.read_bytes()
    assert run("check", "--static", "--add-ignore", "a.json").code == 1
    assert path.read_bytes() == before


def test_standard_input_has_a_name(run: Run, project: Path) -> None:
    settings(project, seqinspect='[per-path-ignores]\n"configs/**" = ["SEQ401"]')
    found = run(*CHECK, "-", "--stdin-filename", "configs/new.yaml", stdin=BOTH.encode())
    assert found.out.startswith("configs/new.yaml:3:5: SEQ103 ")
    assert codes(found.out) == ["SEQ103"]
    assert codes(run(*CHECK, "-", stdin=BOTH.encode()).out) == ["SEQ103", "SEQ401"]
    code = (
        "from keras import Input, Sequential, layers\n\n"
        "m = Sequential([Input((10, 8)), layers.TimeDistributed(layers.Dense(3))])\n"
    )
    read = run(*CHECK, "-", "--stdin-filename", "train.py", stdin=code.encode())
    assert read.out.startswith("train.py:3:33: SEQ103 ")
    fixed = run("check", "--static", "--fix", "--unsafe-fixes", "-", "--stdin-filename", "n.yaml",
                stdin=TWICE.encode())  # fmt: skip
    assert "- Dense: 4\n" in fixed.out


def test_names_by_which_people_know_options(run: Run, project: Path) -> None:
    one = run("check", "--static", "--output-format", "concise", "--output-file", "x", "configs")
    two = run("check", "--static", "--format", "concise", "-o", "y", "configs")
    assert one.code == two.code == 1
    assert (project / "x").read_text() == (project / "y").read_text() != ""
    shown = run(
        "describe", "--static", "--output-format", "csv", "--output-file", "z", "configs/a.yaml"
    )
    assert shown.code == 0
    assert (project / "z").read_text().startswith("name,")


@pytest.mark.parametrize(
    "options",
    [("--fix", "--write-baseline"), ("--add-ignore", "--diff"), ("--show-files", "--fix")],
)
def test_what_excludes_each_other(run: Run, project: Path, options: tuple[str, ...]) -> None:
    result = run("check", "--static", *options, "configs")
    assert result.code == 2
    assert "exclude each other" in result.err
