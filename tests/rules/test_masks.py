"""Which layers take, carry and lose a mask, judged by what Keras itself hands on."""

from __future__ import annotations

import inspect
import warnings
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.mask_relation import (
    carried,
    made_mask,
    masked_outputs,
    output_mask,
    takes_mask,
)
from seqinspect.analysis.tracing import TracedTensor
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.model.masks import Made, Mask
from seqinspect.rules import RULES, traits_of
from tests.rules.judge import keras_side, rule_side
from tests.rules.judge.draw import draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

pytestmark = pytest.mark.keras

SEED = 31
DRAFTS = 20
LATE = frozenset({"Pipeline", "ReversibleEmbedding"})
"""Layers that set their mask when they run, which a symbolic call does not show."""

Masked = set[int]
"""Which tensors of a draft carry a mask, as they count."""


@pytest.fixture(scope="module", autouse=True)
def hints() -> None:
    load_hints()
    runtime.load()


def masked_tensors(layer: str, index: int, one: Draft) -> Masked:
    """Choose some of what a layer is called on, where Keras looks for masks."""
    calls = RULES[layer].calls
    first = next(iter(calls))
    random = Random(f"{layer} {index}")
    return {
        place
        for place, (argument, _, x) in enumerate(one.tensors())
        if argument == first or f"{argument}_mask" in calls
        if x.time is not None and x.dtype != "bool" and random.random() < 0.75
    }


def drafts(layer: str) -> list[tuple[Draft, Masked, Layer, Facts]]:
    """Configurations that have a mask and that the rule accepts."""
    found = []
    for index in range(DRAFTS):
        one = draft(layer, SEED, index)
        masked = masked_tensors(layer, index, one)
        if one.spoiled or not masked or "mask" in one.inputs:
            continue
        try:
            read = rule_side.read(one.layer, one.options)
            found.append((one, masked, read, rule_side.facts_of(read, one.inputs)))
        except SpecError:
            continue
    return found


def call(one: Draft, masked: Masked, layer: Layer) -> tuple[list[bool], bool] | None:
    """Which outputs have a mask in Keras, and whether it warned; None where Keras refuses."""
    keras: Any = runtime.load()
    tensors = []
    for place, (_, _, x) in enumerate(one.tensors()):
        shape = tuple(size.value for size in x.shape)
        tensor = keras.KerasTensor(shape, dtype=x.dtype)
        if place in masked:
            tensor._keras_mask = keras.KerasTensor(shape[:2], dtype="bool")
        tensors.append(tensor)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outputs = keras_side.called(keras_side.built(one, layer), one, tensors)
        except Exception:  # masks of several shapes do not go together
            return None
    warned = any("does not support masking" in str(warning.message) for warning in caught)
    return [getattr(output, "_keras_mask", None) is not None for output in outputs], warned


def stated(one: Draft, masked: Masked, layer: Layer, facts: Facts) -> list[bool]:
    """Which outputs have a mask, as it is declared at the rule."""
    first = next(iter(RULES[one.layer].calls))
    tensors: list[Tensor] = [x for argument, _, x in one.tensors() if argument == first]
    masks = tuple(
        carried(Mask(x.shape[:2], Made("before")), TracedTensor(x, {})) if place in masked else None
        for place, x in enumerate(tensors)
    )
    found = output_mask(layer, tensors, masks)
    if traits_of(layer.type).makes_mask:
        found = made_mask(layer, "here", TracedTensor(tensors[0], {}))
    count = len(facts.outputs)
    return [found is not None and at in masked_outputs(layer, count) for at in range(count)]


@pytest.mark.parametrize("layer", sorted(set(RULES) - LATE))
def test_a_rule_hands_a_mask_on_as_keras_does(layer: str) -> None:
    with runtime.weightless():
        for one, masked, read, facts in drafts(layer):
            found = call(one, masked, read)
            if found is None:
                continue
            masks, warned = found
            assert stated(one, masked, read, facts) == masks, one
            if traits_of(layer).mask != "within":  # where the layer within says so
                assert warned is (traits_of(layer).mask == "stops" and not any(masks)), one


@pytest.mark.parametrize("layer", sorted(RULES))
def test_a_layer_uses_a_mask_if_its_call_takes_one(layer: str) -> None:
    with runtime.weightless():
        for one, _, read, _ in drafts(layer)[:3]:
            try:
                made: Any = keras_side.built(one, read)
            except keras_side.KerasRefuses:
                continue  # a package that it needs is not installed
            if layer == "TimeDistributed":
                made = made.layer
            names = inspect.signature(made.call).parameters
            takes = "mask" in names or "query_mask" in names
            assert takes_mask(read) is takes, one


def test_an_embedding_that_can_be_reversed_sets_its_mask_when_it_runs() -> None:
    import numpy as np

    with runtime.isolated():
        keras: Any = runtime.load()
        for mask_zero in (True, False):
            layer = keras.layers.ReversibleEmbedding(5, 3, mask_zero=mask_zero)
            output = layer(np.array([[1, 0, 2]]))
            has = getattr(output, "_keras_mask", None) is not None
            read = rule_side.read(
                "ReversibleEmbedding",
                {"input_dim": 5, "output_dim": 3, "mask_zero": mask_zero},
            )
            x = TracedTensor(draft("Embedding", SEED, 0).tensors()[0][2], {})
            assert (made_mask(read, "here", x) is not None) is has is mask_zero
