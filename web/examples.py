"""The examples of the playground: the question's specs, questions that people ask, configs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.errors import SpecError
from seqinspect.explain.questions import questions
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGS = Path(__file__).parent.parent / "configs"
QUESTION = {
    "question_every_step": "LSTM with sequences, then Dense: every step",
    "question_last_step": "LSTM without sequences, then Dense: the last step",
    "question_time_distributed": "LSTM with sequences, then TimeDistributed(Dense)",
    "question_in_code": "The question as it was asked, in code",
}
GROUP, ASKED, MORE = "The question", "Questions that people ask", "More models"


class Example(NamedTuple):
    """A text to begin with: as YAML, as Keras code, or both; the other one is empty."""

    group: str
    title: str
    stem: str
    yaml: str
    code: str


def examples() -> list[Example]:
    """Return all examples, as the page lists them."""
    return list(_examples())


def _examples() -> Iterator[Example]:
    for stem, title in QUESTION.items():
        yield _example(GROUP, title, _config(stem))
    for asked in questions():
        for name, text in asked.specs.items():
            more = Path(name).stem.removeprefix(asked.name).replace("-", " ")
            title = f"{asked.number}. {asked.title}{' (' + more.strip() + ')' if more else ''}"
            yield _example(ASKED, title, Path(name), text)
    for path in sorted(CONFIGS.glob("*.yaml")):
        if path.stem not in QUESTION:
            yield _example(MORE, path.stem.replace("_", " "), path)


def _config(stem: str) -> Path:
    return next(CONFIGS.glob(f"{stem}.*"))


def _example(group: str, title: str, path: Path, text: str = "") -> Example:
    text = text or path.read_text("utf-8")
    if path.suffix == ".py":
        return Example(group, title, path.stem, "", text)
    return Example(group, title, path.stem, text, _code(text, path.name))


def _code(text: str, name: str) -> str:
    """Return a spec as Keras code; empty where it is no model that Keras builds."""
    try:
        return convert_graph(read_spec(text.encode(), name=name), "python")
    except SpecError:
        return ""
