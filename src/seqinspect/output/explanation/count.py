"""In words: why a layer has so many parameters, weight by weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import total
from seqinspect.explain.data import Role
from seqinspect.output.explanation.phrases import number, product, sentence, substituted, times
from seqinspect.output.report.time_notes import unsupported_note
from seqinspect.output.text import factor, size_text, symbolic
from seqinspect.rules import traits_of
from seqinspect.rules.reason_text import translation_text
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.data import CountQuestion, EitherWay, LayerAnswer, WeightFact
    from seqinspect.model.report import Row, TimeReport

MOST_WEIGHTS = 4
"""So many weights are counted one by one in a short answer."""


def weight_cells(fact: WeightFact) -> tuple[str, str, str, str]:
    """Return a weight's name, shape, product of sizes and what it connects."""
    sizes = fact.weight.symbolic
    return fact.weight.name, shape_text(sizes), product(sizes), _meaning(fact)


def shapes(layer: LayerAnswer) -> str:
    """Return what comes in and what goes out: (batch, T, n) → (batch, u)."""
    outputs = ", ".join(map(symbolic, layer.row.outputs))
    return f"{', '.join(map(symbolic, layer.inputs))} → {outputs}" if layer.inputs else outputs


def counted(layer: LayerAnswer) -> str:
    """Return how many parameters a layer has, in words."""
    row, count = layer.row, _gate_by_gate(layer) or count_text(layer.row)
    if row.complete:
        return f"{count} {'parameters' if count != '0' else 'new parameters'}"
    return f"how many parameters it has is not known{f': {count}' if row.params else ''}"


def _gate_by_gate(layer: LayerAnswer) -> str:
    """Return the count of a recurrent layer as teachers write it; empty of any other.

    4 gates × (n features + u state + 1 bias) × u units = 4×50×(1+50+1) = 10,400
    """
    row, facts = layer.row, layer.weights
    roles = tuple(fact.role for fact in facts[:2])
    if roles != (Role.INPUT_KERNEL, Role.STATE_KERNEL) or len(facts) > 3 or row.reuses is not None:
        return ""
    features, units = (fact.weight.symbolic[0] for fact in facts[:2])
    gates = len(facts[0].gates)
    biases = [1 if len(fact.weight.symbolic) == 1 else 2 for fact in facts[2:]]
    counts = (features.value, units.value)
    if None in counts or len(facts[0].weight.symbolic) != 2:
        return ""
    inside = "+".join(map(str, (*counts, *biases)))
    if gates * (units.value or 0) * ((features.value or 0) + (units.value or 0) + sum(biases)) != (
        row.params
    ):
        return ""  # a cell with other weights besides
    summed = [f"{features.text()} features", f"{units.text()} state"]
    summed += [f"{each} bias{'' if each == 1 else 'es'}" for each in biases]
    said = f"({' + '.join(summed)}) × {units.text()} units"
    numbers = f"{units.value}×({inside})"
    if gates > 1:
        said, numbers = f"{gates} gates × {said}", f"{gates}×{numbers}"
    formula = f"{row.formula.text()} = " if row.formula.symbols() else ""
    return f"{formula}{said} = {numbers} = {row.params:,}"


def count_text(row: Row) -> str:
    """Return the count with its formula; never 0 where it is not known."""
    if not row.complete:
        return f"at least {number(row.formula)}" if row.params != 0 else "unknown"
    return substituted(row.formula) if row.reuses is None else "0"


def reasons(row: Row) -> Iterator[str]:
    """Yield why the count is what it is, where people wonder."""
    if row.unsupported:
        yield f"No rule states this layer: {unsupported_note(row)}."
    if row.translated:
        yield sentence(translation_text(row.translated))
    if row.reuses is not None:
        yield f"These are the weights of {row.reuses}, which is called again: 0 new ones."
        return
    names = [weight.name.rpartition("/")[2] for weight in row.weights]
    biases = [weight for weight, name in zip(row.weights, names, strict=True) if name == "bias"]
    if traits_of(row.type).step_by_step and biases and len(biases[0].symbolic) == 2:
        more = total(bias.symbolic[1] for bias in biases)
        yield (
            "Every gate has two biases, one with the input and one with the state (reset_after:"
            " true, the default since TensorFlow 2). Older texts count one bias:"
            f" {substituted(more)} fewer here."
        )
    if traits_of(row.type).both_directions:
        yield "Two layers of the same size, one for each direction, with weights of their own."
    if not {"moving_mean", "moving_variance"}.isdisjoint(names):
        yield "Moving mean and variance are kept, not trained: they count as non-trainable."


def count_words(asked: CountQuestion) -> Iterator[str]:
    """Yield why a layer has this many parameters, sentence by sentence."""
    row, time = asked.row, asked.row.time
    dense = dense_sizes(asked)
    if dense is not None:
        kernel, bias = ("×".join(factor(size.text()) for size in w.symbolic) for w in row.weights)
        known = row.formula.value is not None
        yield f"kernel {kernel}, bias {bias}{_together(asked) if known else ''}."
        yield _unit_words(asked, *dense)
    else:
        yield _weight_by_weight(asked)
    if time is not None and time.shared is False:
        yield "The number of steps is in the shape of the kernel: every step has rows of its own."
    elif asked.either_way is not None:
        yield _either_way(row, asked.either_way, counted=dense is not None)
    elif time is not None and (dense is None or not asked.vector):
        shared = "." if asked.vector else ": all steps share the same weights."
        yield f"The number of steps is in no shape{shared}"


