from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seqinspect
from tests.effort import HANG

if TYPE_CHECKING:
    from tests.cli.process import Run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and permissions of POSIX")


def test_the_question_is_answered(run: Run, spec: Path) -> None:
    result = run("describe", "--static", spec)
    assert (result.code, result.err) == (0, "")
    dense = next(line for line in result.out.splitlines() if line.startswith("dense"))
    assert "n×(n+1)" in dense
    assert "shared by all T steps" in dense
    assert "n×(9×n+5) = 616" in result.out
    assert result.out.splitlines()[-1] == "not compared with Keras (--static)"


def test_the_last_step_is_said_to_be_the_last(run: Run, spec: Path) -> None:
    spec.write_text(spec.read_text().replace(", return_sequences: true", ""))
    result = run("describe", "--static", spec)
    dense = next(line for line in result.out.splitlines() if line.startswith("dense"))
    assert "n×(n+1)" in dense
    assert "last step only" in dense


@pytest.mark.parametrize("arguments", [("--version",), ("-h",), ("describe", "-h"), ("--help",)])
def test_help_and_version(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.code, result.err) == (0, "")
    if arguments == ("--version",):
        keras, tensorflow = metadata.version("keras"), metadata.version("tensorflow")
        engine = f"Keras {keras} on TensorFlow {tensorflow}"
        assert result.out == f"seqinspect {seqinspect.__version__}\n{engine}\n"
    else:
        assert "For example:" in result.out
        assert "Exit codes:" in result.out


def test_the_version_is_that_of_the_package() -> None:
    assert seqinspect.__version__ == metadata.version("seqinspect")


@pytest.mark.parametrize("kind", ["table", "plain", "json", "csv", "markdown", "latex", "html"])
def test_static_imports_nothing_heavy(spec: Path, kind: str) -> None:
    code = (
        "import sys; from seqinspect.cli.run import run; "
        f"code = run(['describe', '--static', '--format', '{kind}', {str(spec)!r}]); "
        "print(code, sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    number, _, modules = done.stderr.partition(" ")
    assert number == "0"
    heavy = {"tensorflow", "keras", "numpy", "rich"} & set(eval(modules))
    assert heavy == set()


def test_import_of_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, seqinspect; print({m.partition('.')[0] for m in sys.modules}"
        " & {'tensorflow', 'keras', 'numpy', 'rich', 'yaml', 'click'});"
        "[getattr(seqinspect, name) for name in seqinspect.__all__]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Usage: seqinspect"),
        (("describe",), "Missing argument"),
        (("descibe", "x"), "did you mean describe?"),
        (("model.yaml",), "did you mean: seqinspect describe model.yaml"),
        (("describe", "{spec}", "--colour"), "No such option"),
        (("describe", "{spec}", "--format", "xml"), "'xml' is not one of"),
        (("describe", "{spec}", "--columns", "name,nmae"), "there is no column `nmae`"),
        (("describe", "{spec}", "--columns", "name,name"), "named twice"),
        (("describe", "{spec}", "--columns", "name", "--format", "json"), "has every field"),
        (("describe", "{spec}", "--set", "n"), "such as n=16"),
        (("describe", "{spec}", "--set", "=1"), "such as n=16"),
        (("describe", "{spec}", "--static", "--set", "m=1"), "m"),
        (("describe", "{spec}", "--static", "--set", "n=-1"), "-1"),
        (("describe", "--static", "missing.yaml"), "missing.yaml does not exist"),
        (("describe", "--static", "none"), "none does not exist"),
        (("describe", "--static", ""), "empty"),
        (("describe", "--static", "\x1b[2J.yaml"), "\\x1b[2J.yaml does not exist"),
    ],
)
def test_what_cannot_be_used(run: Run, spec: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*(argument.format(spec=spec) for argument in arguments))
    assert result.code == 2
    assert result.out == ""
    assert said in result.err
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err


def test_a_problem_has_place_line_caret_and_remedy(run: Run, spec: Path) -> None:
    spec.write_text(spec.read_text().replace("LSTM", "LTSM"))
    result = run("describe", "--static", spec.name)
    assert (result.code, result.out) == (2, "")
    lines = result.err.splitlines()
    assert lines[0] == "question.yaml:5:5: unknown layer LTSM"
    assert lines[1] == "  5 |   - LTSM: {units: n, return_sequences: true}"
    assert lines[2] == "    |     ^"
    assert any("LSTM" in line for line in lines if line.startswith("  remedy: "))


