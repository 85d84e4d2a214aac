"""What no rule states: named, never run, unknown and not 0; and what can still be said after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seqinspect import Report, SpecError, analyse, read_spec

Config = dict[str, Any]


def layer(kind: str, /, **config: object) -> Config:
    return {"class_name": kind, "config": config}


def described(*layers: Config) -> Report:
    config = {"class_name": "Sequential", "keras_version": "2.4.0", "config": list(layers)}
    return analyse(read_spec(json.dumps(config).encode(), name="model.json"))


INPUT = layer("InputLayer", batch_input_shape=[None, 10, 8], name="x")


def test_a_class_of_the_author_makes_the_total_a_lower_bound() -> None:
    report = described(INPUT, layer("Dense", units=4), layer("Mine", alpha=3), layer("Dropout",
                       rate=0.1), layer("Dense", units=2), layer("Dense", units=5))  # fmt: skip
    dense, mine, dropout, after, last = report.top
    assert dense.complete
    assert dense.params == 36
    assert not mine.complete
    assert mine.outputs[0].unknown
    assert "author's own" in mine.opaque
    assert dropout.complete  # it has no weights, whatever it reads
    assert not after.complete  # how many features it reads is not known
    assert last.complete
    assert last.params == 2 * 5 + 5  # it reads the 2 of the one before
    assert not report.complete
    assert report.params == 36 + 15
    assert report.causal is None


def test_what_the_config_says_of_shapes_is_used() -> None:
    mine = layer("Mine")
    dense = {**layer("Dense", units=2), "build_config": {"input_shape": [None, 10, 6]}}
    report = described(INPUT, mine, dense)
    assert report.top[0].outputs[0].shape == (None, 10, 6)
    assert report.top[1].params == 6 * 2 + 2
    assert not report.complete


def test_a_lambda_has_no_weights_and_is_not_run() -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=\n"}}
    report = described(INPUT, layer("Lambda", function=code, output_shape=[3]))
    row = report.top[0]
    assert row.complete
    assert "never run" in row.opaque
    assert row.outputs[0].shape == (None, 3)


def test_arguments_that_nobody_knows_make_a_layer_opaque() -> None:
    row = described(INPUT, layer("Dense", units=4, magic=True)).top[0]
    assert not row.complete
    assert "`magic`" in row.opaque


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("activation", "mish_of_mine"),
        ("activation", {"class_name": "function", "module": "builtins", "config": "mine"}),
        ("activation", {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}),
        ("activation", {"class_name": "LeakyReLU", "module": "keras.layers", "config": {}}),
        ("kernel_initializer", {"class_name": "MyInit", "config": {}}),
        ("kernel_constraint", {"class_name": "Clip", "config": {"min": 1}}),
    ],
)
def test_functions_of_the_author_are_named_and_change_no_count(
    argument: str, value: object
) -> None:
    row = described(INPUT, layer("Dense", units=4, **{argument: value})).top[0]
    assert row.params == 36
    assert argument in row.translated


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("activation", {"class_name": "function", "module": "keras.datasets.mnist",
                        "config": "load_data"}),
        ("kernel_regularizer", {"class_name": "R", "module": "evil", "config": {}}),
        ("units", {"class_name": "__numpy__", "config": {"value": [1]}}),
    ],
)  # fmt: skip
def test_what_stays_an_error(argument: str, value: object) -> None:
    with pytest.raises(SpecError, match=argument):
        described(INPUT, layer("Dense", **{"units": 4, argument: value}))


def functional(*layers: tuple[Config, object], outputs: str | list[str]) -> Report:
    """Layers with their inbound nodes, all named by their configs."""
    names = [outputs] if isinstance(outputs, str) else outputs
    items = [
        {**item, "name": item["config"]["name"], "inbound_nodes": nodes} for item, nodes in layers
    ]
    config = {"name": "m", "layers": items, "input_layers": [["x", 0, 0]],
              "output_layers": [[name, 0, 0] for name in names]}  # fmt: skip
    model = {"class_name": "Functional", "keras_version": "2.4.0", "config": config}
    return analyse(read_spec(json.dumps(model).encode(), name="model.json"))


def test_operations_have_shapes_and_no_weights() -> None:
    add = layer("TFOpLambda", name="tf.add", function="math.add")
    cut = layer("SlicingOpLambda", name="cut", function="__operators__.getitem")
    spec = [{"start": None, "stop": None, "step": None}, {"start": 2, "stop": None, "step": None}]
    report = functional(
        (INPUT, []),
        (layer("LSTM", name="l", units=8, return_sequences=True), [[["x", 0, 0, {}]]]),
        (add, [["l", 0, 0, {"y": ["x", 0, 0], "name": None}]]),
        (cut, [["tf.add", 0, 0, {"slice_spec": spec}]]),
        (layer("Dense", name="d", units=1), [[["cut", 0, 0, {}]]]),
        outputs="d",
    )
    rows = {row.name: row for row in report.top}
    assert rows["tf.add"].outputs[0].shape == (None, 10, 8)
    assert rows["cut"].outputs[0].shape == (None, 8, 8)
    assert report.complete
    assert report.params == 4 * 8 * (8 + 8 + 1) + 9
    assert report.causal is None  # where the steps of a slice come from is not followed


def test_the_time_of_elementwise_operations_is_known() -> None:
    add = layer("TFOpLambda", name="tf.add", function="math.add")
    report = functional(
        (INPUT, []),
        (layer("LSTM", name="l", units=8, return_sequences=True), [[["x", 0, 0, {}]]]),
        (add, [["l", 0, 0, {"y": ["x", 0, 0]}]]),
        outputs="tf.add",
    )
    assert report.causal is True


def test_one_opaque_output_leaves_the_causality_open() -> None:
    lstm = layer("LSTM", name="l", units=8, return_sequences=True)
    calls: list[tuple[Config, object]] = [(INPUT, []), (lstm, [[["x", 0, 0, {}]]])]
    assert functional(*calls, outputs="l").causal is True
    calls.append((layer("Mine", name="mine"), [[["x", 0, 0, {}]]]))
    assert functional(*calls, outputs="l").causal is True
    assert functional(*calls, outputs=["l", "mine"]).causal is None


def test_not_equal_of_mask_zero() -> None:
    report = functional(
        (layer("InputLayer", batch_input_shape=[None, 10], name="x"), []),
        (layer("NotEqual", name="mask"), [{"args": [
            {"class_name": "__keras_tensor__", "config": {"shape": [None, 10], "dtype": "int32",
                                                          "keras_history": ["x", 0, 0]}}, 0],
            "kwargs": {}}]),
        outputs="mask",
    )  # fmt: skip
    output = report.top[0].outputs[0]
    assert output.shape == (None, 10)
    assert output.dtype == "bool"


def test_a_class_named_under_custom_is_opaque_and_a_typo_stays_an_error() -> None:
    text = "custom: {Mine: pkg.mod:Mine}\ninput: [4]\nlayers: [{Mine: {x: 1}}, {Dense: 2}]"
    report = analyse(read_spec(text.encode(), name="spec.yaml"))
    assert "pkg.mod:Mine" in report.top[0].opaque
    assert not report.complete
    with pytest.raises(SpecError, match="LSTM"):
        read_spec(b"input: [4, 2]\nlayers: [{LTSM: 3}]", name="spec.yaml")


def test_opaque_within_a_model_within() -> None:
    inner = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        INPUT, layer("Mine", name="mine"), layer("Dense", name="d", units=3)]}}  # fmt: skip
    report = described(INPUT, inner)
    assert [row.complete for row in report.rows] == [False, False, False]
    assert not report.complete


def test_the_table_says_what_is_not_known() -> None:
    from seqinspect.output import json as as_json
    from seqinspect.output import table

    report = described(INPUT, layer("Mine"), layer("Dense", units=2))
    shown = table.render([report])
    assert "not known: 2 layers have weights that are not known" in shown
    assert "not known: a class of the author's own" in shown
    assert "Causal" in shown
    assert "does not apply" not in shown
    data = as_json.as_data(report, "0")
    mine = data["layers"][0]
    assert mine["params"] is mine["formula"] is mine["outputs"][0]["shape"] is None
    assert mine["opaque"] == "a class of the author's own"
    assert data["totals"]["at_least"] is True
    assert data["totals"]["multiply_adds"] is None
