"""Hostile files in every output format: nothing comes of them but a message or a table.

An audit hook watches. The only thing that it may see is that the file itself is read; `check` looks
for settings beside it, too.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import seqinspect
from seqinspect.cli.check import FORMATS as CHECK
from seqinspect.cli.describe import FORMATS as DESCRIBE
from seqinspect.lint.settings_file import OWN, SHARED
from tests.cli.test_hostile_inputs import UNITS
from tests.inert import complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.limited import Ended, Server

HOSTILE = (Path(__file__).resolve().parents[3] / "shared" / "hostile").resolve()
INDEX = HOSTILE / "index.jsonl"
FILES: list[dict[str, Any]] = (
    [json.loads(line) for line in INDEX.read_text("utf-8").splitlines()] if INDEX.is_file() else []
)
FOLDERS = [
    (folder, list(entries))
    for folder, entries in groupby(
        sorted(FILES, key=lambda entry: Path(entry["file"]).parent),
        lambda entry: str(Path(entry["file"]).parent),
    )
]
FORMS = [
    *(("describe", kind) for kind in DESCRIBE),
    *(("check", kind) for kind in CHECK),
    *(("explain", kind) for kind in ("text", "json", "markdown")),
]
ENDS = {"clear error": {2}, "accepted, harmless": {0}, "either": {0, 2}}

FOREIGN = {
    "h5/lambda.h5", "h5/vocab.h5", "keras_json/flaxlayer.json", "keras_json/import_dotted.json",
    "keras_json/integerlookup_path.json", "keras_json/lambda_alias_class.json",
    "keras_json/lambda_dataset.json", "keras_json/lambda_get_file.json",
    "keras_json/lambda_in_timedistributed.json", "keras_json/lambda_legit_op.json",
    "keras_json/lambda_output_shape.json", "keras_json/shared_object_confusion.json",
    "keras_json/stringlookup_legacy.json", "keras_json/tfsm_gs.json",
    "keras_json/torch_pickle.json", "keras_zip/lambda.keras", "keras_zip/vocab.keras",
}  # fmt: skip
"""Configs that want code run or a file opened: the table of all layers, and a clear error, exit 1.

The index expects an error, and what people have must be shown: Keras saves such layers lawfully.
So `describe` does both. Nothing is run or opened, and the row and the error say what is wanted.
"""

PAGE_PARTS = Path(seqinspect.__file__).parent / "output" / "page"
"""Where the style and the script of a page stand."""

REFUSED = {"h5/userblock.h5"}
"""The reader of HDF5 says that it cannot read it, which the index allows."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that nobody may write to or read from."""
    made = tmp_path_factory.mktemp("hostile")
    (made / "canary.txt").write_text("CANARY-TEXT")
    return made


def test_all_files_are_there(hostile: Path) -> None:
    assert len(FILES) == len({entry["file"] for entry in FILES}) == 229
    assert all((hostile / entry["file"]).is_file() for entry in FILES)
    assert {entry["file"] for entry in FILES} >= FOREIGN | REFUSED


@pytest.mark.parametrize(("name", "entries"), FOLDERS, ids=[name for name, _ in FOLDERS])
def test_nothing_happens(
    name: str, entries: list[dict[str, Any]], folder: Path, server: Server
) -> None:
    commands = [
        (command, "--static", "--format", kind, HOSTILE / entry["file"])
        for entry in entries
        for command, kind in FORMS
    ]
    runs = server.ask(folder, commands, watched=True)
    assert len(runs) == len(commands)
    wrong = []
    for index, entry in enumerate(entries):
        ours = runs[index * len(FORMS) : (index + 1) * len(FORMS)]
        for (command, kind), run in zip(FORMS, ours, strict=True):
            wrong += [
                (entry["file"], command, kind, said) for said in judged(entry, command, kind, run)
            ]
    assert not wrong
    assert [path.name for path in folder.iterdir()] == ["canary.txt"]


def ends(entry: dict[str, Any], command: str) -> set[int]:
    """Return the exit codes that are right; `check` has findings where `describe` has none."""
    if entry["file"] in REFUSED:
        return {2}
    if entry["file"] in FOREIGN:
        return {0, 2} if command == "explain" else {1}
    found = ENDS[entry["expected"]]
    return found | {1} if command == "check" and 0 in found else found


def expected(file: Path, command: str, kind: str) -> set[tuple[str, str]]:
    """Return what a command may be seen to do with a file: a page has what `check` finds."""
    settings = [folder / name for folder in file.parents for name in (OWN, SHARED)]
    page = [*settings, *(PAGE_PARTS / name for name in ("page.css", "page.js"))]
    others = settings if command == "check" else page if kind == "page" else ()
    return {("read", str(path)) for path in (file, *others)}


def judged(entry: dict[str, Any], command: str, kind: str, run: Ended) -> Iterator[str]:
    """Yield what is wrong with how a run ended."""
    file = HOSTILE / entry["file"]
    if run.code not in ends(entry, command):
        yield f"ends with {run.code}: {run.err[-500:]}"
    events = set(map(tuple, run.events))
    yield from (f"does {event}" for event in events - expected(file, command, kind))
    if ("read", str(file)) not in events:
        yield "was not seen to read the file"
    if "CANARY-TEXT" in run.out + run.err or "defect" in run.err or "Traceback" in run.err:
        yield f"says {run.out}{run.err}"
    if run.units > UNITS:
        yield f"takes {run.units:.0f} units of work"
    if complaint("text", run.err):
        yield f"stderr {complaint('text', run.err)}"
    if run.out and complaint(kind, run.out):
        yield f"stdout {complaint(kind, run.out)}"
    if command == "describe":
        if run.code == 2 and (run.out or not run.err):
            yield "is no clear error"
        if run.code == 1 and not (run.out and str(file) in run.err and "never" in run.err):
            yield f"is no clear error: {run.err}"
    if command == "describe" and run.code == 0 and run.err:
        yield f"complains: {run.err}"
