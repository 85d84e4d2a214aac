"""What is one model to the cache, what it trusts, and what stops it: nothing."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.keras_model import backends, cache
from seqinspect.keras_model.cache import Cache, digest, recall, remember
from seqinspect.model.finding import KerasDifference
from seqinspect.model.report import Confirmed, Keras, Report
from seqinspect.model.unconfirmed import KerasAbsent, NotCompared, Unbuilt
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace

if TYPE_CHECKING:
    from pathlib import Path

    from seqinspect.model.graph import Graph

WRONG = KerasDifference("a", "outputs", "", 1, 2)
VERSIONS = ("0.1.0", "3.15.1", "tensorflow", "2.21.0")
TEXT = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true, name: encoder}
  - TimeDistributed: {Dense: n}
"""


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", VERSIONS)


def pair(tmp_path: Path, text: str = TEXT, name: str = "model.yaml") -> tuple[Graph, Report]:
    path = tmp_path / name
    path.write_text(text)
    graph = read_spec(str(path))
    return graph, analyse(graph)


def agreed(report: Report, keras: Keras | None = None) -> Report:
    """The report as Keras would confirm it."""
    rows = tuple(row._replace(confirmed=Confirmed(True, True)) for row in report.rows)
    return report._replace(rows=rows, keras=keras or Keras("agrees", *VERSIONS[1:]))


def entry(kept: Cache) -> Path:
    (found,) = kept.folder.iterdir()
    return found


def test_what_was_confirmed_is_known_again(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    assert recall(kept, graph, report) is None
    remember(kept, graph, agreed(report))
    known = recall(kept, graph, report)
    assert known is not None
    assert known.keras == Keras("agrees", "3.15.1", "tensorflow", "2.21.0", cached=True)
    assert known.rows == agreed(report).rows


def test_comments_and_file_names_and_names_of_sizes_do_not_matter(
    tmp_path: Path, kept: Cache
) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    other = "# a comment\n" + TEXT.replace("T", "S").replace("LSSM", "LSTM")
    other = other.replace("SimeDistributed", "TimeDistributed")
    assert recall(kept, *pair(tmp_path, other, "other.yaml")) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T: 10", "T: 11"),
        ("n: 8", "n: 9"),
        ("T: 10", "T: null"),
        ("return_sequences: true", "return_sequences: true, unroll: true"),
        ("return_sequences: true", "return_sequences: true, activation: relu"),
        ("return_sequences: true", "return_sequences: true, seed: 1"),
        ("return_sequences: true", "return_sequences: true, dropout: 0.5"),
        ("return_sequences: true", "return_sequences: true, trainable: false"),
        ("return_sequences: true", "return_sequences: true, kernel_initializer: ones"),
        ("name: encoder", "name: decoder"),
        ("LSTM", "GRU"),
        ("input: [T, n]", "input: {shape: [T, n], batch: 2}"),
        ("input: [T, n]", "input: {shape: [T, n], dtype: float16}"),
        ("{Dense: n}", "{Dense: {units: n, activation: tanh}}"),
        ("{Dense: n}", "{Dense: {units: n, use_bias: false}}"),
    ],
)
def test_another_model_is_another(tmp_path: Path, kept: Cache, old: str, new: str) -> None:
    assert old in TEXT
    first = digest(kept, *pair(tmp_path))
    assert first is not None
    assert digest(kept, *pair(tmp_path, TEXT.replace(old, new))) != first


def test_other_wiring_is_another_model(tmp_path: Path, kept: Cache) -> None:
    text = """\
inputs: {a: [3], b: [3]}
layers:
  - Dense: {units: 3, name: c}
    from: a
  - Dense: {units: 3, name: d}
    from: b
  - Subtract: {name: e}
    from: [c, d]
"""
    first = digest(kept, *pair(tmp_path, text))
    assert first != digest(kept, *pair(tmp_path, text.replace("[c, d]", "[d, c]")))


