"""LaTeX is compiled, where there is one: documents as they are, and names that mean something."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seqinspect import describe
from seqinspect.cli.run import run
from seqinspect.output.renderers import render
from seqinspect.output.renderers.latex_text import mathematics
from seqinspect.output.report.document import document

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))

PAGE = r"""\documentclass{article}
\usepackage{longtable}
\usepackage[a4paper,margin=2.5cm]{geometry}
\begin{document}
%s
\end{document}
"""

TOLERATED = 5.0
"""Points by which a line may be longer than the page is wide: half a letter more than nothing."""

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")


def compile_all(texts: Sequence[str], folder: Path) -> list[float]:
    """Return how far lines stand out of the page. Raises where LaTeX stops."""
    names = []
    for number, text in enumerate(texts):
        (folder / f"{number}.tex").write_text(text, encoding="utf-8")
        names.append(rf"\input{{{number}.tex}}\clearpage")
    (folder / "page.tex").write_text(PAGE % "\n".join(names), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    log = (folder / "page.log").read_text(encoding="utf-8", errors="replace")
    return [float(each) for each in re.findall(r"^Overfull .hbox \(([0-9.]+)pt", log, re.MULTILINE)]


def written(folder: Path, *command: str) -> str:
    file = folder / "out.tex"
    assert run([*command, "-o", str(file)]) == 0
    return file.read_text("utf-8")


@needs_latex
def test_what_is_said_of_the_configs_fits_the_page(tmp_path: Path) -> None:
    texts = [
        written(tmp_path, command, str(path), "--static")
        for path in CONFIGS
        for command in ("describe", "explain")
    ]
    texts += [written(tmp_path, "layers", "LSTM", "Conv1D", "MultiHeadAttention")]
    assert max(compile_all(texts, tmp_path), default=0) <= TOLERATED


DEEP = {
    "dims": {"T": 96, "n": 7, "units_of_a_layer": 64},
    "input": ["T", "n"],
    "layers": [
        {
            "LSTM": {
                "units": f"units_of_a_layer + {i}",
                "return_sequences": True,
                "name": f"decoder_{i}",
            }
        }
        for i in range(60)
    ],
}


@needs_latex
def test_a_long_table_is_cut_into_pages(tmp_path: Path) -> None:
    spec = tmp_path / "deep.json"
    spec.write_text(json.dumps(DEEP), encoding="utf-8")
    text = written(tmp_path, "describe", str(spec), "--static")
    assert max(compile_all([text], tmp_path), default=0) <= TOLERATED
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    written_pages = re.search(r"Output written on page.pdf \((\d+) page", log)
    assert written_pages
    assert int(written_pages[1]) > 1


HOSTILE = (
    "a\\b{c}$d&e#f_g%h~i^j", "\\input{passwd}", "слой", "漢字", "É–œ…", "x" * 240, "α→β√2",
    "a_b" * 60, "[x]", "``''", "-" * 40, "●─│", "e\u0301",
)  # fmt: skip


@needs_latex
def test_any_name_is_text(tmp_path: Path) -> None:
    texts = []
    for name in HOSTILE:
        spec = {"name": name, "input": [10, 8], "layers": [{"Dense": {"units": 8, "name": name}}]}
        report = describe(spec, static=True)
        texts.append(render([document(report)], "latex"))
    compile_all(texts, tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4×n×(2×n+1)", r"\(4\times n\times (2\times n+1)\)"),
        ("units−1", r"\(\mathit{units}-1\)"),
        ("n² + 2¹⁰", r"\(n^{2} + 2^{10}\)"),
        ("⌈T÷2⌉ = 1,024", r"\(\lceil T\div 2\rceil  = 1{,}024\)"),
        ("max(0, t−2)", r"\(\max(0, t-2)\)"),
        ("key_dim", r"\(\mathit{key\_dim}\)"),
        ("at least 3", None),
        ("?", None),
        ("", None),
        ("a$b", None),
    ],
)
def test_formulas_are_mathematics(text: str, shown: str | None) -> None:
    assert mathematics(text) == shown
