"""What changed between two models → Markdown, to be posted on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.diff import checkpoint as diff_checkpoint
from seqinspect.output.diff import words as diff_words
from seqinspect.output.markdown_text import escaped, table
from seqinspect.output.report.summary import verdict
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.compare.checkpoint import Verdict
    from seqinspect.compare.diff import Diff


def render(diffs: Sequence[Diff], *, encoding: str = "utf-8") -> str:
    """Return a section for every pair of models."""
    texts = ("".join(f"{line}\n" for line in _lines(diff)) for diff in diffs)
    return encodable("\n".join(texts), encoding)


def render_fit(source: str, file: str, found: Verdict, *, encoding: str = "utf-8") -> str:
    """Return whether a file of weights loads into the model of a spec."""
    said = list(diff_checkpoint.sentences(found, file=True))
    lines = [f"### {escaped(f'{file} → {source}')}", "", *_checkpoint(said), ""]
    rows = [tuple(map(escaped, row)) for row in diff_checkpoint.beside(found)]
    lines += table(diff_checkpoint.BESIDE, rows) if rows else []
    return encodable("".join(f"{line}\n" for line in lines), encoding)


def _lines(diff: Diff) -> Iterator[str]:
    yield f"### {escaped(f'{diff.old.source} → {diff.new.source}')}"
    yield ""
    if diff.same:
        yield f"{diff_words.NOTHING}."
        yield ""
        yield _confirmed(diff)
        return
    yield from _checkpoint(list(diff_checkpoint.of_diff(diff)))
    yield ""
    rows = list(_rows(diff))
    if rows:
        yield from table(("", "Layer", "What", "Change"), rows)
        yield ""
    yield from table(("Model", ""), ((escaped(a), escaped(b)) for a, b in diff_words.totals(diff)))
    yield ""
    yield _confirmed(diff)


def _confirmed(diff: Diff) -> str:
    said = [verdict(side) for side in (diff.old, diff.new) if side.rows]
    sentences = dict.fromkeys(sentence for _, sentence, _ in said)
    found = [line for _, _, differences in said for line in differences]
    return escaped(" ".join(("; ".join(sentences), "; ".join(found))).rstrip())


def _checkpoint(said: Sequence[str]) -> Iterator[str]:
    yield f"**Checkpoint**: {escaped(said[0])}"
    if len(said) > 1:
        yield ""
        yield from (f"- {escaped(sentence)}" for sentence in said[1:])


def _rows(diff: Diff) -> Iterator[tuple[str, ...]]:
    for given in diff.inputs:
        name = given.new or given.old
        mark = "+" if given.old is None else "-" if given.new is None else "~"
        head = ("`" + mark + "`", escaped(f"{name.name} (Input)" if name else ""))
        for label, text in diff_words.inputs(given):
            yield (*head, escaped(label), escaped(text))
            head = ("", "")
    for change, count in diff_words.folded(diff.changes):
        times = f", ×{count} in the block" if count > 1 else ""
        head = (f"`{diff_words.MARKS[change.kinds[0]]}`", escaped(diff_words.title(change) + times))
        for label, text in diff_words.lines(change) or [("", "")]:
            yield (*head, escaped(label), escaped(text))
            head = ("", "")
