"""`seqinspect check`, `lock` and `rule` as processes: exit codes, files, settings, streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

GOOD = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n  - LSTM: n\n  - Dense: n\n"
NOTE = "input: [10, 8]\nlayers:\n  - TimeDistributed: {Dense: 4}\n"
WARNING = "input: [10, 8]\nlayers:\n  - LSTM: {units: 4, activation: relu}\n"
BROKEN = "input: [10, 8]\nlayers:\n  - LTSM: 4\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    specs = tmp_path / "configs"
    (specs / "sub").mkdir(parents=True)
    (specs / "good.yaml").write_text(GOOD)
    (specs / "note.yaml").write_text(NOTE)
    (specs / "sub" / "warning.yml").write_text(WARNING)
    (specs / "sub" / "compose.yaml").write_text("services: {web: {image: x}}\n")
    return specs


def codes(out: str) -> list[str]:
    return [json.loads(line)["code"] for line in out.splitlines()]


def test_nothing_found_is_0_with_a_summary_and_a_silent_stderr(run: Run, folder: Path) -> None:
    result = run("check", "--static", "configs/good.yaml")
    assert (result.code, result.err) == (0, "")
    assert result.out == "1 spec checked, nothing found\nnot compared with Keras\n"


def test_findings_are_1_and_zero_on_demand(run: Run, folder: Path) -> None:
    result = run("check", "--static", "configs")
    assert (result.code, result.err) == (1, "")
    assert "configs/note.yaml:3:5: SEQ103 " in result.out
    assert "configs/sub/warning.yml:3:34: SEQ401 " in result.out
    assert "3 specs checked, 2 findings in 2 specs: 1 warning, 1 note\n" in result.out
    assert "1 other file passed over: no model in them\n" in result.out
    assert run("check", "--static", "--exit-zero", "configs").code == 0


def test_an_unusable_spec_is_2_and_the_others_are_checked(run: Run, folder: Path) -> None:
    (folder / "broken.yaml").write_text(BROKEN)
    result = run("check", "--static", "--format", "jsonl", "configs")
    assert (result.code, result.err) == (2, "")
    assert codes(result.out) == ["SEQ001", "SEQ103", "SEQ401"]
    assert run("check", "--static", "--exit-zero", "configs").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (("--select", "SEQ4"), 1, ["SEQ401"]),
        (("--select", "relu-in-recurrent,SEQ1"), 1, ["SEQ103", "SEQ401"]),
        (("--ignore", "SEQ103,SEQ401"), 0, []),
        (("--fail-on", "error"), 0, ["SEQ103", "SEQ401"]),
        (("--fail-on", "warning", "--ignore", "SEQ401"), 0, ["SEQ103"]),
        (("--fail-on", "warning"), 1, ["SEQ103", "SEQ401"]),
    ],
)
def test_what_is_looked_for_and_what_fails(
    run: Run, folder: Path, arguments: tuple[str, ...], code: int, found: list[str]
) -> None:
    result = run("check", "--static", "--format", "jsonl", *arguments, "configs")
    assert (result.code, codes(result.out)) == (code, found)


def test_a_code_that_is_none_is_a_wrong_command(run: Run, folder: Path) -> None:
    result = run("check", "--static", "--select", "SEQ9", "configs")
    assert (result.code, result.out) == (2, "")
    assert "there is no finding 'SEQ9'" in result.err


def test_the_nearest_settings_hold(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.seqinspect]\nignore = ["SEQ103", "SEQ401"]\n')
    assert run("check", "--static", "configs").code == 0
    (folder / "sub" / "seqinspect.toml").write_text('select = ["SEQ4"]\n')
    result = run("check", "--static", "--format", "jsonl", "configs")
    assert codes(result.out) == ["SEQ401"]


def test_settings_by_path_and_budgets(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.seqinspect.per-path-ignores]\n"
        '"configs/sub/**" = ["SEQ4"]\n'
        '"note.yaml" = ["redundant-time-distributed"]\n'
        "[tool.seqinspect.budgets]\n"
        '"configs/*.yaml" = {params = "< 616", bytes = "<= 4 KiB"}\n'
    )
    result = run("check", "--static", "--format", "concise", "configs")
    assert result.code == 1
    assert result.out.splitlines()[0] == (
        "configs/good.yaml:1:1: SEQ005 `params` is n×(9×n+5) = 616; the budget for"
        " configs/*.yaml is < 616 (pyproject.toml:5); make the model smaller, or raise the budget"
    )
    assert "1 finding in 1 spec" in result.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ignroe = []", "there is no setting `ignroe`"),
        ("ignore = ['SEQ9']", "there is no finding SEQ9"),
        ("select = 'SEQ1'", "`select` must be a list of strings"),
        ("fail-on = 'never'", "this is no level of findings"),
        ("budgets = {'**' = {parms = 3}}", "there is no budget `parms`"),
        ("budgets = {'**' = {params = true}}", "`params` must be a limit"),
        ("static = 1", "`static` must be true or false"),
        ("static = ", "this is no TOML"),
    ],
)
def test_settings_that_cannot_be_read_are_told_with_their_place(
    run: Run, folder: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "seqinspect.toml").write_text(text + "\n")
    result = run("check", "--static", "configs")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("seqinspect.toml:1:")
    assert message in result.err


def test_a_comment_ignores_a_finding_on_its_line(run: Run, folder: Path) -> None:
    path = folder / "note.yaml"
    path.write_text(NOTE.replace("4}", "4}  # seqinspect: ignore[SEQ103]"))
    result = run("check", "--static", "configs/note.yaml")
    assert result.code == 0
    assert "1 ignored by comments\n" in result.out


def test_fix_mends_the_file_and_diff_only_shows_it(run: Run, folder: Path) -> None:
    shown = run("check", "--static", "--diff", "--unsafe-fixes", "configs")
    assert shown.code == 1
    assert "-  - TimeDistributed: {Dense: 4}\n+  - Dense: 4\n" in shown.out
    assert (folder / "note.yaml").read_text() == NOTE
    assert run("check", "--static", "--fix", "configs").code == 1
    assert (folder / "note.yaml").read_text() == NOTE
    result = run("check", "--static", "--fix", "--unsafe-fixes", "configs")
    assert result.code == 0
    assert "2 fixed\n" in result.out
    assert (folder / "note.yaml").read_text() == "input: [10, 8]\nlayers:\n  - Dense: 4\n"
    assert "activation: tanh" in (folder / "sub" / "warning.yml").read_text()
    assert run("check", "--static", "--diff", "configs").out == ""


@pytest.mark.parametrize("options", [("--diff", "spec.yaml"), ("--fix", "-")])
def test_what_no_patch_is_made_of_is_told_on_standard_error(
    run: Run, tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "spec.yaml").write_text("input: [3]\nlayers: [Dence]\n")
    result = run("check", "--static", *options, stdin=(tmp_path / "spec.yaml").read_bytes())
    assert result.code == 2
    assert ":2:10: SEQ001 unknown layer Dence" in result.err
    assert "did you mean Dense?" in result.err
    assert "SEQ001" not in result.out


def test_diff_is_a_patch_with_the_line_ends_of_the_file(run: Run, folder: Path) -> None:
    path = folder / "ends.yaml"
    path.write_bytes(b"input: [10, 8]\r\nlayers:\r\n  - LSTM: 4\r\n  - LSTM: 3")
    result = run("check", "--static", "--diff", "configs/ends.yaml")
    assert result.out == (
        "--- configs/ends.yaml\n+++ configs/ends.yaml\n@@ -1,4 +1,4 @@\n input: [10, 8]\r\n"
        " layers:\r\n-  - LSTM: 4\r\n+  - LSTM: {units: 4, return_sequences: true}\r\n"
        "   - LSTM: 3\n\\ No newline at end of file\n"
    )


def test_fix_mends_what_keras_refuses(run: Run, folder: Path) -> None:
    path = folder / "two.yaml"
    path.write_text("input: [10, 8]\nlayers:\n  - LSTM: 16\n  - LSTM: 8\n  - Conv1D: [4, 3]\n")
    path.write_text("input: [10, 8]\nlayers:\n  - LSTM: 16  # first\n  - LSTM: 8\n")
    assert run("check", "--static", "configs/two.yaml").code == 2
    assert run("check", "--static", "--fix", "configs/two.yaml").code == 0
    assert path.read_text() == (
        "input: [10, 8]\nlayers:\n"
        "  - LSTM: {units: 16, return_sequences: true}  # first\n  - LSTM: 8\n"
    )


def test_a_lock_shows_what_changed(run: Run, folder: Path) -> None:
    assert run("check", "--static", "--locked", "configs").code == 2
    assert run("lock", "configs").code == 0
    quiet = ("check", "--static", "--select", "SEQ006", "--locked", "--format", "concise")
    assert run(*quiet, "configs").code == 0
    path = folder / "good.yaml"
    path.write_text(GOOD.replace("LSTM: n", "LSTM: {units: n, return_sequences: true}"))
    result = run(*quiet, "configs")
    assert result.code == 1
    first, summary, *_ = result.out.splitlines()
    start = "configs/good.yaml:4:5: SEQ006 LSTM `lstm` changed: return_sequences was its default,"
    assert first.startswith(start)
    assert "what it reads was all, is prefix" in first
    assert "with it changes dense (in seqinspect.lock)" in first
    assert "1 finding" in summary
    assert run("lock", "configs").code == 0
    assert run(*quiet, "configs").code == 0
    path.unlink()
    gone = run(*quiet, "configs")
    assert gone.code == 1
    assert "configs/good.yaml is in seqinspect.lock, and no longer there" in gone.out


def test_the_lock_has_the_same_bytes_from_anywhere(run: Run, folder: Path, tmp_path: Path) -> None:
    run("lock", "configs")
    first = (tmp_path / "seqinspect.lock").read_bytes()
    run("lock", tmp_path / "configs", "-o", tmp_path / "seqinspect.lock")
    assert (tmp_path / "seqinspect.lock").read_bytes() == first


def test_shards_are_a_partition(run: Run, folder: Path) -> None:
    seen = []
    for part in ("1/3", "2/3", "3/3"):
        document = json.loads(run("check", "--static", "--format", "json", "--shard", part,
                                  "configs").out)  # fmt: skip
        seen += [spec["source"] for spec in document["specs"]]
    assert sorted(seen) == ["configs/good.yaml", "configs/note.yaml", "configs/sub/warning.yml"]
    assert run("check", "--static", "--shard", "4/3", "configs").code == 2


def test_files_are_found_by_patterns_and_once(run: Run, folder: Path) -> None:
    result = run("check", "--static", "--format", "json", "configs/**/*.y*ml", "configs/good.yaml")
    sources = [spec["source"] for spec in json.loads(result.out)["specs"]]
    assert sources.count("configs/good.yaml") == 1
    assert "configs/sub/warning.yml" in sources
    assert run("check", "--static", "none/*.yaml").code == 2
    assert run("check", "--static", "configs/none.yaml").code == 2


def test_standard_input_is_a_spec(run: Run) -> None:
    result = run("check", "--static", "--format", "concise", "-", stdin=NOTE.encode())
    assert result.code == 1
    assert result.out.startswith("<stdin>:3:5: SEQ103 ")


def test_processes_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    specs = tmp_path / "many"
    specs.mkdir()
    for number in range(201):  # more than one process is worth
        (specs / f"{number:03}.yaml").write_text(NOTE if number % 3 else GOOD)
    one = run("check", "--static", "--format", "json", "many")
    two = run("check", "--static", "--format", "json", "--jobs", "2", "many")
    assert (two.code, two.out, two.err) == (one.code, one.out, "")


def test_a_file_is_written_whole(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run("check", "--static", "--format", "sarif", "-o", "out.sarif", "configs")
    assert (result.code, result.out) == (1, "")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"


def test_statistics_count_by_kind(run: Run, folder: Path) -> None:
    result = run("check", "--static", "--statistics", "--format", "json", "configs")
    assert json.loads(result.out) == [
        {"code": "SEQ103", "name": "redundant-time-distributed", "count": 1},
        {"code": "SEQ401", "name": "relu-in-recurrent", "count": 1},
    ]
    result = run("check", "--static", "--statistics", "configs")
    assert result.out == (
        "Count  Code    Name\n"
        "-----  ------  --------------------------\n"
        "    1  SEQ103  redundant-time-distributed\n"
        "    1  SEQ401  relu-in-recurrent\n"
    )


def test_rule_shows_a_page_and_a_list(run: Run) -> None:
    page = run("rule", "redundant-time-distributed")
    assert page.code == 0
    assert page.out.startswith("SEQ103 redundant-time-distributed\n")
    assert "\nLevel: note; --fix --unsafe-fixes fixes it.\n" in page.out
    assert "\nWhy it matters\n" in page.out
    listed = run("rule").out.splitlines()
    assert len(listed) >= 25
    assert run("rule", "SEQ999").code == 2


def test_static_imports_no_keras(folder: Path, run: Run, tmp_path: Path) -> None:
    program = tmp_path / "imports.py"
    program.write_text(
        "import sys\nfrom seqinspect.cli.run import run\n"
        "run(['check', '--static', 'configs/good.yaml'])\n"
        "print({'tensorflow', 'keras', 'numpy', 'rich'} & set(sys.modules))\n"
    )
    from tests.cli.process import python

    assert python([program], folder=tmp_path).out.splitlines()[-1] == "set()"


@pytest.mark.keras
def test_keras_is_asked_once_for_all(run: Run, folder: Path) -> None:
    (folder / "expect.yaml").write_text(GOOD + "expect: {params: n*(9*n+5), bytes: 2464}\n")
    result = run("check", "--ignore", "SEQ1,SEQ4", "configs")
    assert (result.code, result.err) == (0, "")
    assert "2 expectations kept (1 for all sizes, 1 by numbers)\n" in result.out
    assert "4 confirmed by Keras " in result.out


@pytest.mark.keras
def test_processes_ask_keras_too(run: Run, tmp_path: Path) -> None:
    specs = tmp_path / "many"
    specs.mkdir()
    for number in range(201):
        (specs / f"{number:03}.yaml").write_text(GOOD)
    result = run("check", "--jobs", "2", "many")
    assert (result.code, result.err) == (0, "")
    assert "201 confirmed by Keras " in result.out


OWN = """\
import keras


