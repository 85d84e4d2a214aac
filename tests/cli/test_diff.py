from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy
import pytest
from jsonschema import Draft202012Validator

from seqinspect.cli.schema import schema_text
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.process import Run

LAST = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n}
  - Dense: n
"""
NARROW = LAST.replace("Dense: n", "Dense: 4")

GIT = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


@pytest.fixture
def last(tmp_path: Path) -> Path:
    path = tmp_path / "last.yaml"
    path.write_text(LAST)
    return path


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.yaml"
    path.write_text(NARROW)
    return path


def test_return_sequences_changes_steps_and_no_weights(run: Run, spec: Path, last: Path) -> None:
    result = run("diff", "--static", spec, last)
    assert (result.code, result.err) == (1, "")
    assert "Checkpoint  yes: load_weights loads all 5 weights, of 2 layers" in result.out
    assert "return_sequences  true → false" in result.out
    assert "(batch, T, n) → (batch, n)" in result.out
    assert "the same: return_sequences says which steps are returned" in result.out
    assert "n×(n+1)" not in result.out  # Dense has as many, which is no difference
    assert result.out.splitlines()[-1] == "not compared with Keras (--static)"


def test_exit_codes(run: Run, spec: Path, last: Path, narrow: Path) -> None:
    assert run("diff", "--static", spec, spec).code == 0
    assert run("diff", "--static", spec, last).code == 1
    assert run("diff", "--static", "--exit-on", "breaking", spec, last).code == 0
    assert run("diff", "--static", "--exit-on", "breaking", spec, narrow).code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one.yaml"], "name two files"),
        (["a.yaml", "b.yaml", "c.yaml"], "name two files"),
        (["--against", "HEAD", "--weights", "x.keras", "a.yaml"], "exclude each other"),
        (["--weights", "x.keras", "a.yaml", "b.yaml"], "takes one SPEC"),
        (["--against", "HEAD", "-"], "standard input"),
        (["absent.yaml", "absent.yaml"], "absent.yaml does not exist"),
    ],
)
def test_what_cannot_be_meant(run: Run, arguments: list[str], said: str) -> None:
    result = run("diff", "--static", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


def test_standard_input(run: Run, spec: Path) -> None:
    assert run("diff", "--static", spec, "-", stdin=spec.read_bytes()).code == 0


@pytest.mark.parametrize("width", ["20", "40", "60", "80"])
def test_lines_fit_the_screen(run: Run, spec: Path, narrow: Path, width: str) -> None:
    result = run("diff", "--static", spec.name, narrow.name, COLUMNS=width)
    assert max(map(len, result.out.splitlines())) <= int(width)


def test_ascii(run: Run, spec: Path, last: Path) -> None:
    result = run("diff", "--static", spec, last, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert result.out.isascii()
    assert "(batch, T, n) -> (batch, n)" in result.out


def test_json_follows_its_schema(run: Run, spec: Path, last: Path, narrow: Path) -> None:
    validator = Draft202012Validator(json.loads(schema_text("diff")))
    for other in (spec, last, narrow):
        result = run("diff", "--static", "--format", "json", spec, other)
        found = json.loads(result.out)
        validator.validate(found)
        assert found["schema"] == "seqinspect.diff/1"
        assert found["same"] is (other == spec)
    assert found["checkpoint"]["loads"] == "partially"
    assert found["breaking"] is True
    assert found["layers"][-1]["details"][0] == {
        "what": "argument", "name": "units", "old": 8, "new": 4
    }  # fmt: skip


def test_markdown(run: Run, spec: Path, last: Path) -> None:
    result = run("diff", "--static", "--format", "markdown", spec, last)
    assert result.out.startswith("# ")
    assert "| \\~ lstm (LSTM) | return\\_sequences | true → false |" in result.out


def test_into_a_file(run: Run, spec: Path, last: Path, tmp_path: Path) -> None:
    result = run("diff", "--static", "-o", "found.txt", spec, last)
    assert (result.code, result.out, result.err) == (1, "", "")
    assert "return_sequences" in (tmp_path / "found.txt").read_text("utf-8")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True,
        env={**os.environ, **GIT},
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path, spec: Path, narrow: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", spec.name)
    git(tmp_path, "commit", "-q", "-m", "one")
    spec.write_text(NARROW)
    return tmp_path


def test_against_a_revision(run: Run, repository: Path) -> None:
    result = run("diff", "--static", "--against", "main", "question.yaml")
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("main:question.yaml → question.yaml\n")
    assert "units n = 8 → 4" in " ".join(result.out.split())
    assert run("diff", "--static", "--against", "HEAD", "question.yaml").code == 1
    git(repository, "commit", "-q", "-a", "-m", "two")
    assert run("diff", "--static", "--against", "HEAD", "question.yaml").code == 0
    assert run("diff", "--static", "--against", "HEAD~1", "question.yaml").code == 1


def test_a_revision_in_the_place_of_a_spec_is_told_with_the_command(
    run: Run, repository: Path, spec: Path
) -> None:
    meant = f"main is a revision of git: seqinspect diff --against main {spec}"
    for words in ((spec, "main"), ("main", spec), ("--against", spec, "main")):
        swapped = run("diff", "--static", *words)
        assert (swapped.code, swapped.out) == (2, "")
        assert meant in swapped.err.replace("\n", " ")
    assert run("diff", "--static", "--against", "main", spec).code == 1  # as the fixture changed it
    none = run("diff", "--static", spec, "nothing")
    assert "nothing does not exist" in none.err


def test_against_a_revision_json_is_an_array(run: Run, repository: Path) -> None:
    result = run("diff", "--static", "--against", "main", "--format", "json", ".")
    found = {each["new"]["source"]: each for each in json.loads(result.out)}
    assert sorted(map(os.path.basename, found)) == ["narrow.yaml", "question.yaml"]


def test_a_file_that_was_not_there(run: Run, repository: Path) -> None:
    result = run("diff", "--static", "--against", "main", "narrow.yaml")
    assert result.code == 1
    assert "new: 2 layers, " in result.out
    new = run("diff", "--static", "--exit-on", "breaking", "--against", "main", "narrow.yaml")
    assert new.code == 0


def test_specs_that_are_new_or_gone_are_listed(run: Run, repository: Path) -> None:
    folder = repository / "configs"
    folder.mkdir()
    for name in ("same.yaml", "gone.yaml", "other.yml"):
        (folder / name).write_text(NARROW if name != "other.yml" else "services: {}\n")
    git(repository, "add", "configs")
    git(repository, "commit", "-q", "-m", "configs")
    (folder / "gone.yaml").rename(folder / "new.yaml")
    (folder / "other.yml").unlink()
    result = run("diff", "--static", "--against", "HEAD", "configs")
    text = " ".join(result.out.split())
    assert (result.code, result.err) == (1, "")
    assert "HEAD:configs/new.yaml → configs/new.yaml new: 2 layers, " in text
    assert "HEAD:configs/gone.yaml → configs/gone.yaml gone: 2 layers, " in text
    assert "other.yml" not in text
    assert "1 spec has no difference" in text
    alone = run("diff", "--static", "--against", "HEAD", "configs/gone.yaml")
    assert "gone: 2 layers, " in alone.out
    breaking = ("diff", "--static", "--exit-on", "breaking", "--against", "HEAD")
    assert run(*breaking, "configs/new.yaml").code == 0
    assert run(*breaking, "configs/gone.yaml").code == 1
    shutil.rmtree(folder)
    gone = run("diff", "--static", "--against", "HEAD", "--format", "json", "configs")
    assert {each["old"]["source"] for each in json.loads(gone.out)} == {
        "HEAD:configs/gone.yaml", "HEAD:configs/same.yaml"
    }  # fmt: skip


def test_two_folders(run: Run, spec: Path, last: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        (folder / "sub").mkdir(parents=True)
        (folder / "same.yaml").write_bytes(spec.read_bytes())
    (old / "sub" / "changed.yaml").write_bytes(spec.read_bytes())
    (new / "sub" / "changed.yaml").write_bytes(last.read_bytes())
    (old / "gone.yaml").write_bytes(spec.read_bytes())
    (new / "added.yaml").write_bytes(spec.read_bytes())
    result = run("diff", "--static", "old", "new")
    text = " ".join(result.out.split())
    assert (result.code, result.err) == (1, "")
    assert "old/sub/changed.yaml → new/sub/changed.yaml" in text
    assert "old/gone.yaml → new/gone.yaml gone: 2 layers" in text
    assert "old/added.yaml → new/added.yaml new: 2 layers" in text
    assert "1 spec has no difference" in text
    found = json.loads(run("diff", "--static", "--format", "json", "old", "new").out)
    assert len(found) == 4
    assert run("diff", "--static", "old", "old").code == 0


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "", "main:question.yaml", "a\nb"])
def test_revisions_that_are_none(run: Run, repository: Path, revision: str) -> None:
    result = run("diff", "--static", f"--against={revision}", "question.yaml")
    assert (result.code, result.out) == (2, "")
    assert "git knows no revision" in result.err
    assert not (repository / "x").exists()


def test_without_a_repository_and_without_git(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run(
        "diff", "--static", "--against", "main", spec, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)
    )
    assert result.code == 2
    assert "is in no git repository" in result.err
    result = run("diff", "--static", "--against", "main", spec, PATH=str(tmp_path))
    assert result.code == 2
    assert "git is not installed" in result.err


def write(path: Path, arrays: dict[str, tuple[int, ...]]) -> Path:
    """A file as `model.save_weights` writes it."""
    with h5py.File(path, "w") as file:
        for place, shape in arrays.items():
            file[place] = numpy.zeros(shape, "float32")
        for name in ("lstm", "dense"):
            file.require_group(f"layers/{name}/vars").attrs["name"] = name
    return path


FITTING = {
    "layers/lstm/cell/vars/0": (8, 32), "layers/lstm/cell/vars/1": (8, 32),
    "layers/lstm/cell/vars/2": (32,), "layers/dense/vars/0": (8, 8), "layers/dense/vars/1": (8,),
    "optimizer/vars/0": (),
}  # fmt: skip


def test_a_file_of_weights(run: Run, spec: Path, tmp_path: Path) -> None:
    fitting = write(tmp_path / "a.weights.h5", FITTING)
    result = run("diff", "--weights", fitting, spec)
    assert (result.code, result.err) == (0, "")
    assert "yes: load_weights loads all 5 weights, of 2 layers" in result.out
    assert "not read" not in result.out  # the optimizer's state is nobody's weight
    other = write(tmp_path / "b.weights.h5", {**FITTING, "layers/dense/vars/0": (8, 9)})
    result = run("diff", "--weights", other, spec)
    assert result.code == 1
    assert "dense: kernel is (8, 8), stored at layers/dense is (8, 9)" in result.out
    archive = tmp_path / "c.keras"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("config.json", "{}")
        opened.write(fitting, "model.weights.h5")
    assert run("diff", "--weights", archive, spec).code == 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.write(other, "model.weights.h5")
    assert run("diff", "--weights", archive, spec).code == 1


def test_keras_goes_by_the_name_of_a_file(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("diff", "--weights", write(tmp_path / "a.h5", FITTING), spec)
    assert (result.code, result.err) == (1, "")
    assert "called a.weights.h5, it loads" in result.out
    other = run("diff", "--weights", write(tmp_path / "b.bin", FITTING), spec)
    assert "Keras loads no file of such a name" in other.out
    assert "called b.bin.weights.h5, it loads" in other.out


def test_a_file_of_weights_in_json_and_markdown(run: Run, spec: Path, tmp_path: Path) -> None:
    fitting = write(tmp_path / "a.weights.h5", FITTING)
    found = json.loads(run("diff", "--format", "json", "--weights", fitting, spec).out)
    Draft202012Validator(json.loads(schema_text("diff"))).validate(found)
    assert found["checkpoint"]["loads"] == "fully"
    assert (
        "\n- Checkpoint: yes: load\\_weights loads all 5"
        in run("diff", "--format", "markdown", "--weights", fitting, spec).out
    )


def test_an_array_is_not_read(run: Run, spec: Path, tmp_path: Path) -> None:
    path = tmp_path / "huge.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", (10**6, 10**6), "float32", chunks=(10**3, 10**3))
    result = run("diff", "--weights", path, spec)
    assert result.code == 1
    assert "(1000000, 1000000)" in result.out or "1 array is stored" in result.out


def cycle(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense")
        group["again"] = file["layers"]


def link(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("layers/dense")
        file["layers/lstm"] = h5py.SoftLink("/layers/dense")


def outside(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["layers"] = h5py.ExternalLink("other.h5", "/layers")


def cut(path: Path) -> None:
    write(path, FITTING)
    path.write_bytes(path.read_bytes()[:3000])


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(200 << 20))


def liar(path: Path) -> None:
    """The archive's table says that the weights begin where there is something else."""
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(100))
        opened.writestr("model.weights.h5.", b"x")


