"""The questions that people really ask: texts and specs, one place for each.

A text is Markdown with two kinds of lines of its own: `@spec FILE` stands for that spec, and
`$ seqinspect …` for the command with what it really prints.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from seqinspect.errors import refuse
from seqinspect.records import dataclass

SPEC, COMMAND = "@spec ", "$ seqinspect "


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its number, the name of its files, and its text."""

    number: int
    name: str
    title: str
    text: str

    @property
    def specs(self) -> dict[str, str]:
        """The specs that its text or its commands name, with their contents."""
        names = dict.fromkeys(re.findall(rf"\b{re.escape(self.name)}[\w-]*\.yaml", self.text))
        return {
            name: resources.files(__package__).joinpath(name).read_text("utf-8") for name in names
        }


@cache
def questions() -> tuple[Question, ...]:
    """Return all questions, in their order."""
    found = []
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".md"):
            title, _, text = file.read_text("utf-8").partition("\n")
            name = file.name.removesuffix(".md")
            found.append(Question(int(name[:2]), name, title.removeprefix("# "), text.strip()))
    return tuple(sorted(found, key=lambda question: question.number))


def question(number: int) -> Question:
    """Return a question by its number. Raises SpecError."""
    found = [each for each in questions() if each.number == number]
    if not found:
        refuse(
            f"there is no question {number}",
            expected=f"a number from 1 to {len(questions())}",
            remedy="seqinspect explain --questions lists them",
        )
    return found[0]