class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2 * x
"""


@pytest.mark.keras
def test_own_classes_are_imported_only_if_that_is_allowed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own_layers.py").write_text(OWN)
    (tmp_path / "m.yaml").write_text(
        "input: [10, 8]\ncustom: {Doubled: own_layers:Doubled}\nlayers:\n  - Doubled: {}\n"
        "expect: {output: [batch, 10, 8]}\n"
    )
    where = {"PYTHONPATH": str(tmp_path)}
    closed = run("check", "m.yaml", **where)
    assert (closed.code, closed.err) == (2, "")
    assert "SEQ001 Doubled is a custom class" in closed.out
    assert "remedy: add --allow-imports" in closed.out
    allowed = run("check", "--allow-imports", "m.yaml", **where)
    assert (allowed.code, allowed.err) == (0, "")
    assert "1 expectation kept" in allowed.out
    assert run("check", "--allow-imports", "--static", "m.yaml").code == 2


def test_fix_on_standard_input_prints_the_text(run: Run) -> None:
    spec = "input: [10, 8]\nlayers:\n- LSTM: 4\n- LSTM: 3  # last\n"
    done = run("check", "--static", "--fix", "-", stdin=spec.encode())
    assert done.out == spec.replace("LSTM: 4", "LSTM: {units: 4, return_sequences: true}")
    assert done.code == 0