HOSTILE: dict[str, Callable[[Path], object]] = {
    "cycle.weights.h5": cycle, "link.weights.h5": link, "outside.weights.h5": outside,
    "cut.weights.h5": cut, "bomb.keras": bomb, "liar.keras": liar,
    "empty.weights.h5": lambda path: path.write_bytes(b""),
    "text.weights.h5": lambda path: path.write_text("weights"),
    "text.keras": lambda path: path.write_text("weights"),
    "none.weights.h5": lambda path: h5py.File(path, "w").close(),
    "folder.weights.h5": Path.mkdir,
    "absent.weights.h5": lambda _: None,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", sampled(HOSTILE, 2))
def test_hostile_files_of_weights(run: Run, spec: Path, tmp_path: Path, name: str) -> None:
    HOSTILE[name](tmp_path / name)
    result = run("diff", "--weights", name, spec)
    assert (result.code, result.out) == (2, "")
    assert name in result.err
    assert "defect" not in result.err
    assert "Traceback" not in result.err


@pytest.mark.long
def test_a_file_with_a_flipped_bit(run: Run, spec: Path, tmp_path: Path) -> None:
    """Whatever a damaged file says, it is answered; one process each would take too long."""
    from seqinspect.compare.stored_weights import read_stored_weights
    from seqinspect.errors import SpecError
    from seqinspect.readers.source.limits import LIMITS

    data = write(tmp_path / "a.weights.h5", FITTING).read_bytes()
    path = tmp_path / "damaged.weights.h5"
    for bit in range(0, len(data) * 8, 397):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with contextlib.suppress(SpecError):
            read_stored_weights(str(path), LIMITS)


@pytest.mark.keras
def test_both_sides_are_confirmed(run: Run, spec: Path, last: Path) -> None:
    result = run("diff", spec, last)
    assert (result.code, result.err) == (1, "")
    assert result.out.splitlines()[-1].startswith("confirmed by Keras ")
