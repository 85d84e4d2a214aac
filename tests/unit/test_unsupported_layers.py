"""What no rule states: named, never run, unknown and not 0; and what can still be said after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seqinspect import Report, SpecError, analyse, read_spec
from seqinspect.model.reasons import UnknownArguments
from seqinspect.output.report.time_notes import unsupported_note
from seqinspect.rules.reason_text import translation_text

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
    assert mine.outputs[0].unknown_shape
    assert "custom" in unsupported_note(mine)
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
    assert "never run" in unsupported_note(row)
    assert row.outputs[0].shape == (None, 3)


def test_arguments_that_nobody_knows_make_a_layer_unsupported() -> None:
    row = described(INPUT, layer("Dense", units=4, magic=True)).top[0]
    assert not row.complete
    assert "`magic`" in unsupported_note(row)


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
    assert argument in translation_text(row.translated)


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
    assert report.causal is False  # step t of the 8 is step t+2 of the input, which it sees


def test_the_time_of_elementwise_operations_is_known() -> None:
    add = layer("TFOpLambda", name="tf.add", function="math.add")
    report = functional(
        (INPUT, []),
        (layer("LSTM", name="l", units=8, return_sequences=True), [[["x", 0, 0, {}]]]),
        (add, [["l", 0, 0, {"y": ["x", 0, 0]}]]),
        outputs="tf.add",
    )
    assert report.causal is True


ALL = {"start": None, "stop": None, "step": None}


def part(start: int | None = None, stop: int | None = None, step: int | None = None) -> Config:
    return {"start": start, "stop": stop, "step": step}


def of_slices(*parts: object) -> Config:
    return {"slice_spec": list(parts)}


# What each makes of (batch, 10, 8), and which steps its step t depends on: None where it has no
# time axis and the whole of it depends on these steps.
OPERATIONS: dict[str, tuple[str, Config, list[int | None], str, str]] = {
    "x[:, -1]": ("__operators__.getitem", of_slices(ALL, -1), [None, 8], "10−1", "10−1"),
    "x[:, 0, :]": ("__operators__.getitem", of_slices(ALL, 0, ALL), [None, 8], "0", "0"),
    "x[:, 2:6]": ("__operators__.getitem", of_slices(ALL, part(2, 6)), [None, 4, 8],
                  "t+2", "t+2"),
    "x[:, -3:]": ("__operators__.getitem", of_slices(ALL, part(-3)), [None, 3, 8], "t+7", "t+7"),
    "x[:, ::2]": ("__operators__.getitem", of_slices(ALL, part(step=2)), [None, 5, 8],
                  "2×t", "2×t"),
    "x[:, 5:1:-1]": ("__operators__.getitem", of_slices(ALL, part(5, 1, -1)), [None, 4, 8],
                     "5−t", "5−t"),
    "x[:, 8:1:-2]": ("__operators__.getitem", of_slices(ALL, part(8, 1, -2)), [None, 4, 8],
                     "2×(4−t)", "2×(4−t)"),
    "x[:, ::-1]": ("__operators__.getitem", of_slices(ALL, part(step=-1)), [None, 10, 8],
                   "10−t−1", "10−t−1"),
    "x[..., 0:2]": ("__operators__.getitem",
                    of_slices({"class_name": "__ellipsis__"}, part(0, 2)), [None, 10, 2],
                    "t", "t"),
    "x[..., None]": ("__operators__.getitem", of_slices({"class_name": "__ellipsis__"}, None),
                     [None, 10, 8, 1], "t", "t"),
    "strided_slice": ("strided_slice", {"begin": [0, 1, 0], "end": [0, 4, 0],
                      "strides": [1, 1, 1], "begin_mask": 5, "end_mask": 5}, [None, 3, 8],
                      "t+1", "t+1"),
    "slice": ("slice", {"begin": [0, 1, 0], "size": [-1, 3, -1]}, [None, 3, 8], "t+1", "t+1"),
    "mean over steps": ("math.reduce_mean", {"axis": 1}, [None, 8], "0", "10−1"),
    "mean over features": ("math.reduce_mean", {"axis": [-1], "keepdims": True}, [None, 10, 1],
                           "t", "t"),
    "argmax": ("math.argmax", {"axis": -1}, [None, 10], "t", "t"),
    "softmax over steps": ("nn.softmax", {"axis": 1}, [None, 10, 8], "0", "10−1"),
    "softmax over features": ("nn.softmax", {"axis": -1}, [None, 10, 8], "t", "t"),
    "cumsum": ("math.cumsum", {"axis": 1}, [None, 10, 8], "0", "t"),
    "expand_dims": ("expand_dims", {"axis": 1}, [None, 1, 10, 8], "t", "t"),
    "transpose": ("transpose", {"perm": [0, 2, 1]}, [None, 8, 10], "t", "t"),
    "reshape": ("reshape", {"shape": [-1, 10, 4, 2]}, [None, 10, 4, 2], "t", "t"),
    "reshape into one vector": ("reshape", {"shape": [-1, 80]}, [None, 80], "0", "10−1"),
    "one_hot": ("one_hot", {"depth": 3}, [None, 10, 8, 3], "t", "t"),
}  # fmt: skip


@pytest.mark.parametrize("case", OPERATIONS)
def test_what_operations_make_and_read(case: str) -> None:
    function, constants, shape, first, last = OPERATIONS[case]
    operation = layer("TFOpLambda", name="op", function=function)
    if "slice_spec" in constants:
        operation = layer("SlicingOpLambda", name="op", function=function)
    report = functional(
        (INPUT, []),
        (operation, [["x", 0, 0, constants]]),
        (layer("Activation", name="a", activation="linear"), [[["op", 0, 0, {}]]]),
        outputs="a",
    )
    op, after = report.top
    assert list(op.outputs[0].shape) == shape
    assert op.complete
    assert op.params == 0
    assert after.time is not None
    (depends,) = after.time.depends
    assert (str(depends.first), str(depends.last)) == (first, last)


def test_operations_on_two_tensors() -> None:
    """q·kᵀ attends to every step of k, for each step of q by itself."""
    lstm = layer("LSTM", name="k", units=8, return_sequences=True)
    product = layer("TFOpLambda", name="scores", function="linalg.matmul")
    stack = layer("TFOpLambda", name="pair", function="stack")
    report = functional(
        (INPUT, []),
        (lstm, [[["x", 0, 0, {}]]]),
        (product, [["x", 0, 0, {"b": ["k", 0, 0], "transpose_b": True}]]),
        (stack, [[["x", 0, 0, {"axis": 2}], ["k", 0, 0, {"axis": 2}]]]),
        outputs=["scores", "pair"],
    )
    scores, pair = report.top[1:]
    assert list(scores.outputs[0].shape) == [None, 10, 10]
    assert list(pair.outputs[0].shape) == [None, 10, 2, 8]
    assert report.causal is False


def test_parts_are_outputs_of_their_own() -> None:
    split = layer("TFOpLambda", name="split", function="split")
    report = functional(
        (INPUT, []),
        (split, [["x", 0, 0, {"num_or_size_splits": [3, 7], "axis": 1}]]),
        (layer("Dense", name="d", units=1), [[["split", 0, 1, {}]]]),
        outputs="d",
    )
    split_row, dense = report.top
    assert [list(output.shape) for output in split_row.outputs] == [[None, 3, 8], [None, 7, 8]]
    assert dense.time is not None
    assert [str(each.first) for each in dense.time.depends] == ["t+3"]


def test_operations_of_tensorflow_1() -> None:
    """TensorFlowOpLayer holds constants by the place of the input, and attributes as protocols."""

    def op(name: str, kind: str, attributes: Config, constants: Config) -> Config:
        definition = {"name": kind, "op": kind, "input": ["x"], "attr": attributes}
        return layer("TensorFlowOpLayer", name=name, node_def=definition, constants=constants)

    mean = op("mean", "Mean", {"keep_dims": {"b": True}, "T": {"type": "DT_FLOAT"}}, {"1": [1]})
    image = layer("InputLayer", batch_input_shape=[None, 4, 4, 8], name="x")
    space = op("space", "DepthToSpace", {"block_size": {"i": "2"}, "data_format": {"s": "TkhXQw=="},
               "T": {"type": "DT_FLOAT"}}, {})  # fmt: skip
    report = functional((INPUT, []), (mean, [[["x", 0, 0, {}]]]), outputs="mean")
    assert list(report.top[0].outputs[0].shape) == [None, 1, 8]
    report = functional((image, []), (space, [[["x", 0, 0, {}]]]), outputs="space")
    assert list(report.top[0].outputs[0].shape) == [None, 8, 8, 2]


def test_an_operation_of_keras_3_without_a_module() -> None:
    """HDF5 files of Keras 3 keep no modules: an operation says nothing of training."""
    history = {"class_name": "__keras_tensor__", "config": {
        "shape": [None, 10, 8], "dtype": "float32", "keras_history": ["x", 0, 0]}}  # fmt: skip
    given = {"class_name": "InputLayer", "config": {"batch_shape": [None, 10, 8], "name": "x"}}
    multiply = {"class_name": "Multiply", "config": {"name": "multiply"}, "name": "multiply",
                "inbound_nodes": [{"args": [history, 2.0], "kwargs": {}}]}  # fmt: skip
    config = {"name": "m", "layers": [{**given, "name": "x", "inbound_nodes": []}, multiply],
              "input_layers": [["x", 0, 0]], "output_layers": [["multiply", 0, 0]]}  # fmt: skip
    model = {"class_name": "Functional", "config": config}
    report = analyse(read_spec(json.dumps(model).encode(), name="model.json"))
    assert unsupported_note(report.top[0]) == "an operation: Multiply"
    assert report.complete


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
    assert "pkg.mod:Mine" in unsupported_note(report.top[0])
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
    from seqinspect.output.report import json as as_json
    from tests.rendered import described as rendered

    report = described(INPUT, layer("Mine"), layer("Dense", units=2))
    shown = rendered(report)
    assert "not known: 2 layers have weights that are not known" in shown
    assert "not known: a custom class" in shown
    assert "Causal" in shown
    assert "does not apply" not in shown
    data = as_json.as_data(report, "0")
    mine = data["layers"][0]
    assert mine["params"] is mine["formula"] is mine["outputs"][0]["shape"] is None
    assert mine["opaque"] == "a custom class"
    assert data["totals"]["at_least"] is True
    assert data["totals"]["multiply_adds"] is None


@pytest.mark.parametrize("policy", ["QuantizedDTypePolicy", "DTypePolicyMap"])
def test_a_dtype_policy_that_is_not_read_leaves_the_layer_open(policy: str) -> None:
    """Keras 3.15.1 builds Dense with an int8 kernel and a scale from int8_from_float32."""
    float16 = {"class_name": "DTypePolicy", "config": {"name": "float16"}}
    inner = {"default_policy": None, "policy_map": {"a": float16}, "mode": "int8"}
    dtype = {"module": "keras", "class_name": policy, "config": inner}
    dense = {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"units": 4, "dtype": dtype},
    }
    shape = {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "dtype": "float32"}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [shape, dense]}}
    (row,) = analyse(read_spec(json.dumps(config).encode())).rows
    assert not row.complete
    assert row.unsupported == UnknownArguments(("dtype",))
