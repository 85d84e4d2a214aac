"""Which layers use, carry and lose a mask, judged by what Keras itself hands on."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.masks import MaskTrace, trace_mask, uses_masks
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.rules import RULES
from tests.rules.judge import keras_side, rule_side
from tests.rules.judge.draw import draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Layer
    from tests.rules.judge.draw import Draft

pytestmark = pytest.mark.keras

SEED = 31
DRAFTS = 20
LATE = frozenset({"Pipeline", "ReversibleEmbedding"})
"""Layers that set their mask when they run, which a symbolic call does not show."""


@pytest.fixture(scope="module", autouse=True)
def hints() -> None:
    load_hints()
    runtime.load()


def masked_draft(layer: str, index: int) -> Draft:
    """A configuration with masks on some of what it is called on, where Keras looks for them."""
    one = draft(layer, SEED, index)
    calls = RULES[layer].calls
    first = next(iter(calls))
    random = Random(f"{layer} {index}")
    for argument, place, x in one.tensors():
        looked_at = argument == first or f"{argument}_mask" in calls
        if looked_at and x.time is not None and x.dtype != "bool" and random.random() < 0.75:
            one = one.with_tensor(argument, place, replace(x, masked=True))
    return one


def drafts(layer: str) -> list[tuple[Draft, Layer, Facts]]:
    """Configurations that have a mask and that the rule accepts."""
    found = []
    for index in range(DRAFTS):
        one = masked_draft(layer, index)
        if one.spoiled or not any(x.masked for _, _, x in one.tensors()):
            continue
        try:
            read = rule_side.read(one.layer, one.options)
            found.append((one, read, rule_side.facts_of(read, one.inputs)))
        except SpecError:
            continue
    return found


def call(one: Draft, layer: Layer) -> tuple[list[bool], bool] | None:
    """Which outputs have a mask in Keras, and whether it warned; None where Keras refuses."""
    keras: Any = runtime.load()
    tensors = []
    for _, _, x in one.tensors():
        shape = tuple(size.value for size in x.shape)
        tensor = keras.KerasTensor(shape, dtype=x.dtype)
        if x.masked:
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


@pytest.mark.parametrize("layer", sorted(set(RULES) - LATE))
def test_a_rule_hands_a_mask_on_as_keras_does(layer: str) -> None:
    with runtime.weightless():
        for one, read, facts in drafts(layer):
            found = call(one, read)
            if found is None:
                continue
            masks, warned = found
            assert [x.masked for x in facts.outputs] == masks, one
            incoming = [(x, MaskTrace("before") if x.masked else None) for _, _, x in one.tensors()]
            mask, _ = trace_mask("here", read, facts, incoming)
            if mask is not None and mask.ended == "here" and not mask.uses:
                assert mask.warned is warned, one


@pytest.mark.parametrize("layer", sorted(RULES))
def test_a_layer_uses_a_mask_if_its_call_takes_one(layer: str) -> None:
    with runtime.weightless():
        for one, read, _ in drafts(layer)[:3]:
            try:
                made: Any = keras_side.built(one, read)
            except keras_side.KerasRefuses:
                continue  # a package that it needs is not installed
            if layer == "TimeDistributed":
                made = made.layer
            names = inspect.signature(made.call).parameters
            takes = "mask" in names or "query_mask" in names
            assert uses_masks(read) is takes, one


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
            x = draft("Embedding", SEED, 0).tensors()[0][2]
            facts = rule_side.facts_of(read, {"inputs": replace(x, masked=False)})
            assert facts.outputs[0].masked is has is mask_zero
