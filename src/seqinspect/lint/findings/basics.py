"""SEQ0xx: the spec itself: it can be read, Keras builds it and agrees, and it is as expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.findings.masks import refused_batch
from seqinspect.lint.findings.portability import refused_idiom
from seqinspect.lint.findings.time import refused_flatten, refused_steps
from seqinspect.lint.registry import found, kind

if TYPE_CHECKING:
    from seqinspect.errors import Place, Problem
    from seqinspect.lint.expectations import Result
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Finding


@kind("SEQ001", "unusable-spec", "error", asks=False)
def unusable(problem: Problem) -> Finding:
    """The spec cannot be read, or a layer in it cannot be used.

    ### What
    The file is missing, is no YAML, names a layer that Keras does not have, gives an argument a
    value that it cannot have, or calls a layer on a tensor that does not fit.

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
    message = problem.what
    if problem.received and problem.received not in message:
        message += f"; received {problem.received}"
    if problem.expected:
        message += f"; expected {problem.expected}"
    return _problem(message, problem)


@kind("SEQ002", "refused-by-keras", "error", asks=False)
def refused(problem: Problem) -> Finding:
    """Keras refuses to build the model, although the rules accept it.

    ### What
    The spec was read and its shapes fit, but Keras raised an error when the model was built.

    ### Why it matters
    The model cannot be used with the Keras that is installed. The exit code is 2.

    ### Remedy
    Follow Keras's message. If the model should work, a rule of seqinspect is wrong: please report
    it with the spec.
    """
    return _problem(problem.what, problem)


@kind("SEQ003", "disagreement-with-keras", "error", asks=False)
def disagrees(difference: str, place: Place | None, layer: str) -> Finding:
    """Keras builds the model, and has another shape or count for a layer.

    ### What
    The rule of a layer says one thing, the layer that Keras built says another.

    ### Why it matters
    One of the two is wrong, and every number that follows from it.

    ### Remedy
    Believe Keras, and please report it with the spec and the version of Keras.
    """
    return found(difference, place, "please report it, with the spec", layer=layer)


@kind("SEQ004", "expectation-failed", "error", asks=False)
def unexpected(result: Result) -> Finding:
    """Something that the spec says under `expect:` does not hold.

    ### What
    `expect:` states what must hold: counts as a formula or as a comparison, shapes, causality, and
    for single layers which steps they read. A formula is compared for all sizes, not only for the
    numbers under `dims`; where that cannot be decided, or where it is a plain number, the numbers
    are compared, and the message says which.

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
    expected = result.expected
    what = f"`{expected.what}`" + (f" of `{expected.layer}`" if expected.layer else "")
    said = {"for all sizes": ", compared for all sizes", "by numbers": ", compared by numbers"}
    how = said.get(result.decided, "")
    because = f" ({result.because})" if result.because else ""
    message = f"{what} is {result.actual}; expected {expected.text}{how}{because}"
    if result.holds is None:
        message = f"{what} cannot be compared: it is {result.actual}; expected {expected.text}"
    return found(message, expected.place, layer=expected.layer)


@kind("SEQ005", "over-budget", "error", asks=False)
def over_budget(what: str, actual: str, budget: str, pattern: str, place: Place) -> Finding:
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
    message = f"`{what}` is {actual}; the budget for {pattern} is {budget}"
    return found(message, place, "make the model smaller, or raise the budget")


@kind("SEQ006", "architecture-changed", "error", asks=False)
def changed(message: str, place: Place | None) -> Finding:
    """The architecture is not the one in `seqinspect.lock`.

    ### What
    With `--locked`, shapes, counts, weights and time relations of every spec are compared with
    those that `seqinspect lock` wrote down; a spec that is not in the lock is told as well.

    ### Why it matters
    A change of one number in a spec can make checkpoints unusable or a model blind for the last
    step. The lock makes every such change a line in a review.

    ### Remedy
    If the change was meant, run `seqinspect lock` and commit `seqinspect.lock` with it.
    """
    return found(message, place, "run `seqinspect lock` if the change is meant")


@kind("SEQ007", "unused-ignore", "note", asks=False)
def unused_ignore(codes: str, place: Place) -> Finding:
    """A comment `# seqinspect: ignore[…]` stands on a line without such a finding.

    ### What
    The comment names a finding that is not there (any more).

    ### Why it matters
    It would hide the next one of its kind that comes to the line.

    ### Remedy
    Take the comment out.

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
    return found(f"there is no {codes} on this line to ignore", place, "take the comment out")


def coded(problem: Problem, graph: Graph | None) -> Finding:
    """The finding for a problem that makes a spec unusable: by what is known of its reason."""
    for special in (refused_steps, refused_flatten, refused_batch):
        finding = special(problem, graph)
        if finding is not None:
            return finding
    return refused_idiom(problem) or unusable(problem)._replace(code="SEQ001")


def _problem(message: str, problem: Problem) -> Finding:
    finding = found(message, problem.place, problem.remedy)
    return finding._replace(line=problem.line)
