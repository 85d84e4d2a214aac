"""`seqinspect check --data` as a process: exit codes, streams, and what is imported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.cli.process import python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

SPEC = "input: [6, 3]\nlayers:\n  - LSTM: 5\n  - Dense: 1\nexpect: {loss: mse}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.yaml").write_text(SPEC)
    np.save(tmp_path / "x.npy", np.zeros((8, 6, 3), "float32"))
    np.save(tmp_path / "y.npy", np.zeros((8, 1)))
    np.savez(tmp_path / "all.npz", steps=np.zeros((8, 6, 1)), last=np.zeros(8))
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY\x01\x00\xff\xff{")
    return tmp_path


def checked(run: Run, *data: str, kind: str = "json") -> tuple[int, str, str]:
    named = [part for each in data for part in ("--data", each)]
    result = run("check", "--static", "--format", kind, "model.yaml", *named)
    return result.code, result.out, result.err


def test_arrays_that_fit_end_with_0_and_others_with_1(run: Run, folder: Path) -> None:
    assert checked(run, "x=x.npy", "y=y.npy")[0] == 0
    assert checked(run, "x=x.npy", "y=all.npz:last")[0] == 0
    code, out, err = checked(run, "x=x.npy", "y=all.npz:steps")
    (finding,) = json.loads(out)["specs"][0]["findings"]
    assert (code, finding["code"], finding["line"], err) == (1, "SEQ602", 4, "")
    assert "y (all.npz:steps) has shape (8, 6, 1)" in finding["message"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("x=broken.npy", "broken.npy:1:1: the header is cut off"),
        ("x=none.npy", "none.npy does not exist"),
        ("x=model.yaml", "model.yaml:1:1: it is neither an array of numpy nor a table"),
        ("x", "'x' names no data; expected NAME=FILE"),
        ("dense=all.npz", "`dense` is one input or output, and gets 2 arrays"),
    ],
)
def test_data_that_cannot_be_read_ends_with_2(run: Run, folder: Path, data: str, said: str) -> None:
    code, out, err = checked(run, data)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_several_processes_get_the_data(run: Run, folder: Path) -> None:
    for index in range(3):
        (folder / f"{index}.yaml").write_text(SPEC)
    result = run(
        "check", "--static", "-j", "2", "--format", "concise", ".",
        "--data", "x=x.npy", "--data", "y=all.npz:steps",
    )  # fmt: skip
    assert result.out.count("SEQ602") == 4


def test_numpy_is_not_imported(folder: Path) -> None:
    program = folder / "imports.py"
    program.write_text(
        "import sys\nfrom seqinspect.cli.run import run\n"
        "run(['check', '--static', 'model.yaml', '--data', 'x=x.npy', '--data', 'y=y.npy'])\n"
        "print({'tensorflow', 'keras', 'numpy', 'rich'} & set(sys.modules))\n"
    )
    assert python([program], folder=folder).out.splitlines()[-1] == "set()"
