"""SEQ0xx: the spec itself: it can be read, Keras agrees, its comments and patterns are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import LayerName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.errors import Place, Problem
    from seqinspect.model.finding import Difference, Edit, Finding
    from seqinspect.model.report import Row


@finding_kind(
    "SEQ001",
    "unusable-spec",
    "error",
    looks_at="run",
    message={
        "": "{what}",
        "received": "{what}; received {received}",
        "expected": "{what}; expected {expected}",
        "both": "{what}; received {received}; expected {expected}",
    },
    remedy="{fix}",
)
def unusable(problem: Problem) -> Iterator[Finding]:
    """The spec cannot be read, or a layer in it cannot be used.

    ### What
    The file is missing, is not valid YAML, names a layer that Keras does not have, gives an
    argument a value that it cannot have, or calls a layer on a tensor that does not fit.

    ### Why it matters
    There is no such model: Keras refuses it too. Nothing else is checked in the file, and the
    exit code is 2.

    ### Remedy
    The message says what was received and what is expected, and often what was meant.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LTSM: 8
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 8
    ```
    """
    received = "" if problem.says(problem.received) else problem.received
    expected = "" if problem.says(problem.expected) else problem.expected
    variant = "received" if received else ""
    if expected:
        variant = "both" if received else "expected"
    yield finding(
        problem.place, variant=variant, what=problem.what, received=received,
        expected=expected, fix=problem.remedy,
    )  # fmt: skip


@finding_kind(
    "SEQ002", "refused-by-keras", "error", looks_at="run", message="{what}", remedy="{fix}"
)
def refused(problem: Problem) -> Iterator[Finding]:
    """Keras refuses to build the model, although the rules accept it.

    ### What
    The spec was read and its shapes fit, but Keras raised an error when the model was built.

    ### Why it matters
    The model cannot be used with the Keras that is installed. The exit code is 2.

    ### Remedy
    Follow Keras's message. If the model should work, a rule of seqinspect is wrong: please report
    it with the spec.
    """
    yield finding(problem.place, what=problem.what, fix=problem.remedy)


@finding_kind(
    "SEQ003",
    "disagreement-with-keras",
    "error",
    looks_at="run",
    message="{layer}: {difference}",
    remedy="please report it, with the spec",
)
def disagrees(difference: Difference, row: Row) -> Iterator[Finding]:
    """Keras builds the model with another shape or count for a layer.

    ### What
    The rule of a layer says one thing, the layer that Keras built says another.

    ### Why it matters
    One of the two is wrong, and every number that follows from it.

    ### Remedy
    Believe Keras, and please report it with the spec and the version of Keras.
    """
    layer = LayerName((row.type,), row.name, row.path)
    yield finding(row.place, layer=layer, difference=difference)


@finding_kind(
    "SEQ007",
    "unused-ignore",
    "note",
    looks_at="run",
    message={
        "": "there is no {names:or} on this line to ignore",
        "any": "there is no finding on this line to ignore",
        "file": "there is no {names:or} in this file to ignore",
        "any in file": "there is no finding in this file to ignore",
    },
    remedy="remove the comment",
)
def unused_ignore(
    names: tuple[str, ...], place: Place, *, whole_file: bool = False
) -> Iterator[Finding]:
    """A comment that ignores a finding stands where there is no such finding.

    ### What
    `# seqinspect: ignore[…]` on a line, or `# seqinspect: ignore-file[…]`, names a finding that is
    not there, or no longer.

    ### Why it matters
    It would hide the next one of its kind that comes to the line, or to the file.

    ### Remedy
    Remove the comment.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16  # seqinspect: ignore[SEQ103]
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
    ```
    """
    if names:
        yield finding(place, variant="file" if whole_file else "", names=names)
    else:
        yield finding(place, variant="any in file" if whole_file else "any")


@finding_kind(
    "SEQ008",
    "unclear-ignore",
    looks_at="run",
    message={
        "": "this comment ignores whatever is found",
        "unknown": "there is no finding {names:or}, which this comment names",
    },
    remedy={
        "": "say what it ignores: {named}",
        "unknown": "see `seqinspect rule`",
        "near": "did you mean {near}?",
    },
    fixable="safe",
)
def unclear_ignore(
    unknown: tuple[str, ...], meant: str, place: Place, edits: tuple[Edit, ...] = ()
) -> Iterator[Finding]:
    """A comment ignores findings without saying which, or names none that there is.

    ### What
    `# seqinspect: ignore` without brackets ignores every finding of its line, and
    `# seqinspect: ignore-file` every one of the file. In brackets stand codes (`SEQ103`), their
    beginnings (`SEQ1`) or names (`redundant-time-distributed`).

    ### Why it matters
    A comment that ignores everything also hides what comes later; one with a mistake in its code
    hides nothing, and the finding that it was meant for stays.

    ### Remedy
    Name what it ignores. `--fix` writes the codes of the findings that are there.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - TimeDistributed: {Dense: 4}  # seqinspect: ignore
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - TimeDistributed: {Dense: 4}  # seqinspect: ignore[SEQ103]
    ```
    """
    if not unknown:
        yield finding(place, edits=edits, named=meant)
    elif meant:
        yield finding(place, variant="unknown", remedy="near", names=unknown, near=meant)
    else:
        yield finding(place, variant="unknown", names=unknown)


@finding_kind(
    "SEQ009",
    "unmatched-pattern",
    "note",
    looks_at="run",
    message="no spec fits the pattern {pattern}",
    remedy="correct the pattern, or remove it; patterns are relative to this file",
)
def unmatched_pattern(pattern: str, place: Place) -> Iterator[Finding]:
    """A pattern in the settings fits no file.

    ### What
    A pattern of `exclude`, `per-path-ignores` or `budgets` in the settings is relative to the
    folder of the file that it stands in, and no spec, config or code below it has such a path.

    ### Why it matters
    What it was to leave out is looked for, and what it was to limit has no limit: a folder was
    renamed, or the pattern has a mistake in it.

    ### Remedy
    Correct the pattern, or remove it. `**` stands for any folders, `*` and `?` for characters of a
    name; a name alone is meant in every folder. `seqinspect check --show-files` lists what is
    checked.
    """
    yield finding(place, pattern=pattern)
