"""`seqinspect sweep`: its formats, what it keeps, and what it says of wrong uses."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from seqinspect.cli.schema import schema_text
from tests.cli.interrupting import SPACE, STRUCTURES, interrupted
from tests.cli.process import python

if TYPE_CHECKING:
    from tests.cli.process import Run

SPEC = """\
dims: {T: 10, n: 8}
choices: {cell: [LSTM, GRU]}
input: [T, n]
layers:
  - $cell: {units: n, return_sequences: true}
  - Dense: n
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC)
    return path


def test_rows_are_written_in_every_format(run: Run, spec: Path) -> None:
    settings = ("--set", "n=8:24:8", "--set", "cell=LSTM,GRU")
    table = run("sweep", spec, *settings)
    assert (table.code, table.err) == (0, "")
    assert "6 points, 6 rows" in table.out
    one = [
        json.loads(line)
        for line in run("sweep", spec, *settings, "--format", "jsonl").out.splitlines()
    ]
    whole = json.loads(run("sweep", spec, *settings, "--format", "json").out)
    Draft202012Validator(json.loads(schema_text("sweep"))).validate(whole)
    assert whole["rows"] == one
    # 8n² + 4n of an LSTM, n² + n of the Dense
    assert one[0] == {
        "n": 8, "cell": "LSTM", "params": 616, "bytes": 2464, "multiply_adds": 10 * 9 * 64,
        "memory": 22_944, "receptive_field": 10, "causal": True, "refused": None,
    }  # fmt: skip
    text = run("sweep", spec, *settings, "--format", "csv").out
    assert [line["params"] for line in csv.DictReader(io.StringIO(text))] == [
        str(row["params"]) for row in one
    ]


def test_describe_takes_the_same_choice(run: Run, spec: Path) -> None:
    row = run("sweep", spec, "--set", "cell=GRU", "--format", "jsonl", "--set", "n=5").out
    report = run(
        "describe", spec, "--static", "--set", "cell=GRU", "--set", "n=5", "--format", "json"
    )
    assert json.loads(row)["params"] == json.loads(report.out)["totals"]["params"]


def test_a_front_is_drawn(run: Run, spec: Path, tmp_path: Path) -> None:
    for suffix in ("svg", "html"):
        file = tmp_path / f"front.{suffix}"
        result = run("sweep", spec, "--set", "n=1:40", "--set", "T=5,50", "--pareto",
                     "params,multiply_adds:max", "-o", file)  # fmt: skip
        assert (result.code, result.out, result.err) == (0, "", "")
        assert file.read_text().count('class="dot"') > 20


def test_parquet_has_the_rows(run: Run, spec: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "rows.parquet"
    assert run("sweep", spec, "--set", "n=1:9", "-o", file).code == 0
    table = parquet.read_table(file).to_pylist()
    assert [row["params"] for row in table] == [9 * n * n + 5 * n for n in range(1, 10)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "m=1:3"), "has no size and no choice `m`"),
        (("--set", "cell=LSTM,GUR"), "`cell` is no such choice of"),
        (("--set", "n"), "'n' is not a name and its values, such as n=8:256:8"),
        (("--set", "n=1:3", "--where", "parms < 3"), "there is no column `parms`"),
        (("--set", "n=1:3", "--sort", "x"), "there is no column `x`"),
        (("--set", "n=1:3", "--columns", "x"), "there is no column 'x'"),
        (
            ("--set", "n=1:1000000", "--set", "T=1:1000000"),
            "the space has 1,000,000,000,000 points",
        ),
        (("--set", "n=1:3", "--format", "svg"), "a picture has two columns"),
        (("--set", "n=1:3", "--format", "parquet"), "Parquet goes to a file: -o FILE"),
    ],
)
def test_a_wrong_use_is_one_error(
    run: Run, spec: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("sweep", spec, *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_the_rows_so_far(run: Run, tmp_path: Path, jobs: str) -> None:
    spec = tmp_path / "many.yaml"
    spec.write_text(STRUCTURES)
    code, out, err = interrupted(spec, None, "--format", "csv", "--jobs", jobs)
    rows = len(out.splitlines()) - 1
    assert code == 130
    assert err == f"stopped after {rows:,} of 12,000 points\n"
    whole = run("sweep", spec, *SPACE, "--first", str(rows), "--format", "csv")
    assert out == whole.out


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_file_that_is_not_whole_says_so(tmp_path: Path, suffix: str) -> None:
    spec, file = tmp_path / "many.yaml", tmp_path / f"rows.{suffix}"
    spec.write_text(STRUCTURES)
    file.write_text("before")
    code, out, err = interrupted(spec, file)
    part = tmp_path / f"rows.{suffix}.part"
    assert (code, out, file.read_text()) == (130, "", "before")
    said = f" of 12,000 points: what was computed is in {part}\n"
    assert err.startswith("stopped after ")
    assert err.endswith(said)
    points = int(err.removeprefix("stopped after ").removesuffix(said).replace(",", ""))
    text = part.read_text()
    rows = json.loads(text)["rows"] if suffix == "json" else text.splitlines()[1:]
    assert len(rows) == points > 0


def test_a_whole_file_takes_the_place_of_another_one(run: Run, spec: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("before")
    assert run("sweep", spec, "--set", "n=1:3", "-o", file).code == 0
    assert file.read_text().startswith("n,params")
    assert [each.name for each in tmp_path.iterdir() if "part" in each.name] == []


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_a_device_stays_one(run: Run, spec: Path) -> None:
    assert run("sweep", spec, "--set", "n=1:3", "--format", "csv", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


CUSTOM = """\
import keras


class Doubled(keras.layers.Layer):
    def __init__(self, units=3, **others):
        super().__init__(**others)
        self.units = units

    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 2 * self.units))

    def call(self, x):
        return x @ self.matrix
"""


@pytest.mark.keras
def test_custom_layers_are_imported_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(CUSTOM)
    spec = tmp_path / "model.yaml"
    spec.write_text(
        "dims: {T: 10, n: 8, u: 4}\ncustom: {Doubled: mine:Doubled}\ninput: [T, n]\n"
        "layers: [Doubled: {units: u}, LSTM: n]\n"
    )
    arguments = ["-m", "seqinspect", "sweep", str(spec), "--set", "n=1:3", "--set", "u=2,5",
                 "--format", "jsonl"]  # fmt: skip
    path = {"PYTHONPATH": str(tmp_path)}
    refused = python(arguments, environment=path)
    assert (refused.code, refused.out) == (2, "")
    assert "Doubled is a custom class" in refused.err
    allowed = python([*arguments, "--allow-imports"], environment=path)
    assert allowed.code == 0
    for line in allowed.out.splitlines():
        row = json.loads(line)
        n, u = row["n"], row["u"]
        assert row["params"] == n * 2 * u + 4 * (n * 2 * u + n * n + n)
