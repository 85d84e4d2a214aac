"""What the playground shows of a text: the functions of the command line, called in a browser.

It runs in any Python that has seqinspect: so a test compares what both say, byte by byte.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.compare.stored_layers import with_stored_weights
from seqinspect.errors import Problem, SpecError
from seqinspect.explain import explain
from seqinspect.given import graph_of_model
from seqinspect.lint.files import find_files
from seqinspect.lint.run import Plan, check
from seqinspect.output.explanation.document import document as explanation_of
from seqinspect.output.findings.shared import views_of
from seqinspect.output.page import html as page_html
from seqinspect.output.page import view as page_view
from seqinspect.output.renderers import html
from seqinspect.output.text import visible
from seqinspect.readers.source.files import content_of
from seqinspect.readers.source.limits import LIMITS
from seqinspect.readers.spec import read_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.readers.found import FoundModel

SUFFIXES = {"yaml": ".yaml", "json": ".json", "python": ".py", "notebook": ".ipynb",
            "markdown": ".md"}  # fmt: skip
"""How a file is called, by what is in it."""


class Marked(NamedTuple):
    """A finding, or what stops reading (without a code), with its place in the text.

    `start` and `end` count UTF-16 units in a line, as browsers do; `line` is 0 without a place.
    """

    level: str
    code: str
    message: str
    remedy: str
    line: int = 0
    start: int = 0
    end: int = 0


class Shown(NamedTuple):
    """One model: HTML of its table with its picture, as on a page, and of the long answer."""

    page: str
    explanation: str


def inspect(text: str, stem: str = "model", sizes: str = "") -> str:
    """Return what is shown of a text, as JSON: `file`, `models` and `findings`.

    `file` is the stem with the suffix of what the text is; there it is written. `sizes` are those
    of --set: `n=16, T=4`.
    """
    data = text.encode("utf-8", "surrogatepass")
    file = f"{stem}{SUFFIXES[_kind(data)]}"
    Path(file).write_bytes(data)
    problems: list[Problem] = []
    models: list[Shown] = []
    try:
        found = read_models(file, overrides=_overrides(sizes), infer=output_shape)
    except SpecError as error:
        found = []
        problems += error.problems
    for each in found:
        try:
            models.append(_shown(each))
        except SpecError as error:
            problems += error.problems
    findings = list(_findings(file, text))
    if not any(each.level == "error" for each in findings):
        findings += map(partial(_marked, text), problems)
    result = {
        "file": file,
        "models": [each._asdict() for each in models],
        "findings": [each._asdict() for each in findings],
    }
    return json.dumps(result, ensure_ascii=False)


def _kind(data: bytes) -> str:
    """Return what a text is; what no reader takes is refused as YAML."""
    try:
        return content_of(data, "<text>", LIMITS)[1]
    except SpecError:
        return "yaml"


def _overrides(sizes: str) -> dict[str, str]:
    """Return the sizes of `n=16, T=4`. Raises SpecError."""
    parts = [part.strip() for part in sizes.replace(";", ",").split(",") if part.strip()]
    pairs = [[side.strip() for side in part.split("=", 1)] for part in parts]
    for part, pair in zip(parts, pairs, strict=True):
        if len(pair) != 2 or not all(pair):
            raise SpecError(
                Problem(f"`{part}` is not a name and a size", expected="sizes such as n=16, T=4")
            )
    return dict(pairs)


def _shown(found: FoundModel) -> Shown:
    """Return what is shown of a model. Raises SpecError."""
    graph, _ = graph_of_model(found)
    report = analyse(graph)
    if not report.complete:
        report = with_stored_weights(graph, report)
    return Shown(
        page_html.fragment(page_view.view(page_view.Shown(graph, report))),
        html.fragment(explanation_of(explain(graph, report))),
    )


def _findings(file: str, text: str) -> Iterator[Marked]:
    """Yield what `check --static` finds."""
    lines = text.splitlines()
    for source in find_files((file,))[0]:
        for each in views_of(check(source, Plan(static=True))):
            yield Marked(
                each.level, each.code, each.message, each.remedy,
                *_place(lines, each.line, each.column, each.end_column),
            )  # fmt: skip


def _marked(text: str, problem: Problem) -> Marked:
    parts = [problem.what]
    parts += [f"received {problem.received}"] * bool(problem.received)
    parts += [f"expected {problem.expected}"] * bool(problem.expected)
    marked = Marked("error", "", visible("; ".join(parts)), visible(problem.remedy))
    if problem.place is None:
        return marked
    _, line, column = problem.place
    line, start, end = _place(text.splitlines(), line, column, column + 1)
    return marked._replace(line=line, start=start, end=end)


def _place(lines: list[str], line: int, first: int, behind: int) -> tuple[int, int, int]:
    """Return a line, and two columns of it in UTF-16 units from 0."""
    text = lines[line - 1] if line <= len(lines) else ""
    start, end = (len(text[: column - 1].encode("utf-16-le", "surrogatepass")) // 2
                  for column in (first, behind))  # fmt: skip
    return line, start, end
