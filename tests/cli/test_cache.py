"""`describe` of what Keras confirmed before: without Keras, and the same numbers."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

pytestmark = pytest.mark.keras

CODE = """
import sys
from seqinspect.cli.run import run
code = run(sys.argv[1:])
sys.stderr.write(" ".join(sorted({"keras", "tensorflow", "numpy"} & sys.modules.keys())))
raise SystemExit(code)
"""


def test_the_second_time_keras_is_not_imported(run: Run, spec: Path, tmp_path: Path) -> None:
    environment = {"SEQINSPECT_CACHE": str(tmp_path / "kept" / "here")}
    first = run("describe", spec, **environment)
    spec.write_text("# with a comment\n" + spec.read_text())
    again = python(["-c", CODE, "describe", spec], environment=environment)
    assert (first.code, again.code, again.err) == (0, 0, "")
    assert "\nconfirmed by Keras 3." in first.out
    assert again.out == first.out.replace("confirmed by", "confirmed earlier by")

    documents = [
        json.loads(run("describe", "--format", "json", *options, spec, **environment).out)
        for options in ([], ["--no-cache"])
    ]
    assert [document["keras"].pop("cached") for document in documents] == [True, False]
    assert documents[0] == documents[1]
    assert "confirmed" not in run("describe", "--static", spec, **environment).out

    (kept,) = (tmp_path / "kept" / "here").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text("damaged")
    assert run("describe", spec, **environment).out == first.out
    assert "damaged" not in kept.read_text()


def test_20_runs_at_once(spec: Path, tmp_path: Path) -> None:
    """Some write while others read; each ends well, and one entry is left."""
    folder = tmp_path / "kept"
    texts = set()
    for parts in (3, 20):  # the first 3 have to ask Keras, the others need not
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "seqinspect", "describe", spec],
                env={**os.environ, "SEQINSPECT_CACHE": str(folder)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(parts)
        ]
        for process in processes:
            out, err = process.communicate(timeout=HANG)
            assert (process.returncode, err) == (0, "")
            texts.add(" ".join(out.replace("confirmed earlier", "confirmed").split()))
    assert len(texts) == 1
    assert len(list(folder.iterdir())) == 1


def test_nothing_is_kept_where_nothing_can_be(run: Run, spec: Path, tmp_path: Path) -> None:
    """No home; a file where the folder should be. Both are a plain, confirmed run."""
    (tmp_path / "file").touch()
    for environment in (
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "SEQINSPECT_CACHE": ""},
        {"SEQINSPECT_CACHE": str(tmp_path / "file")},
    ):
        result = run("describe", spec, **environment)
        assert (result.code, result.err) == (0, "")
        assert "\nconfirmed by Keras 3." in result.out


def test_a_full_disk_leaves_no_half_entry(spec: Path, tmp_path: Path) -> None:
    """The same answer, and nothing is kept."""
    folder = tmp_path / "kept"
    done = subprocess.run(
        [sys.executable, "-m", "seqinspect", "describe", spec],
        env={**os.environ, "SEQINSPECT_CACHE": str(folder)}, capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)), check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nconfirmed by Keras 3." in done.stdout
    assert list(folder.iterdir()) == []
