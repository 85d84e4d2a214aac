"""Every rule by itself: random configurations, as the judge of the rules draws them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.facts import Tensor
from seqinspect.model.graph import Graph, Input, Node, Ref
from seqinspect.records import replace
from seqinspect.rules import RULES
from tests.keras.stream_judge import Verdict, judge
from tests.rules.judge import rule_side
from tests.rules.judge.draw import draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    import argparse

    from seqinspect.algebra.expression import Expr
    from tests.rules.judge.draw import Draft

WORDS = ("agrees", "no", "not known", "once", "unwritten", "refused", "of Keras",
         "disagrees")  # fmt: skip


def judge_rules(options: argparse.Namespace) -> Counter[str]:
    """Judge `--count` configurations of every rule, and print a row for each."""
    load_hints()
    totals: Counter[str] = Counter()
    print(f"{'rule':28}{''.join(f'{word:>11}' for word in WORDS)}")
    for name in RULES:
        if options.layer and name not in options.layer:
            continue
        counts: Counter[str] = Counter()
        indices = range(options.count) if options.only is None else [options.only]
        for index in indices:
            one = draft(name, options.seed, index, real=True)
            verdict = judge_draft(one, f"{options.seed} {index}")
            counts[verdict.word] += 1
            if verdict.word in ("disagrees", "unwritten") and counts[verdict.word] <= 3:
                print(f"--rules --layer {name} --seed {options.seed} --only {index}: {one}")
                print("".join(f"  {line}\n" for line in verdict.differences[:3]), end="")
        totals += counts
        print(f"{name:28}{''.join(f'{counts[word]:>11}' for word in WORDS)}", flush=True)
    return totals


def judge_draft(one: Draft, seed: str) -> Verdict:
    """Judge a model of one layer, configured and called as drawn."""
    try:
        graph = graph_of_draft(one)
        if graph is None:
            return Verdict("once")
        return judge(graph, seed, one.below)
    except SpecError:
        return Verdict("refused")
    except Exception as error:
        return Verdict("disagrees", (f"{type(error).__name__}: {str(error)[:300]}",))


def graph_of_draft(one: Draft) -> Graph | None:
    """Return the model of one layer; None where an input has its steps folded into features."""
    layer = replace(rule_side.read(one.layer, _without_dtypes(one.options)), name="layer")
    inputs: list[Input] = []

    def entered(tensor: Tensor) -> Ref:
        name = f"in{len(inputs)}"
        dtype = "float32" if tensor.dtype.startswith("float") else tensor.dtype
        shape = (tensor.shape[0], *(size.plain() for size in tensor.shape[1:]))
        inputs.append(Input(name, shape, dtype, tensor.time, says_time=True))
        return Ref(name)

    if any(x.fold is not None for _, _, x in one.tensors()):
        return None
    (_, first), *others = one.inputs.items()
    listed = isinstance(first, tuple)
    sources = tuple(map(entered, first)) if isinstance(first, tuple) else (entered(first),)  # type: ignore[arg-type]  # a tensor comes first
    call: dict[str, object] = {}
    for name, value in others:
        if isinstance(value, Tensor):
            call[name] = entered(value)
        elif isinstance(value, tuple):
            call[name] = tuple(map(entered, value))
        elif value is not None:
            call[name] = value
    node = Node("layer", layer, sources, listed=listed, call=call)
    return Graph("model", "drawn", _dims(inputs), tuple(inputs), (node,), (Ref("layer"),))


def _without_dtypes(options: Mapping[str, object]) -> dict[str, object]:
    """Return options that leave the dtype to Keras, also those of layers within."""
    return {name: _plain(value) for name, value in options.items() if name != "dtype"}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _without_dtypes(value) if isinstance(value, Mapping) else value


def _dims(inputs: list[Input]) -> dict[str, Expr]:
    from seqinspect.algebra.expression import symbol

    return {
        name: symbol(name, number)
        for each in inputs
        for size in (each.shape or ())[1:]
        for name, number in size.numbers().items()
    }