def test_other_versions_and_another_claim_are_not_confirmed(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    for index in range(4):
        versions = (*VERSIONS[:index], "other", *VERSIONS[index + 1 :])
        assert recall(Cache(kept.folder, versions), graph, report) is None  # type: ignore[arg-type]
    row = report.rows[0]
    wrong = row._replace(weights=row.weights[:-1])
    assert recall(kept, graph, report._replace(rows=(wrong, *report.rows[1:]))) is None


def test_only_complete_agreement_is_kept(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    full = agreed(report)
    some = full.rows[0]._replace(confirmed=Confirmed(shape=True))
    absent, not_compared = KerasAbsent("absent"), NotCompared("one", Unbuilt.NOT_RUN)
    for given in (
        report,
        agreed(report, Keras("disagrees", *VERSIONS[1:], differences=(WRONG,))),
        agreed(report, Keras("unavailable", reasons=(absent,))),
        agreed(report, Keras("agrees", *VERSIONS[1:], reasons=(not_compared,))),
        agreed(report, Keras("agrees", "3.16.0", "tensorflow", "2.21.0")),
        full._replace(rows=(some, *full.rows[1:])),
    ):
        remember(kept, graph, given)
    assert not kept.folder.exists()


def test_own_classes_are_never_kept(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    own = replace(graph, custom={"Own": "package:Own"})
    remember(kept, own, agreed(report))
    assert not kept.folder.exists()


HOSTILE = {
    "empty": b"",
    "short": b"seqinspect confirmation 1\n",
    "NUL": b"\0" * 500,
    "megabytes": b"1" * 5_000_000,
    "not ASCII": "é".encode() * 47,
    "code": b"__import__('os').system('true')",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_entry_is_passed_over_and_replaced(
    tmp_path: Path, kept: Cache, content: bytes
) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    entry(kept).write_bytes(content)
    assert recall(kept, graph, report) is None
    remember(kept, graph, agreed(report))
    assert recall(kept, graph, report) is not None


@pytest.mark.parametrize("marks", ["2", "x", " ", "0", "-", "\n"])
def test_marks_are_checked_one_by_one(tmp_path: Path, kept: Cache, marks: str) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    path = entry(kept)
    content = path.read_text()
    path.write_text(content[: -1 - len(report.rows)] + marks * len(report.rows) + "\n")
    assert recall(kept, graph, report) is None


def test_an_entry_of_another_name_is_not_taken(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    stolen = entry(kept).read_text()
    other = pair(tmp_path, TEXT.replace("n: 8", "n: 9"))
    name = digest(kept, *other)
    assert name is not None
    (kept.folder / name).write_text(stolen)
    assert recall(kept, *other) is None


def test_links_pipes_and_folders_in_place_of_an_entry(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    path = entry(kept)
    aside = tmp_path / "aside"
    path.rename(aside)
    path.symlink_to(aside)
    assert recall(kept, graph, report) is None
    path.unlink()
    os.mkfifo(path)
    assert recall(kept, graph, report) is None  # and it does not wait for a writer
    path.unlink()
    path.mkdir()
    assert recall(kept, graph, report) is None
    remember(kept, graph, agreed(report))
    assert [each.name for each in kept.folder.iterdir()] == [path.name]  # nothing half-written


@pytest.mark.parametrize("folder", ["/dev/null/a", "/proc/a", "/dev/full", "a\0b"])
def test_a_folder_that_cannot_be(tmp_path: Path, folder: str) -> None:
    found = cache.find_cache("0.1.0", {"SEQINSPECT_CACHE": folder})
    graph, report = pair(tmp_path)
    for kept in [found] if found is not None else []:
        remember(kept, graph, agreed(report, Keras("agrees", *kept.versions[1:])))
        assert recall(kept, graph, report) is None


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/a"}, "/home/a/.cache/seqinspect"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "/var/b"}, "/var/b/seqinspect"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "relative"}, "/home/a/.cache/seqinspect"),
        ({"HOME": "/home/a", "SEQINSPECT_CACHE": "/c"}, "/c"),
        ({"HOME": "/home/a", "SEQINSPECT_CACHE": ""}, None),
        ({"HOME": ""}, None),
        ({"HOME": "/"}, None),
        ({"HOME": "relative"}, None),
        ({}, None),
    ],
)
def test_where_it_is(
    environment: dict[str, str], folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    found_versions = backends.Installed("3.15.1", "tensorflow", "2.21.0")
    monkeypatch.setattr(backends, "installed", lambda _: found_versions)
    found = cache.find_cache("0.1.0", environment)
    assert (str(found.folder) if found is not None else None) == folder


def test_old_entries_go_and_nothing_else(
    tmp_path: Path, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 8)
    kept.folder.mkdir()
    for number in range(8):
        path = kept.folder / f"{number:064x}"
        path.touch()
        os.utime(path, (number, number))
    (kept.folder / "mine.txt").touch()
    os.utime(kept.folder / "mine.txt", (0, 0))
    graph, report = pair(tmp_path)
    remember(kept, graph, agreed(report))
    left = {path.name for path in kept.folder.iterdir()}
    assert left == {"mine.txt", digest(kept, graph, report), *(f"{n:064x}" for n in range(3, 8))}


def test_many_writers_and_readers_at_once(tmp_path: Path, kept: Cache) -> None:
    graph, report = pair(tmp_path)
    given = agreed(report)
    wrong: list[object] = []

    def work() -> None:
        for _ in range(50):
            remember(kept, graph, given)
            known = recall(kept, graph, report)
            if known is None or known.rows != given.rows:
                wrong.append(known)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(list(kept.folder.iterdir())) == 1


def test_equal_layers_are_written_once(tmp_path: Path, kept: Cache) -> None:
    """The same layers in another order are another model, though each is written only once."""
    text = "input: [4]\nlayers:\n  - Dense: {units: 4, name: a}\n  - Dense: {units: 4, name: b}\n"
    other = text.replace("name: a", "name: c").replace("name: b", "name: a")
    assert digest(kept, *pair(tmp_path, text)) != digest(kept, *pair(tmp_path, other))
