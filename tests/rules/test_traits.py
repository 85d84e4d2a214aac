"""What a rule declares of its class is what it computes, and steps are found behind layers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from seqinspect.algebra.expression import as_expr, const, symbol
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.records import replace
from seqinspect.rulebook.examples import options
from seqinspect.rules import ALIASES, RULES, Traits, traits_of
from tests.rules.judge import rule_side
from tests.rules.judge.draw import Draft, draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Size
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.report import Row

SEED = 5
DRAFTS = 100


def named(holds: Callable[[Traits], object]) -> list[str]:
    """The classes whose traits hold."""
    return [name for name, rule in RULES.items() if holds(rule.traits)]


KEEPING = named(lambda traits: traits.keeps_shape)


@cache
def calls(name: str) -> list[tuple[Draft, Facts]]:
    """Random calls of a class that its rule accepts, with what it states of them."""
    load_hints()
    found = []
    for index in range(DRAFTS):
        one = draft(name, SEED, index)
        try:
            layer = rule_side.read(name, one.options)
            found.append((one, rule_side.facts_of(layer, one.inputs)))
        except SpecError:
            continue
    return found


def first(one: Draft) -> Tensor:
    return one.tensors()[0][2]


@pytest.mark.parametrize("name", RULES)
def test_a_class_keeps_the_shape_if_all_its_calls_do(name: str) -> None:
    kept = [
        (facts.outputs[0].shape, facts.outputs[0].time) == (first(one).shape, first(one).time)
        for one, facts in calls(name)
    ]
    assert all(kept) is traits_of(name).keeps_shape


@pytest.mark.parametrize("name", RULES)
def test_a_class_is_weightless_if_all_its_calls_are(name: str) -> None:
    assert any(facts.weights for _, facts in calls(name)) is not traits_of(name).weightless


@pytest.mark.parametrize("name", named(lambda traits: traits.axes))
def test_every_input_has_the_axes_that_are_declared(name: str) -> None:
    assert {first(one).rank for one, _ in calls(name)} == {traits_of(name).axes}


@pytest.mark.parametrize("name", named(lambda traits: traits.keeps_features))
def test_the_last_axis_keeps_its_size(name: str) -> None:
    for one, facts in calls(name):
        if one.options.get("data_format") != "channels_first":
            assert facts.outputs[0].features == first(one).features, one


@pytest.mark.parametrize("name", named(lambda traits: traits.weights_by_features))
def test_no_other_axis_counts_for_the_weights(name: str) -> None:
    compared = 0
    for one, facts in calls(name):
        x = first(one)
        if one.options.get("data_format") == "channels_first" or one.options.get("axis", -1) != -1:
            continue
        larger = replace(x, shape=(x.shape[0], *(size + 7 for size in x.shape[1:-1]), x.shape[-1]))
        inputs = {**one.inputs, next(iter(one.inputs)): larger}
        try:
            other = rule_side.facts_of(rule_side.read(name, one.options), inputs)
        except SpecError:  # a state, or a mask, that does not fit
            continue
        compared += 1
        shapes = [weight.shape for weight in facts.weights]
        assert [weight.shape for weight in other.weights] == shapes, one
    assert compared > 5


@pytest.mark.parametrize("name", named(lambda traits: traits.gates))
def test_the_kernel_has_the_columns_of_all_gates(name: str) -> None:
    for one, facts in calls(name):
        units = facts.outputs[0].features
        columns = [as_expr(weight.shape[-1]) for weight in facts.weights[:2]]
        assert columns == [len(traits_of(name).gates) * units] * 2, one


@pytest.mark.parametrize("name", named(lambda traits: traits.states))
def test_the_states_follow_the_output(name: str) -> None:
    traits = traits_of(name)
    returned = [
        len(facts.outputs) - 1
        for one, facts in calls(name)
        if traits.is_cell or one.options.get("return_state")
    ]
    assert set(returned) == {traits.states}


@pytest.mark.parametrize("name", RULES)
def test_what_traits_name_is_there(name: str) -> None:
    rule = RULES[name]
    traits = rule.traits
    assert {*traits.fused_kernel, *traits.old_names, *traits.old_names.values()} <= {*rule.options}
    assert not any(rule.options[option].required for option in traits.always_written)
    assert {traits.makes_of_list, traits.projections} - {""} <= {*RULES}
    assert not traits.class_name or ALIASES[traits.class_name] == name


def test_nothing_is_known_of_a_class_without_a_rule() -> None:
    assert traits_of("MyAttention") == Traits()


def test_an_alias_is_the_same_class() -> None:
    assert traits_of("MaxPool1D") is traits_of("MaxPooling1D")


T = symbol("T", 7)
SEQUENCES = {"filters": const(4), "kernel_size": const(3), "return_sequences": True}


def reader(kind: str, rank: int) -> Layer:
    """A layer on tensors of a rank that has time on axis 1 of them."""
    conv_lstm = Layer(f"ConvLSTM{rank - 3}D", "conv_lstm", SEQUENCES)
    if kind == "Bidirectional":
        return Layer(kind, "reader", {"layer": conv_lstm})
    return Layer(kind, "reader", {"layer": Layer("Flatten", "flatten", {})}) if kind else conv_lstm


def row(shape: tuple[Size, ...], *layers: Layer) -> Row:
    """The row of the last of some layers, on an input whose time axis is not stated."""
    sources = ["input", *(layer.name for layer in layers)]
    nodes = tuple(
        Node(layer.name, layer, (Ref(source),))
        for layer, source in zip(layers, sources, strict=False)
    )
    given = Input("input", (symbol("batch"), *map(as_expr, shape)))
    return analyse(Graph("model", "", {"T": T}, (given,), nodes, (Ref(sources[-1]),))).top[-1]


def taken(name: str, rank: int) -> tuple[Layer, tuple[Size, ...]] | None:
    """A configured layer and an input of a rank that it takes; None where it takes none."""
    for given in options(RULES[name]):
        for features in (32, 3):
            layer, shape = Layer(name, "keeps", given), (T, *(9,) * (rank - 3), features)
            try:
                row(shape, layer)
            except SpecError:
                continue
            return layer, shape
    return None


CASES = {
    (name, rank): found
    for name in KEEPING
    for rank in (4, 5, 6)
    if (found := taken(name, rank)) is not None
}


def test_every_class_that_keeps_the_shape_is_tried() -> None:
    assert set(KEEPING) - {name for name, _ in CASES} == {"SpatialDropout1D"}  # of 3 axes only


@pytest.mark.parametrize("within", [False, True], ids=["alone", "in a model"])
@pytest.mark.parametrize("kind", ["", "TimeDistributed", "Bidirectional"])
@pytest.mark.parametrize(("name", "rank"), CASES)
def test_a_layer_that_keeps_the_shape_does_not_hide_the_steps(
    name: str, rank: int, kind: str, *, within: bool
) -> None:
    layer, shape = CASES[name, rank]
    time = row(shape, model_of(layer) if within else layer, reader(kind, rank)).time
    assert time is not None
    assert (time.axis, time.steps) == (1, T)


@pytest.mark.parametrize("name", named(lambda traits: traits.joins))
def test_layers_that_join_tensors_do_not_hide_the_steps(name: str) -> None:
    shape = (symbol("batch"), T, const(8), const(8), const(3))
    given = tuple(Input(each, shape) for each in ("one", "other"))
    joined = Node("joined", Layer(name, "joined", {}), (Ref("one"), Ref("other")), listed=True)
    read = Node("reader", reader("", 5), (Ref("joined"),))
    graph = Graph("model", "", {"T": T}, given, (joined, read), (Ref("reader"),))
    time = analyse(graph).top[-1].time
    assert time is not None
    assert (time.axis, time.steps) == (1, T)


def model_of(layer: Layer) -> Layer:
    """A model that is just this layer."""
    node = Node(layer.name, layer, (Ref("given"),))
    graph = Graph("inner", "", {}, (Input("given", None),), (node,), (Ref(layer.name),))
    return Layer("Sequential", "inner", {}, graph=graph)


@pytest.mark.keras
@pytest.mark.parametrize("name", named(lambda traits: traits.joins))
def test_the_order_of_what_is_joined_matters_in_keras_where_no_trait_denies_it(name: str) -> None:
    import numpy

    import keras

    layer = getattr(keras.layers, name)()
    a, b = numpy.array([[1.0, 5.0]]), numpy.array([[3.0, 2.0]])
    same = numpy.array_equal(layer([a, b]), layer([b, a]))
    assert same is traits_of(name).commutes