def test_one_bad_spec_does_not_hide_the_others(run: Run, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("layers: [Dens: 1, Densee: 2]\ninput: [3, 4]\n")
    result = run("describe", "--static", spec, "bad.yaml", "missing.yaml", spec)
    assert result.code == 2
    assert result.out.count("n×(9×n+5) = 616") == 2
    assert "bad.yaml:1:10: " in result.err
    assert "missing.yaml does not exist" in result.err
    assert result.err.splitlines()[-1] == "3 problems found"


def test_json_of_several_is_an_array_of_those_that_could_be_read(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "json", spec, "missing.yaml")
    assert result.code == 2
    assert [document["model"] for document in json.loads(result.out)] == ["question"]


def test_set_changes_a_size_in_every_number(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "json", spec, "--set", "n=16", "--set", "T=3")
    document = json.loads(result.out)
    assert document["dims"] == {"T": 3, "n": 16}
    assert document["totals"]["params"] == 16 * (9 * 16 + 5)
    assert document["layers"][1]["outputs"][0]["shape"] == [None, 3, 16]


def test_columns_are_chosen_and_ordered(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "plain", "--columns", "params,name", spec)
    assert result.out == "params\tname\n544\tlstm\n72\tdense\n"
    result = run("describe", "--static", "--columns", "type,params", spec)
    assert result.out.splitlines()[2:5] == ["Type   Count", "-----  -----", "Input"]


def test_standard_input(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "-", stdin=spec.read_bytes())
    assert result.code == 0
    assert "<stdin>" in result.out.splitlines()[0]


def test_colour_follows_the_environment(run: Run, spec: Path) -> None:
    bare = run("describe", "--static", spec).out
    assert "\x1b" not in bare
    coloured = run("describe", "--static", spec, FORCE_COLOR="1").out
    assert "\x1b[1m" in coloured
    assert run("describe", "--static", spec, FORCE_COLOR="1", NO_COLOR="1").out == bare
    assert run("describe", "--static", spec, FORCE_COLOR="0").out == bare


def test_columns_of_the_environment_are_the_width(run: Run, spec: Path) -> None:
    out = run("describe", "--static", spec.name, COLUMNS="80").out
    assert max(map(len, out.splitlines())) <= 80
    assert max(map(len, run("describe", "--static", spec).out.splitlines())) > 80


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    ],
)
@pytest.mark.parametrize("kind", ["table", "plain", "json"])
def test_where_only_ascii_can_be_written(
    run: Run, spec: Path, kind: str, environment: dict[str, str]
) -> None:
    result = run("describe", "--static", "--format", kind, spec, **environment)
    assert (result.code, result.err) == (0, "")
    assert result.out.isascii()
    if kind == "json":
        assert json.loads(result.out)["layers"][1]["formula_text"] == "n×(n+1)"
    else:
        assert "n*(n+1)" in result.out


def test_the_same_bytes_wherever_it_runs(run: Run, spec: Path, tmp_path: Path) -> None:
    here = run("describe", "--static", "--format", "json", spec)
    there = run(
        "describe", "--static", "--format", "json", spec,
        HOME=str(tmp_path), LC_ALL="C", TERM="dumb", TZ="Asia/Tokyo", PYTHONHASHSEED="7",
    )  # fmt: skip
    assert here == there


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "seqinspect", *map(str, arguments)]


