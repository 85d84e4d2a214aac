"""Sizes within budgets, judged by analysing again: `python -m tests.space.size_judge`.

A pair is a random model and a random budget, also of what N streams keep between steps, and also
of how often a block is repeated. The size that is found must keep it, and no larger one
may (no smaller one, where the smallest is looked for): the next three and some far beyond are read
and analysed anew. With `--keras N`, Keras counts N of the models that were found, and what is next.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.walk import analyse_costs
from seqinspect.errors import SpecError
from seqinspect.readers.opened import open_spec
from seqinspect.space.amounts import BUDGETED, Budget
from seqinspect.space.largest import LARGEST_SIZE, FoundSize, Wish, find_size
from seqinspect.space.quantities import Running, number
from tests.keras.whole_models import text_of
from tests.space.drawn import drawn_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

    Analyse = Callable[[Mapping[str, int]], tuple[Graph, Report]]

FACTORS = (2, 3, 10, 1_000)
REPEATS = "L"
"""The name of how often a block is repeated; thousands of them are not analysed."""


def analyser(spec: dict[str, Any]) -> Analyse:
    opened = open_spec(text_of(spec), "model.yaml")

    def analysed(sizes: Mapping[str, int]) -> tuple[Graph, Report]:
        graph = opened.read(sizes)
        return graph, analyse_costs(graph)

    return analysed


def wish_of(spec: dict[str, Any], analysed: Analyse, random: Random) -> Wish | None:
    """Draw a budget near what the model costs at some size."""
    names = [name for name, size in spec["dims"].items() if isinstance(size, int)]
    if not names:
        return None
    name, quantity = random.choice(names), random.choice(BUDGETED)
    running = Running(
        random.choice([1, 2, 32]), random.choice(["sgd", "adam"]), random.choice([1, 1, 32])
    )
    size = random.choice([1, 2, 3, 5, 8, 13, 40, 250, 2_000, 10**6])
    if name == REPEATS:
        size = random.choice([1, 2, 3, 5, 8, 13, 40, 250])
    try:
        cost = number(*analysed({name: size}), quantity, running)
    except SpecError:
        return None
    if cost is None:
        return None
    relation = random.choice(["<=", "<=", "<", ">=", ">"])
    amount = max(0, cost + random.choice([0, 0, 1, -1, cost // 3]))
    smallest = relation in (">=", ">")
    budgets = [Budget(quantity, relation, amount)]  # type: ignore[arg-type]  # drawn from them
    if random.random() < 0.2:
        budgets.append(Budget("params", "<=", 10 ** random.randint(2, 8)))
    return Wish(name, tuple(budgets), {}, smallest, running)


def keeps(analysed: Analyse, wish: Wish, size: int) -> bool:
    """Whether there is a model of a size, within the budgets, by an analysis of its own."""
    try:
        graph, report = analysed({wish.name: size})
    except SpecError:
        return False
    costs = [number(graph, report, each.quantity, wish.running) for each in wish.budgets]
    pairs = zip(wish.budgets, costs, strict=True)
    return all(cost is not None and budget.allows(cost) for budget, cost in pairs)


def beyond(found: FoundSize, random: Random) -> Iterator[int]:
    """Yield sizes that must not keep the budgets: the next ones, and some far off."""
    size = found.best.size
    if found.wish.smallest:
        yield from range(max(1, size - 3), size)
        yield from (random.randint(1, size) for _ in range(4) if size > 1)
        yield from (size // factor for factor in FACTORS if size // factor)
    else:
        yield from (size + step for step in (1, 2, 3))
        factors = FACTORS[:2] if found.wish.name == REPEATS else FACTORS
        yield from (min(LARGEST_SIZE, size * factor) for factor in factors)
        yield from (size + random.randint(1, 1 + size) for _ in range(4))


def judge(spec: dict[str, Any], random: Random) -> tuple[str, FoundSize | None]:
    """Return a verdict on one pair, and what was found; "" where nothing could be drawn."""
    analysed = analyser(spec)
    wish = wish_of(spec, analysed, random)
    if wish is None:
        return "", None
    try:
        found = find_size(analysed, wish)
    except SpecError as error:
        return _refusal(str(error), analysed, wish, random), None
    if not keeps(analysed, wish, found.best.size):
        return f"wrong: {found.best.size} does not keep {wish}", found
    for size in beyond(found, random):
        if size != found.best.size and keeps(analysed, wish, size):
            return f"wrong: {size} keeps {wish} too, beyond {found.best.size}", found
    return "found" if found.closed else "found, by several formulas", found


def _refusal(said: str, analysed: Analyse, wish: Wish, random: Random) -> str:
    if "nothing limits" in said:
        return "no limit" if keeps(analysed, wish, LARGEST_SIZE) else f"wrong: {said}"
    if "keeps the budgets" in said:
        far = () if wish.name == REPEATS else (1_000, 10**6)
        sizes = (1, 2, 3, *random.sample(range(4, 60), 12), 100, *far)
        kept = [size for size in sizes if keeps(analysed, wish, size)]
        return f"wrong: {kept[0]} keeps {wish}" if kept else "none"
    if "cannot be fed step by step" in said:
        return "not fed step by step at every size"
    return "not decided" if "none is ruled out" in said else f"refused: {said}"


def keras_agrees(spec: dict[str, Any], found: FoundSize) -> bool:
    """Whether Keras counts the parameters that were found, there and at the next model."""
    from seqinspect.keras_model.build.compare import confirm

    analysed = analyser(spec)
    return all(
        confirm(*analysed(each.sizes)).keras.status == "agrees"
        for each in found.models
        if each.size < 10**5
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--keras", type=int, default=0)
    options = parser.parse_args()
    verdicts, started, models, asked = Counter[str](), time.monotonic(), 0, Counter[bool]()
    with suppress(KeyboardInterrupt):  # what was judged is counted
        while sum(verdicts.values()) < options.pairs:
            spec = drawn_spec(f"{options.seed}/{models}")
            random = Random(f"{options.seed}/{models}")
            models += 1
            for _ in range(5):
                verdict, found = judge(spec, random)
                if not verdict:
                    continue
                kind, _, _ = verdict.partition(": ")
                verdicts[kind] += 1
                if kind in ("wrong", "refused"):
                    print(f"{options.seed}/{models - 1}: {verdict}", flush=True)
                if found is not None and asked.total() < options.keras:
                    asked[keras_agrees(spec, found)] += 1
                    break
    print(f"{models} models, {sum(verdicts.values())} pairs, {time.monotonic() - started:.0f} s")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(verdicts.items())))
    if asked:
        print(f"Keras: {asked[True]} agree, {asked[False]} do not")
    return 1 if verdicts["wrong"] or asked[False] else 0


if __name__ == "__main__":
    sys.exit(main())
