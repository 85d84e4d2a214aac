"""SEQ004 to SEQ006: what the project has decided: expectations, budgets and the lock."""

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
    from seqinspect.model.finding import Finding

MOST_EFFECTS = 5
"""So many layers that change with another one are named."""


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