@pytest.mark.parametrize("arguments", [("describe", "--static", "{spec}"), ("-h",)])
def test_a_closed_pipe_ends_quietly(spec: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    filled = [argument.format(spec=spec) for argument in arguments]
    done = subprocess.run(
        command(*filled), stdout=writer, stderr=subprocess.PIPE, check=False, timeout=HANG
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_a_full_disk_is_one_message(spec: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("describe", "--static", spec),
            stdout=full, stderr=subprocess.PIPE, check=False, timeout=HANG, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert "standard output cannot be written: No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_stream_that_was_never_there(spec: Path, closed: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *command("describe", "--static", spec)],
        capture_output=True, check=False, timeout=HANG, text=True,
    )  # fmt: skip
    assert done.returncode == (2 if closed == 1 else 0)
    assert "Traceback" not in done.stderr


def test_ctrl_c_is_130_without_a_word(spec: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        command("describe", "--static", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(b"#" * (1 << 20))  # more than a pipe holds: it waits for the rest
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG)
    assert process.returncode == 130
    assert (out.strip(), err.strip()) == (b"", b"")


class TestOutputFile:
    def test_is_the_result_in_utf8_without_colour(self, run: Run, spec: Path) -> None:
        result = run("describe", "--static", spec, "-o", "out.txt", FORCE_COLOR="1", COLUMNS="40")
        assert result == type(result)(0, "", "")
        text = (spec.parent / "out.txt").read_bytes().decode()
        assert text == run("describe", "--static", spec).out

    def test_is_not_touched_when_a_spec_is_bad(self, run: Run, spec: Path) -> None:
        target = spec.parent / "out.txt"
        target.write_text("before")
        result = run("describe", "--static", spec, "missing.yaml", "-o", target)
        assert (result.code, result.out) == (2, "")
        assert target.read_text() == "before"

    def test_is_never_the_spec(self, run: Run, spec: Path) -> None:
        before = spec.read_text()
        link = spec.parent / "link.yaml"
        link.symlink_to(spec)
        hard = spec.parent / "hard.yaml"
        hard.hardlink_to(spec)
        for target in (spec, link, hard, Path(f"./{spec.name}")):
            result = run("describe", "--static", spec, "-o", target)
            assert result.code == 2
            assert "is the spec itself" in result.err
        assert spec.read_text() == before

    def test_keeps_its_permissions_and_leaves_nothing_behind(self, run: Run, spec: Path) -> None:
        target = spec.parent / "out.txt"
        target.write_text("before")
        target.chmod(0o640)
        assert run("describe", "--static", spec, "-o", target).code == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        assert sorted(path.name for path in spec.parent.iterdir()) == ["out.txt", "question.yaml"]

    def test_through_a_link_writes_where_it_points(self, run: Run, spec: Path) -> None:
        target, link = spec.parent / "real.txt", spec.parent / "link.txt"
        target.write_text("before")
        link.symlink_to(target)
        assert run("describe", "--static", spec, "-o", link).code == 0
        assert link.is_symlink()
        assert "question" in target.read_text()

    @pytest.mark.parametrize(
        ("target", "said"),
        [(".", "is a directory"), ("no/such/x", "there is no folder no/such"), ("", "is empty"),
         ("x" * 300, "cannot be written")],
    )  # fmt: skip
    def test_that_cannot_be_written(self, run: Run, spec: Path, target: str, said: str) -> None:
        result = run("describe", "--static", spec, "-o", target)
        assert (result.code, result.out) == (2, "")
        assert said in result.err

    def test_may_be_a_device_or_standard_output(self, run: Run, spec: Path) -> None:
        assert run("describe", "--static", spec, "-o", "/dev/null") == run(
            "describe", "--static", spec, "-o", os.devnull
        )
        assert "616" in run("describe", "--static", spec, "-o", "-").out
        assert Path("/dev/null").is_char_device()


def test_a_defect_is_one_message_and_a_traceback_on_demand(spec: Path) -> None:
    code = (
        "import sys, seqinspect.cli.specs as d\n"
        "from seqinspect.cli.run import run\n"
        "def broken(*_, **__): raise ZeroDivisionError('a\\x1b[1m\\nb')\n"
        "d.Specs.analysed_model = broken\n"
        f"sys.exit(run(['describe', '--static', {str(spec)!r}]))"
    )
    environment = {name: v for name, v in os.environ.items() if name != "SEQINSPECT_DEBUG"}
    for debug in ({}, {"SEQINSPECT_DEBUG": "1"}):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False,
            env={**environment, **debug},
        )  # fmt: skip
        assert done.returncode == 2
        assert ("Traceback" in done.stderr) == bool(debug)
        assert "error: this is a defect of seqinspect\n" in done.stderr
        assert "ZeroDivisionError" in done.stderr
        if not debug:
            assert "\x1b" not in done.stderr
            assert len(done.stderr.splitlines()) == 3


def test_shell_completion_is_offered(run: Run) -> None:
    result = run(_SEQINSPECT_COMPLETE="bash_source")
    assert result.code == 0
    assert "complete" in result.out
