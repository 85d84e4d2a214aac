"""The long run: `python -m tests.rules.judge`; see the package's docstring."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from seqinspect.keras_model.build import runtime
from seqinspect.rules import RULES
from tests.rules.judge import compare, operations, reaches
from tests.rules.judge.draw import draft
from tests.rules.judge.exceptions import EXCEPTIONS, wrong_exceptions
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SHOWN = 5
"""So many disagreements of a rule are printed."""

A_GRAPH = 50
"""So many configurations share the backend's graph, which gets slower as it grows."""


def main() -> int:
    """Judge the rules that the command line names."""
    options = _arguments()
    if options.exceptions:
        wrong = wrong_exceptions()
        print(*wrong, f"{len(wrong)} of {len(EXCEPTIONS)} exceptions are not as stated", sep="\n")
        return 1 if wrong else 0
    load_hints()
    names = [
        name
        for name, rule in RULES.items()
        if (not options.layer or name in options.layer)
        and (not options.family or rule.family in options.family)
    ]
    disagreements = 0
    print(f"{'rule':28}{''.join(f'{word:>10}' for word in WORDS)}{'seconds':>10}")
    for name in names:
        indices = range(options.count) if options.only is None else [options.only]
        if options.agree:
            indices = range(MOST_DRAWN * options.agree)
        started = time.perf_counter()
        counts = _run(name, options.seed, indices, options)
        disagreements += counts["disagree"]
        row = "".join(f"{counts[word]:>10}" for word in WORDS)
        print(f"{name:28}{row}{time.perf_counter() - started:>10.1f}", flush=True)
    print(f"{disagreements} disagreements in {len(names)} rules")
    return 1 if disagreements else 0


MOST_DRAWN = 12
"""`--agree` draws at most so many configurations for each that is to agree."""

WORDS = ("agree", "refused", "stricter", "open", "backend", "disagree")


def _run(name: str, seed: int, indices: Iterable[int], options: argparse.Namespace) -> Counter[str]:
    counts: Counter[str] = Counter()
    real = options.time or options.operations
    left = iter(indices)
    while some := tuple(islice(left, A_GRAPH)):
        with runtime.isolated() if real else runtime.weightless():
            for index in some:
                counts[_judge(name, seed, index, options, shown=counts["disagree"])] += 1
                if options.agree and counts["agree"] >= options.agree:
                    return counts
    return counts


def _judge(name: str, seed: int, index: int, options: argparse.Namespace, *, shown: int) -> str:
    """Judge one configuration, print it where it disagrees or is asked for, and return the word."""
    one = draft(name, seed, index, real=options.time or options.operations)
    if options.operations:
        verdict = operations.judge(one, index)
    else:
        verdict = reaches.judge(one, index) if options.time else compare.judge(one)
    if options.only is not None:
        print(f"{one}\n  {verdict.word}")
    if verdict.word == "disagree" and shown < MOST_SHOWN:
        again = f"--layer {name} --seed {seed} --only {index}"
        flag = " --operations" if options.operations else " --time" if options.time else ""
        print(f"{again}{flag}\n  {one}")
        for line in verdict.differences:
            print(f"  {line}")
    return verdict.word


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.rules.judge", description=__doc__)
    parser.add_argument("--layer", action="append", help="judge this rule only (repeatable)")
    parser.add_argument("--family", action="append", help="judge the rules of a family")
    parser.add_argument("--count", type=int, default=300, help="configurations a rule")
    parser.add_argument(
        "--agree", type=int, help="configurations a rule that agree, instead of a count in all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="judge this one configuration")
    parser.add_argument("--time", action="store_true", help="judge the reach, by perturbation")
    parser.add_argument(
        "--operations", action="store_true", help="judge the multiply-adds, by counting"
    )
    parser.add_argument(
        "--exceptions", action="store_true", help="run the scripts that show them, on this backend"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
