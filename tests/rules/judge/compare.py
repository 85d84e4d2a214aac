"""The first judge: the facts of a rule and of Keras side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from tests.rules.judge import keras_side, rule_side
from tests.rules.judge.exceptions import covered
from tests.rules.judge.keras_side import KerasFacts, KerasRefuses

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

Word = Literal["agree", "refused", "stricter", "open", "backend", "disagree"]


@dataclass(frozen=True)
class Verdict:
    """How a comparison ended, and what differs."""

    word: Word
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ours:
    """What seqinspect says of a draft: facts, a refusal, or the defect of a rule that fails."""

    layer: Layer | None = None
    facts: Facts | None = None
    refusal: str = ""
    defect: str = ""


def ours(draft: Draft) -> Ours:
    """Read the draft and ask its rule."""
    layer = None
    try:
        layer = rule_side.read(draft.layer, draft.options)
        return Ours(layer, rule_side.facts_of(layer, draft.inputs))
    except SpecError as error:
        return Ours(layer, refusal=str(error))
    except Exception as error:  # whatever a wrong rule raises is a finding
        return Ours(layer, defect=f"the rule fails with {type(error).__name__}: {error}")


def theirs(draft: Draft, layer: Layer | None, *, trace: bool = True) -> KerasFacts | KerasRefuses:
    """What Keras says of the draft; to be called inside `weightless`."""
    try:
        return keras_side.judge(draft, layer, trace=trace)
    except KerasRefuses as error:
        return error


def judge(draft: Draft, *, trace: bool = True) -> Verdict:
    """Compare rule and Keras on one draft; to be called inside `weightless`.

    Without `trace`, the real call is traced only where the rule refuses.
    """
    said = ours(draft)
    if said.defect:
        return Verdict("disagree", (said.defect,))
    found = verdict(draft, said, theirs(draft, said.layer, trace=trace or bool(said.refusal)))
    if found.word == "disagree" and covered(draft.layer, found.differences):
        return Verdict("backend", found.differences)
    return found


def verdict(draft: Draft, said: Ours, keras: KerasFacts | KerasRefuses) -> Verdict:
    """How the two sides compare."""
    if said.defect:
        return Verdict("disagree", (said.defect,))
    if isinstance(keras, KerasRefuses):
        if said.refusal:
            return Verdict("refused")
        if keras.undecided:
            return Verdict("open")
        return Verdict("disagree", (f"only Keras refuses: {keras}",))
    if said.facts is None:
        elsewhere = runtime.load().config.backend() != "tensorflow"  # whose kernels the rules know
        if draft.spoiled.endswith(("dtype", "an axis that does not exist")) and elsewhere:
            return Verdict("stricter")
        if draft.spoiled and (draft.loose or "the value of" in draft.spoiled):
            return Verdict("stricter")
        return Verdict("disagree", (f"only the rule refuses: {said.refusal}",))
    found = differences(said.facts, keras)
    return Verdict("disagree" if found else "agree", tuple(found))


def differences(facts: Facts, keras: KerasFacts) -> list[str]:
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
