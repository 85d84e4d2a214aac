"""What kills a mutant: cases by hand, the constructor's defaults, Keras's answers, experiments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seqinspect.keras_model.build import runtime
from tests.rules import test_cases, test_signatures
from tests.rules.judge import compare, reaches
from tests.rules.judge.draw import Draft, draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from tests.rules.judge.compare import Ours
    from tests.rules.judge.keras_side import KerasFacts, KerasRefuses
    from tests.rules.judge.reaches import Runs

SEED = 40
CONFIGURATIONS = 60
EXPERIMENTS = 12

Check = Callable[[], bool]
"""Whether all is as it should be."""


def cases(families: Iterable[str]) -> list[Check]:
    """The cases by hand of some families."""
    wanted = {name.removeprefix("keras.") for name in families}
    return [
        _holds(test_cases.test_a_rule_says_what_a_reader_expects, parameters.values[0])
        for parameters in test_cases.CASES
        if str(parameters.id).partition(":")[0] in wanted
    ]


def signatures(layers: Iterable[str]) -> list[Check]:
    """The defaults of the Keras constructors."""
    test = test_signatures.test_options_have_the_defaults_of_the_constructor
    return [_holds(test, layer) for layer in layers]


def _holds(test: Callable[..., None], argument: object) -> Check:
    def check() -> bool:
        try:
            test(argument)
        except KeyboardInterrupt:
            raise
        except BaseException:  # pytest's own failures are no Exceptions
            return False
        return True

    return check


@dataclass
class Sample:
    """Keras's answers to a sample of configurations of a layer: asked once, for all mutants."""

    answers: list[tuple[Draft, KerasFacts | KerasRefuses]] = field(default_factory=list)
    runs: list[tuple[Draft, Runs]] = field(default_factory=list)

    @classmethod
    def of(cls, layer: str) -> Sample:
        """Ask Keras, and let it run."""
        load_hints()
        sample = cls()
        with runtime.weightless():
            for index in range(CONFIGURATIONS):
                one = draft(layer, SEED, index)
                said = compare.ours(one)
                sample.answers.append((one, compare.theirs(one, said.layer)))
        with runtime.isolated():
            for index in range(EXPERIMENTS):
                one = draft(layer, SEED, index, real=True)
                said = compare.ours(one)
                if said.layer and said.facts and reaches.timed(one):
                    # What cannot run shows nothing here; it is the judges' own run that tells so.
                    with suppress(Exception):
                        sample.runs.append((one, reaches.experiment(one, said.layer, index)))
        return sample

    def holds(self) -> bool:
        """Whether the rule still agrees with all that Keras said and did."""
        for one, answer in self.answers:
            if compare.verdict(one, compare.ours(one), answer).word == "disagree":
                return False
        return all(_moves(one, compare.ours(one), runs) for one, runs in self.runs)


def _moves(one: Draft, said: Ours, runs: Runs) -> bool:
    if said.facts is None:
        return False
    try:
        return not reaches.differences(one, said.facts, runs)
    except Exception:  # a wrong reach may not even be a formula
        return False
