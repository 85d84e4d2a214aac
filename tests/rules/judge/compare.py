"""The first judge: the facts of a rule and of Keras side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra import as_expr
from seqinspect.errors import SpecError
from tests.rules.judge import keras_side, rule_side

if TYPE_CHECKING:
    from seqinspect.facts import Facts
    from tests.rules.judge.draw import Draft

Word = Literal["agree", "refused", "stricter", "open", "disagree"]


@dataclass(frozen=True)
class Verdict:
    """How a comparison ended, and what differs."""

    word: Word
    differences: tuple[str, ...] = ()


def judge(draft: Draft, *, trace: bool = True) -> Verdict:
    """Compare rule and Keras on one draft; to be called inside `weightless`."""
    layer, facts, refusal = None, None, None
    try:
        layer = rule_side.read(draft.layer, draft.options)
        facts = rule_side.facts_of(layer, draft.inputs)
    except SpecError as error:
        refusal = str(error)
    except Exception as error:  # whatever a wrong rule raises is a finding
        return Verdict("disagree", (f"the rule fails with {type(error).__name__}: {error}",))
    try:
        keras = keras_side.judge(draft, layer, trace=trace)
    except keras_side.KerasRefuses as error:
        if refusal is not None:
            return Verdict("refused")
        if error.undecided:
            return Verdict("open")
        return Verdict("disagree", (f"only Keras refuses: {error}",))
    if facts is None:
        if draft.spoiled.startswith("the value"):
            return Verdict("stricter")
        return Verdict("disagree", (f"only the rule refuses: {refusal}",))
    found = differences(facts, keras)
    return Verdict("disagree" if found else "agree", tuple(found))


def differences(facts: Facts, keras: keras_side.KerasFacts) -> list[str]:
    """What is not the same in both, as one line each: the rule's first."""
    pairs: list[tuple[str, object, object]] = [
        ("weight names", [w.name for w in facts.weights], [w.name for w in keras.weights]),
        (
            "weight shapes",
            [tuple(as_expr(size).value for size in w.shape) for w in facts.weights],
            [w.shape for w in keras.weights],
        ),
        ("trainable", [w.trainable for w in facts.weights], [w.trainable for w in keras.weights]),
        ("weight dtypes", [w.dtype for w in facts.weights], [w.dtype for w in keras.weights]),
        (
            "output shapes",
            [tuple(size.value for size in x.shape) for x in facts.outputs],
            [shape for shape, _ in keras.outputs],
        ),
        ("output dtypes", [x.dtype for x in facts.outputs], [dtype for _, dtype in keras.outputs]),
        ("number of reaches", len(facts.reaches), len(facts.outputs)),
    ]
    return [f"{what}: {ours} is not {theirs}" for what, ours, theirs in pairs if ours != theirs]
