"""Write the answers of this folder anew: `python docs/questions/regenerate.py`.

Their one source is src/seqinspect/explain/questions, and what the commands in them really print.
"""

from __future__ import annotations

from pathlib import Path

from seqinspect.cli.questions import answered, listed
from seqinspect.explain.questions import questions
from seqinspect.output.screen import FILE

HERE = Path(__file__).parent
INDEX = """\
# Questions that people really ask

Each with a spec and what seqinspect says of it; `seqinspect explain --question N` shows the same
in a terminal. To try the commands, go to this folder. The texts stand in
`src/seqinspect/explain/questions`; after a change, `python docs/questions/regenerate.py` writes
this folder anew, and a test compares it.

"""


def main() -> None:
    """Write the index, and an answer and its specs for each question."""
    HERE.joinpath("README.md").write_text(INDEX + listed("markdown", FILE), "utf-8")
    for asked in questions():
        _, text = answered(asked.number, "markdown", FILE)
        HERE.joinpath(f"{asked.name}.md").write_text(text, "utf-8")
        for name, spec in asked.specs.items():
            HERE.joinpath(name).write_text(spec, "utf-8")


if __name__ == "__main__":
    main()
