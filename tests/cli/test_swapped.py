"""What people write is taken as it is meant, where that is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


def test_a_folder_stands_for_the_specs_in_it(spec: Path, run: Run) -> None:
    (spec.parent / "more").mkdir()
    (spec.parent / "more" / "other.yaml").write_text(spec.read_text())
    shown = run("describe", "--static", spec.parent)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.count("n×(9×n+5) = 616 parameters") == 2
    (spec.parent / "none").mkdir()
    empty = run("describe", "--static", spec.parent / "none")
    assert empty.code == 2
    assert "there is no spec in the folder" in empty.err


def test_headings_are_columns(spec: Path, run: Run) -> None:
    columns = run(
        "describe", "--static", spec, "--format", "csv", "--columns", "Layer,output shape,%"
    )
    assert columns.out.splitlines()[0] == "name,shape,share"


def test_the_number_of_a_finding_is_its_code(run: Run) -> None:
    assert run("rule", "103").out == run("rule", "SEQ103").out != ""


def test_a_suffix_says_the_format(spec: Path, run: Run) -> None:
    for suffix, start in ((".jsonl", '{"schema"'), (".tsv", "name\t"), (".txt", "question  ")):
        file = spec.with_suffix(suffix)
        assert run("describe", "--static", spec, "-o", file).code == 0
        assert file.read_text().startswith(start)