def _weight_by_weight(asked: CountQuestion) -> str:
    """The size of each weight, and of all of them."""
    parts = [
        f"{each.weight.name} {product(each.weight.symbolic)}"
        for each in asked.weights[:MOST_WEIGHTS]
    ]
    more = len(asked.weights) - MOST_WEIGHTS
    rest = f" and {more} more" if more > 0 else ""
    return f"{', '.join(parts)}{rest}{_together(asked) if len(asked.weights) > 1 else ''}."


def _together(asked: CountQuestion) -> str:
    return f"; together {substituted(asked.row.formula)}"


def dense_sizes(asked: CountQuestion) -> tuple[Expr, Expr] | None:
    """Return the features and units of a Dense of more than one unit, with a bias; else None."""
    if [each.role for each in asked.weights] != [Role.DENSE_KERNEL, Role.UNIT_BIAS]:
        return None
    features, units = asked.weights[0].weight.symbolic
    return (features, units) if units.value != 1 else None


def _unit_words(asked: CountQuestion, features: Expr, units: Expr) -> str:
    """Which factor is the units and which the features, and what has the parameters of one unit."""
    if features == units:
        factors = f"The first {units.text()} is units, the second features"
    else:
        factors = f"Here {units.text()} is units, {features.text()} features"
    steps = ""
    if asked.either_way is not None:  # the features are those of a recurrent layer
        name = _steps_name(asked.either_way.time)
        clash = name in {*features.symbols(), *units.symbols()}
        steps = f", never the steps{f', though they are called {name}, too' if clash else ''}"
    elif asked.row.time is not None and _are_apart(features, asked.row.time):
        steps = ", never the steps"
    return f"{factors}{steps}; {(features + 1).text()} would be Dense(1)."


def _are_apart(features: Expr, time: TimeReport) -> bool:
    """Whether a number of features has nothing of a number of steps, neither name nor value."""
    counts = [depends.steps for depends in time.depends]
    counts += [time.steps] if time.steps is not None else []
    return time.shared is True and all(
        not features.symbols() & steps.symbols() and features.value != steps.value
        for steps in counts
    )


def _either_way(row: Row, found: EitherWay, *, counted: bool) -> str:
    """That the count is the same either way, as the number of steps is in no shape."""
    features = "some" if found.features is None else number(found.features)
    ends = {"both": "both ends", "first": "step 0, where it ends", "last": "the last step"}
    begin = "The count" if found.formula.value is None else "It"
    if not counted:
        turned = f"They turn one step of {features} numbers into {number(found.units)}"
        begin = f"{turned}; {_in_neither(row, found)}. So it"
    same = "the same" if found.formula.value is None else number(found.formula)
    return (
        f"{begin} is {same} either way: return_sequences: true applies them"
        f" {times(found.time.applications)}, false once, to {ends[found.ends]}."
    )


def _in_neither(row: Row, found: EitherWay) -> str:
    """That the number of steps, as it is called, is in neither size."""
    name = _steps_name(found.time)
    if not name:
        return "the number of steps is in neither"
    if any(name in size.symbols() for weight in row.weights for size in weight.symbolic):
        return f"the number of steps is in neither, though it is called {name}, too"
    return f"{name} is in neither"


def _steps_name(time: TimeReport) -> str:
    """Return the name of a number of steps; empty where it is a number, or a formula."""
    name = size_text(time.steps) if time.steps is not None else ""
    return name if name.isidentifier() else ""


def _meaning(fact: WeightFact) -> str:
    """Say what a weight connects."""
    sizes, gates = [size.text() for size in fact.weight.symbolic], fact.gates
    several = len(gates) > 1
    match fact.role:
        case None:
            return ""
        case Role.DENSE_KERNEL:
            return f"a row for each of {sizes[0]} features, a column for each of {sizes[1]} units"
        case Role.UNIT_BIAS:
            return "one for each unit"
        case Role.EMBEDDINGS:
            return f"a row of {sizes[1]} numbers for each of the {sizes[0]} words"
        case Role.WINDOW_KERNEL:
            return f"{sizes[0]} steps wide, {sizes[1]} channels in, {sizes[2]} filters"
        case Role.FILTER_BIAS:
            return "one for each filter"
        case Role.SCALE:
            return "a scale for each feature"
        case Role.SHIFT:
            return "a shift for each feature"
        case Role.INPUT_KERNEL:
            width = f"{len(gates)} gates ({', '.join(gates)})" if several else gates[0]
            return f"from the {sizes[0]} features of a step to the {width}"
        case Role.STATE_KERNEL:
            to = "the same gates" if several else "the next"
            return f"from the state of the step before, of {sizes[0]}, to {to}"
        case Role.GATE_BIAS:
            return "one for each gate and unit"
        case Role.GATE_BIASES:
            return "two for each gate and unit"
