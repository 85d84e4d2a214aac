"""Hostile files through the installed command: no trace of them but a message or a table."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "hostile"
COMMAND = Path(sys.executable).with_name("seqinspect")
INDEX = HOSTILE / "index.jsonl"
FILES: list[dict[str, Any]] = (
    [json.loads(line) for line in INDEX.read_text("utf-8").splitlines()] if INDEX.is_file() else []
)
ENDS = {"clear error": {2}, "accepted, harmless": {0}, "either": {0, 2}}
SECONDS = 10

SHOWN = {
    "h5/lambda.h5", "h5/vocab.h5", "keras_json/flaxlayer.json", "keras_json/import_dotted.json",
    "keras_json/integerlookup_path.json", "keras_json/lambda_alias_class.json",
    "keras_json/lambda_dataset.json", "keras_json/lambda_get_file.json",
    "keras_json/lambda_in_timedistributed.json", "keras_json/lambda_legit_op.json",
    "keras_json/lambda_output_shape.json", "keras_json/shared_object_confusion.json",
    "keras_json/stringlookup_legacy.json", "keras_json/tfsm_gs.json",
    "keras_json/torch_pickle.json", "keras_zip/lambda.keras", "keras_zip/vocab.keras",
}  # fmt: skip
"""Code and files in a config: shown as an opaque row that says so, instead of an error."""

REFUSED = {"h5/userblock.h5"}
"""The reader of HDF5 says that it cannot read it, which the index allows."""

OPEN = {"resource/blur_kernel.yaml"}
"""A layer that has no rule yet."""


def test_all_files_are_there(hostile: Path) -> None:
    assert len(FILES) == len({entry["file"] for entry in FILES})
    assert all((hostile / entry["file"]).is_file() for entry in FILES)


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_nothing_happens(entry: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "canary.txt").write_text("CANARY-TEXT")
    begun = time.monotonic()
    done = subprocess.run(
        [COMMAND, "describe", "--static", HOSTILE / entry["file"]],
        cwd=tmp_path,
        capture_output=True,
        timeout=SECONDS * 2,
        check=False,
    )
    assert time.monotonic() - begun < SECONDS
    assert [path.name for path in tmp_path.iterdir()] == ["canary.txt"]
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "CANARY-TEXT" not in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    name = entry["file"]
    if name in SHOWN:
        assert done.returncode == 0
        assert "never" in said or "not read" in said
    elif name in REFUSED:
        assert done.returncode == 2
    elif name in OPEN:
        assert done.returncode in (0, 2)
    else:
        assert done.returncode in ENDS[entry["expected"]]
    if done.returncode == 2:
        assert done.stdout == b""
        assert done.stderr
