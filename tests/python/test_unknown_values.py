"""Arguments whose values code takes from elsewhere: named on their row, never replaced silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seqinspect
from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.compare.diff import Side, differences
from seqinspect.errors import SpecError
from seqinspect.output.report.time_notes import row_remarks, time_note
from seqinspect.readers.spec import read_models
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph
    from seqinspect.readers.found import FoundModel

CODE = """\
import keras
from keras import Input, Sequential, layers
def build(value, last):
    model = Sequential([Input((10, 8)), {layer}])
    return model
"""


def models(layer: str) -> list[FoundModel]:
    return read_models(CODE.format(layer=layer).encode(), name="a.py", infer=output_shape)


def graph_of(layer: str) -> Graph:
    (found,) = models(layer)
    return found.graph_or_raise()


def note(layer: str) -> str:
    row = analyse(graph_of(layer)).rows[0]
    return "; ".join((time_note(row), *row_remarks(row)))


@pytest.mark.parametrize(
    ("layer", "argument"),
    [
        ("layers.Dropout(value)", "rate"),
        ("layers.Dropout(p=value)", "rate"),
        ("layers.GaussianNoise(stddev=value)", "stddev"),
        ("layers.Masking(value)", "mask_value"),
        ("layers.Activation(value)", "activation"),
        ("layers.Dense(4, activation=value)", "activation"),
        ("layers.Dense(4, W_regularizer=value)", "kernel_regularizer"),
        ("layers.Bidirectional(layers.LSTM(4, dropout=value))", "dropout"),
        ("layers.TimeDistributed(layers.Dense(2, kernel_initializer=value))", "kernel_initializer"),
    ],
)
def test_the_row_names_what_is_not_known(layer: str, argument: str) -> None:
    assert f"{argument} is not known: `value`, line 4" in note(layer)


def test_a_layer_in_the_place_of_an_activation_is_not_read() -> None:
    text = note("layers.Dense(4, activation=layers.LeakyReLU())")
    assert "activation is not known: `layers.LeakyReLU()`, line 4" in text
    with pytest.raises(SpecError, match="may have weights of its own"):
        graph_of("layers.Dense(4, activation=layers.PReLU())")


def test_nothing_is_said_that_only_some_values_make_true() -> None:
    assert "steps whose features all equal 0 " in note("layers.Masking()")
    assert "all equal" not in note("layers.Masking(value)")


def test_a_flag_is_followed_both_ways() -> None:
    both = models("layers.GRU(6, return_sequences=last)")
    assert [each.name for each in both] == ["model", "model (not last)"]
    assert both[1].aliases[-1] == "model_2"
    ranks = [len(analyse(each.graph_or_raise()).rows[0].outputs[0].symbolic) for each in both]
    assert ranks == [3, 2]


def test_a_word_on_which_the_shape_hangs_leaves_the_row_open() -> None:
    assert "`padding=value`" in note("layers.Conv1D(4, 3, padding=value)")
    with pytest.raises(SpecError, match="`padding=value`"):
        convert_graph(graph_of("layers.Conv1D(4, 3, padding=value)"), "yaml")


@pytest.mark.parametrize("form", ["yaml", "json", "python"])
def test_a_required_one_is_not_converted(form: str) -> None:
    with pytest.raises(SpecError, match="rate is not known: `value`, line 4"):
        convert_graph(graph_of("layers.Dropout(value)"), form)


def test_an_optional_one_is_left_out_with_a_comment_where_there_are_comments() -> None:
    graph = graph_of("layers.Dense(4, kernel_initializer=value)")
    remark = "kernel_initializer is not known: `value`, line 4"
    assert f"# {remark}" in convert_graph(graph, "yaml")
    assert f"# dense: {remark}" in convert_graph(graph, "python")
    with pytest.raises(SpecError, match=remark):
        convert_graph(graph, "json")


def test_a_difference_from_a_known_value_is_shown() -> None:
    old, new = graph_of("layers.Dropout(value)"), graph_of("layers.Dropout(0.5)")
    assert not differences(Side(old, analyse(old)), Side(new, analyse(new))).same
    assert differences(Side(old, analyse(old)), Side(old, analyse(old))).same


def test_objects_of_keras_are_kept() -> None:
    text = convert_graph(
        graph_of(
            "layers.Dense(4, kernel_initializer=keras.initializers.RandomNormal(0., 0.1),"
            " bias_regularizer=keras.regularizers.l1_l2(0.01, 0.02))"
        ),
        "yaml",
    )
    assert "{RandomNormal: {stddev: 0.1}}" in text
    assert "{L1L2: {l1: 0.01, l2: 0.02}}" in text


@pytest.mark.parametrize("wrapper", ["TimeDistributed", "Bidirectional"])
def test_a_model_is_checked_whose_wrapper_applies_what_is_not_known(wrapper: str) -> None:
    code = CODE.format(layer=f"layers.{wrapper}(value), layers.Dense(1, activation='softmax')")
    outcome = seqinspect.check(code, static=True)
    assert "SEQ405" in {finding.code for finding in outcome.findings}
