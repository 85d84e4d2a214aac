"""SEQ0xx: the spec itself: it can be read, Keras builds it and agrees, and it is as expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import LayerName, Missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.compare.lock_changes import LockChange
    from seqinspect.errors import Place
    from seqinspect.lint.comparison import Comparison
    from seqinspect.lint.expectations import Result
    from seqinspect.lint.settings import Budget
    from seqinspect.lint.shape_changes import ShapeChange
    from seqinspect.model.finding import Difference, Edit, Finding
    from seqinspect.model.report import Row

MOST_EFFECTS = 5
"""So many layers that change with another one are named."""


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
    "SEQ004",
    "expectation-failed",
    "error",
    looks_at="run",
    message={
        "": "{key} is {actual:equation}; expected {expected}",
        "compared": "{key} is {actual:equation}; expected {expected}, compared {decided}",
        "these sizes only": "{key} is {actual:equation}; expected {expected}, compared {decided}"
        " (only for these sizes both are {number})",
        "axes": "{key} is {actual:equation}; expected {expected}, compared {decided}"
        " ({axes} axes, not {due})",
        "axis": "{key} is {actual:equation}; expected {expected}, compared {decided}"
        " (axis {axis} is {size}, not {due})",
        "no batch": "{key} is {actual:equation}; expected {expected}, compared {decided}"
        " (shapes under `expect` begin with the batch: {whole:list})",
        "open": "{key} cannot be compared: it is {actual:equation}; expected {expected}",
        "nothing": "{key} cannot be compared: {actual}; expected {expected}",
    },
    remedy={
        "": "",
        "near": "did you mean `{near}`?",
        "many outputs": "name each output: {what}: {{name: [batch, …]}}",
        "every step": "give {call} return_sequences: true",
        "last step": "let {call} return its last step only: return_sequences: false",
        "units": "give {call} {units} units",
        "swap": "swap the two inputs of {call}: the query comes first",
        "repeat": "let {call} repeat {steps} times",
        "ones": "put Reshape: {shape} after {call}",
        "vector": "put Flatten, or a pooling over all steps, before {call}",
        "dense": "put Dense: {units} after {call}",
        "wider": "give {call} {units} units, and put Reshape: {shape} after it",
        "dense and reshape": "put Dense: {units} and Reshape: {shape} after {call}",
        "repeat after": "let {call} return its last step only, and put RepeatVector: {steps} after"
        " it",
        "last and wider": "let {call} return its last step only, give the Dense after it {units}"
        " units, and put Reshape: {shape} after that",
    },
)
def unexpected(result: Result, change: ShapeChange | None = None) -> Iterator[Finding]:
    """Something that the spec says under `expect:` does not hold.

    ### What
    `expect:` states what must hold: counts as a formula or as a comparison, shapes, causality, and
    for single layers which steps they read. A formula is compared for all sizes, not only for the
    numbers under `dims`; where that cannot be decided, or where it is a plain number, the numbers
    are compared, and the message says which. Where one change of the model gives a target or an
    output the shape that is expected, the remedy is that change: each is tried first.

    ### Why it matters
    An expectation keeps a decision: a budget, a shape that other code relies on, causality.

    ### Remedy
    Fix the model, or the expectation if the change was meant.

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: n
      - Dense: n
    expect: {params: n*(n+1)}
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: n
      - Dense: n
    expect: {params: n*(9*n+5), target: [batch, n], layers: {dense: {reads: last}}}
    ```
    """
    (key, _, expected, place), comparison = result
    variant: str = comparison.reason or ("compared" if comparison.decided else "")
    remedy = ""
    if comparison.holds is None:
        variant = "open"
    elif isinstance(comparison.actual, Missing):
        variant = "nothing"
        remedy = "near" if comparison.facts else comparison.actual.reason
    elif change is not None:
        remedy = change.kind
    found = finding(
        place,
        layer=LayerName((), key.layer, key.layer) if key.layer else None,
        variant=variant,
        remedy=remedy,
        key=key,
        what=key.what,
        actual=comparison.actual,
        expected=expected,
        decided=comparison.decided,
    )
    facts = found.facts + comparison.facts
    if change is not None:
        _, call, units, shape, steps = change
        name = LayerName((call.layer.type,), call.name, call.name)
        facts += (("call", name), ("units", units), ("shape", shape), ("steps", steps))
    yield found._replace(facts=facts)


@finding_kind(
    "SEQ005",
    "over-budget",
    "error",
    looks_at="run",
    message={
        "": "`{what}` is {actual:equation}; the budget for {pattern} is {budget} ({where})",
        "open": "`{what}` cannot be compared with the budget for {pattern}, {budget}: it is"
        " {actual:equation} ({where})",
        "unreadable": "the budget `{what}` for {pattern} cannot be read: {reason}",
    },
    remedy={
        "": "make the model smaller, or raise the budget",
        "open": "give every size a number under `dims`, or leave the path out of the budget",
        "unreadable": 'write a number or a formula, such as "<= 100_000"',
    },
)
def over_budget(
    budget: Budget, found: Comparison | Problem, pattern: str, place: Place
) -> Iterator[Finding]:
    """A model is larger than the budget that the project sets for its path.

    ### What
    `[tool.seqinspect.budgets]` in pyproject.toml (or `[budgets]` in seqinspect.toml) gives the
    models of a path limits for `params`, `multiply_adds`, `bytes` or `receptive_field`.

    ### Why it matters
    Models grow a little with every change. A budget makes the moment visible at which one no
    longer fits the device.

    ### Remedy
    Make the model smaller, or raise the budget where the whole project can see it:
    `"configs/edge/**" = {params = "<= 100_000", bytes = "<= 400 KiB"}`.
    """
    if isinstance(found, Problem):
        yield finding(
            budget.place or place,
            variant="unreadable",
            what=budget.what,
            pattern=pattern,
            reason=found.what,
        )
        return
    at = budget.place
    yield finding(
        place,
        variant="open" if found.holds is None else "",
        what=budget.what,
        actual=found.actual,
        budget=budget.limit,
        pattern=pattern,
        where=f"{at.file}:{at.line}" if at is not None else "",
    )


@finding_kind(
    "SEQ006",
    "architecture-changed",
    "error",
    looks_at="run",
    message={
        "changed": "{layer} changed: {changes} (in {lock})",
        "changed with": "{layer} changed: {changes}; with it changes {effects:and} (in {lock})",
        "model": "the model changed: {changes} (in {lock})",
        "model with": "the model changed: {changes}; with it changes {effects:and} (in {lock})",
        "new": "{layer} is new (not in {lock})",
        "new with": "{layer} is new; with it changes {effects:and} (not in {lock})",
        "gone": "{gone} is no longer there (it is in {lock})",
        "gone with": "{gone} is no longer there; without it changes {effects:and} (it is in"
        " {lock})",
        "not locked": "{source} is not in {lock}",
        "no file": "{source} is in {lock}, and no longer there",
    },
    remedy="if the change is meant, lock it again: seqinspect lock with the paths of the specs",
)
def architecture_changed(change: LockChange, lock: str, place: Place | None) -> Iterator[Finding]:
    """The architecture is not the one in `seqinspect.lock`.

    ### What
    With `--locked`, every spec is compared with what `seqinspect lock` wrote down: arguments that
    are not the default, what each layer reads and is called with, whose weights it has, where they
    are stored, shapes, counts, masks and time relations. What changed is reported once, at the
    layer where it was written, with the layers that change with it. A spec that is not in the lock
    is reported as well.

    ### Why it matters
    A change of one number in a spec can make checkpoints unusable or a model blind for the last
    step. The lock makes every such change a line in a review.

    ### Remedy
    If the change was meant, run `seqinspect lock` and commit `seqinspect.lock` with it.
    """
    of, name, path, changes, effects = change
    layer = LayerName((name,), path, path)
    more = len(effects) - MOST_EFFECTS
    named = effects if more <= 1 else (*effects[:MOST_EFFECTS], f"{more:,} more")
    match of:
        case "changed":
            yield finding(
                place,
                layer=layer,
                variant="changed with" if effects else "changed",
                changes=changes,
                effects=named,
                lock=lock,
            )
        case "new":
            yield finding(
                place,
                layer=layer,
                variant="new with" if effects else "new",
                effects=named,
                lock=lock,
            )
        case "gone":
            yield finding(
                place,
                variant="gone with" if effects else "gone",
                gone=layer,
                effects=named,
                lock=lock,
            )
        case "model":
            yield finding(
                place,
                variant="model with" if effects else "model",
                changes=changes,
                effects=named,
                lock=lock,
            )
        case "not locked":
            yield finding(place, variant="not locked", source=path, lock=lock)
        case "no file":
            yield finding(place, variant="no file", source=path, lock=lock)


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
