"""A baseline: the findings that a project has and knows, so that only others count."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint.outcome import Suppressed
from seqinspect.lint.settings import relative
from seqinspect.model.json_text import json_text
from seqinspect.output.findings.shared import views_of
from seqinspect.output.text import counted, visible
from seqinspect.readers.source.files import read_text_file
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.lint.outcome import Outcome
    from seqinspect.output.findings.shared import FindingView

BASELINE_NAME = "seqinspect-baseline.json"
SCHEMA = "seqinspect.baseline/1"


class KnownFinding(NamedTuple):
    """What a finding is recognised by, wherever in its file it stands."""

    path: str
    code: str
    layer: str
    message: str


def read_baseline(file: str) -> Counter[KnownFinding]:
    """Return how often each finding of a baseline is known. Raises SpecError."""
    try:
        text = read_text_file(Path(file))
    except (FileNotFoundError, NotADirectoryError):
        raise _problem(f"there is no baseline {file}", None) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _problem(f"the baseline cannot be read: {reason}", file) from None
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])
        return Counter({_known(each): int(each["count"]) for each in data["findings"]})
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _problem(f"this is no baseline of version {SCHEMA}", file) from None


def _known(each: dict[str, Any]) -> KnownFinding:
    return KnownFinding(*(str(each[name]) for name in KnownFinding._fields))


def _problem(what: str, file: str | None) -> SpecError:
    place = None if file is None else Place(file, 1, 1)
    remedy = "write it: seqinspect check --write-baseline PATH…"
    return SpecError(Problem(what, remedy=remedy, place=place, about="baseline"))


def baseline_of(
    outcomes: Iterable[Outcome], folder: str, others: Counter[KnownFinding]
) -> Counter[KnownFinding]:
    """Return the findings of specs that can be used, and what is known of others that are there."""
    outcomes = list(outcomes)
    checked = {relative(outcome.source, folder) for outcome in outcomes}
    kept = {
        known: count
        for known, count in others.items()
        if known.path not in checked and Path(folder, known.path).exists()
    }
    found = Counter(kept)
    for outcome in outcomes:
        found.update(_key(each, folder) for each in views_of(outcome) if outcome.usable)
    return found


def render(found: Counter[KnownFinding]) -> str:
    """Return the text of a baseline: a finding a line, by path and code."""
    lines = ",\n".join(
        f"  {json_text({**known._asdict(), 'count': count})}"
        for known, count in sorted(found.items())
    )
    body = f"[\n{lines}\n]" if lines else "[]"
    return f'{{"schema": {json_text(SCHEMA)},\n"findings": {body}}}\n'


def written(found: Counter[KnownFinding], file: str) -> str:
    """Return what is said when a baseline was written."""
    return f"{counted(found.total(), 'finding')} known in {visible(file)}\n"


def without_known(
    outcomes: Sequence[Outcome], known: Counter[KnownFinding], folder: str
) -> tuple[list[Outcome], int]:
    """Return the outcomes without what a baseline knows, and how much of it is found no longer."""
    left = Counter(known)
    found = []
    for outcome in outcomes:
        kept, suppressed = [], []
        for each in views_of(outcome):
            key = _key(each, folder)
            if outcome.usable and left[key] > 0:
                left[key] -= 1
                suppressed.append(Suppressed(each.finding, "baseline"))
            else:
                kept.append(each.finding)
        if suppressed:
            outcome = outcome._replace(  # noqa: PLW2901 - the same one, without
                findings=tuple(kept), suppressed=(*outcome.suppressed, *suppressed)
            ).judged()
        found.append(outcome)
    checked = {relative(outcome.source, folder) for outcome in outcomes}
    return found, sum(count for each, count in left.items() if each.path in checked)


def _key(each: FindingView, folder: str) -> KnownFinding:
    return KnownFinding(relative(each.outcome.source, folder), each.code, each.layer, each.message)
