"""The dialect of a spec: what each form means, as a graph."""

import io
import os
import sys
from pathlib import Path

import pytest

from seqinspect.algebra.expression import Expr
from seqinspect.errors import SpecError
from seqinspect.model.graph import Graph, Layer, Ref
from seqinspect.readers.source.limits import Limits
from seqinspect.readers.spec import read_spec

HEAD = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n"


def graph(text: str, **options: object) -> Graph:
    return read_spec(text.encode(), name="spec.yaml", **options)  # type: ignore[arg-type] # as given


def calls(found: Graph) -> list[str]:
    """Each call in one line: its name, its class, what it reads, and the layer it calls again."""
    return [
        f"{node.name} {node.layer.type} <- {', '.join(map(ref, node.sources))}"
        + (f" = {node.reuses}" if node.reuses else "")
        for node in found.nodes
    ]


def ref(which: Ref) -> str:
    return f"{which.name}.{which.output}" if which.output else which.name


def size(layer: Layer, name: str = "units") -> Expr:
    found = layer.arguments[name]
    assert isinstance(found, Expr)
    return found


def inside(layer: Layer) -> Layer:
    found = layer.arguments["layer"]
    assert isinstance(found, Layer)
    return found


def shape(found: Graph, index: int = 0) -> list[str]:
    sizes = found.inputs[index].shape
    assert sizes is not None
    return [size.python() for size in sizes]


def test_the_dialect_of_the_design() -> None:
    found = graph(
        "name: lstm_autoencoder\n"
        "dims: {T: 10, n: 8, u: 2*n}\n"
        "input: [T, n]\n"
        "layers:\n"
        "  - LSTM: {units: u, name: encoder}\n"
        "  - Identity: {}\n"
        "  - LSTM: {units: u, return_sequences: true}\n"
        "    name: decoder\n"
        "  - TimeDistributed: {Dense: n}\n"
        "  - Identity\n"
    )
    assert found.name == "lstm_autoencoder"
    assert calls(found) == [
        "encoder LSTM <- input",
        "identity Identity <- encoder",
        "decoder LSTM <- identity",
        "time_distributed TimeDistributed <- decoder",
        "identity_1 Identity <- time_distributed",
    ]
    assert shape(found) == ["batch", "T", "n"]
    assert found.outputs == (Ref("identity_1"),)
    assert found.sequential
    assert {name: size.value for name, size in found.dims.items()} == {"T": 10, "n": 8, "u": 16}
    assert {name: size.python() for name, size in found.definitions.items()} == {"u": "2*n"}
    decoder = found.nodes[2].layer
    assert decoder.arguments["return_sequences"] is True
    assert str(found.nodes[2].place) == "spec.yaml:7:5"
    assert str(decoder.places["units"]) == "spec.yaml:7:19"


@pytest.mark.parametrize(
    "entry",
    [
        "Dense: n",
        "Dense: {units: n}",
        "class_name: Dense\n    config: {units: 8}",
        "class_name: Dense\n    config: {units: 8}\n    module: keras.layers\n"
        "    registered_name: null\n    build_config: {input_shape: [null, 8]}",
        'Dense: "2*n - n"',
        "Dense: {units: 8, dtype: {class_name: DTypePolicy, config: {name: float32}}}",
    ],
)
def test_forms_of_one_entry(entry: str) -> None:
    layer = graph(f"{HEAD}  - {entry}\n").nodes[0].layer
    assert (layer.type, size(layer).value, layer.name) == ("Dense", 8, "dense")


@pytest.mark.parametrize(
    "name", ["🧑\u200d🔬", "❤\ufe0f", "🏴\U000e0067\U000e007f", "می\u200cخواهم"]
)
def test_a_sign_of_several_characters_is_a_name(name: str) -> None:
    layer = graph(f"{HEAD}  - Dense: {{units: 8, name: {name}}}\n").nodes[0].layer
    assert layer.name == name


def test_plain_numbers_stay_literals_in_formulas() -> None:
    layer = graph(f"{HEAD}  - Dense: 64\n").nodes[0].layer
    assert (size(layer) * 3).text() == "3×64"


@pytest.mark.parametrize(
    "entry",
    [
        "TimeDistributed: {Dense: 4}",
        "TimeDistributed: {layer: {Dense: 4}}",
        "TimeDistributed: {layer: {Dense: {units: 4}}}",
        "TimeDistributed: {Dense: 4, name: time_distributed}",
        "class_name: TimeDistributed\n    config: {layer: {class_name: Dense, config: {units: 4}}}",
    ],
)
def test_forms_of_a_wrapper(entry: str) -> None:
    layer = graph(f"{HEAD}  - {entry}\n").nodes[0].layer
    inner = inside(layer)
    assert (layer.type, layer.name) == ("TimeDistributed", "time_distributed")
    assert (inner.type, inner.name, size(inner).value) == ("Dense", "dense", 4)


def test_a_wrapper_takes_its_own_arguments_beside_the_layer() -> None:
    layer = graph(f"{HEAD}  - Bidirectional: {{LSTM: 4, merge_mode: sum}}\n").nodes[0].layer
    assert layer.arguments["merge_mode"] == "sum"
    assert inside(layer).type == "LSTM"


def test_names_are_those_that_keras_gives_in_a_fresh_process() -> None:
    # Keras 3.15.1: the layer inside a wrapper is created, and counted, before the wrapper.
    found = graph(
        f"{HEAD}  - Dense: 4\n  - TimeDistributed: {{Dense: 4}}\n  - Dense: 4\n"
        "  - Bidirectional: {LSTM: {units: 4, return_sequences: true}}\n  - LSTM: 4\n"
        "  - Sequential: [{Dense: 3}]\n  - Dense: 1\n"
    )
    assert [node.name for node in found.nodes] == [
        "dense",
        "time_distributed",
        "dense_2",
        "bidirectional",
        "lstm_1",
        "sequential",
        "dense_4",
    ]


def test_a_made_up_name_never_takes_one_that_is_written_below() -> None:
    found = graph(f"{HEAD}  - Dense: 4\n  - Dense: {{units: 4, name: dense}}\n")
    assert [node.name for node in found.nodes] == ["dense_1", "dense"]


def test_a_graph_with_two_inputs_and_states() -> None:
    found = graph(
        "dims: {T: 10, n: 8, k: 3}\n"
        "inputs: {history: [T, n], future: {shape: [T, k], dtype: float64}}\n"
        "layers:\n"
        "  - LSTM: {units: n, return_state: true, name: encoder}\n"
        "    from: history\n"
        "  - LSTM: {units: n, return_sequences: true, name: decoder}\n"
        "    from: future\n"
        "    call: {initial_state: [encoder.1, encoder.2]}\n"
        "  - reuse: decoder\n"
        "    from: history\n"
        "outputs: [decoder, encoder.2]\n"
    )
    assert calls(found) == [
        "encoder LSTM <- history",
        "decoder LSTM <- future",
        "decoder_call_2 LSTM <- history = decoder",
    ]
    assert found.nodes[1].call == {"initial_state": (Ref("encoder", 1), Ref("encoder", 2))}
    assert found.outputs == (Ref("decoder"), Ref("encoder", 2))
    assert [given.dtype for given in found.inputs] == ["float32", "float64"]
    assert not found.sequential
    assert found.nodes[2].layer == found.nodes[1].layer
    assert str(found.nodes[2].layer.places["from"]) == "spec.yaml:10:11"


def test_a_source_written_as_a_list_says_so() -> None:
    found = graph(f"{HEAD}  - Dense: 4\n    from: [input]\n  - Dense: 4\n    from: dense\n")
    assert [node.listed for node in found.nodes] == [True, False]


def test_a_name_with_a_dot_and_a_digit_is_found_before_an_output() -> None:
    found = graph(f"{HEAD}  - Dense: 4\n    name: a.1\n  - Dense: 4\n    from: a.1\n")
    assert found.nodes[1].sources == (Ref("a.1"),)


def test_repeat_writes_the_block_out() -> None:
    found = graph(
        f"{HEAD}  - Dense: {{units: 4, name: before}}\n"
        "  - repeat: 2\n"
        "    name: block\n"
        "    layers:\n"
        "      - Dense: {units: n, name: a}\n"
        "      - Dense: n\n"
        "      - Dense: n\n"
        "        from: a\n"
        "      - Dense: n\n"
        "        from: input\n"
        "      - Dense: n\n"
        "        from: dense\n"
        "  - Dense: n\n"
        "    from: block\n"
        "  - Dense: n\n"
        "    from: a_0\n"
    )
    assert calls(found) == [
        "before Dense <- input",
        "a_0 Dense <- before",
        "dense Dense <- a_0",
        "dense_1 Dense <- a_0",
        "dense_2 Dense <- before",
        "dense_3 Dense <- dense",
        "a_1 Dense <- dense_3",
        "dense_4 Dense <- a_1",
        "dense_5 Dense <- a_1",
        "dense_6 Dense <- dense_3",
        "dense_7 Dense <- dense_4",  # `dense` is the second entry's name in the first iteration
        "dense_8 Dense <- dense_7",
        "dense_9 Dense <- a_0",
    ]
    blocks = [node.block and (node.block.name, node.block.index) for node in found.nodes]
    assert blocks == [None, *[("block", 0)] * 5, *[("block", 1)] * 5, None, None]


def test_a_repeat_within_a_repeat() -> None:
    found = graph(
        f"{HEAD}  - repeat: 2\n    layers:\n      - repeat: 2\n        layers:\n"
        "          - Dense: {units: n, name: a}\n"
    )
    assert calls(found) == [
        "a_0_0 Dense <- input",
        "a_0_1 Dense <- a_0_0",
        "a_1_0 Dense <- a_0_1",
        "a_1_1 Dense <- a_1_0",
    ]


def test_repeat_counts_by_the_name_of_a_size() -> None:
    found = graph(f"{HEAD}  - repeat: n//2\n    layers: [Identity]\n")
    assert len(found.nodes) == 4


def test_models_within_the_model() -> None:
    found = graph(
        f"{HEAD}  - Sequential: [{{Dense: 4}}, {{Dense: {{units: 3, name: last}}}}]\n"
        "  - Functional:\n"
        "      name: tail\n"
        "      trainable: false\n"
        "      inputs: {left: [T, 3]}\n"
        "      layers:\n"
        "        - Dense: 2\n"
        "        - Dense: 5\n"
        "          from: left\n"
        "      outputs: [dense_1, dense_2]\n"
    )
    first, second = (node.layer for node in found.nodes)
    assert first.graph is not None
    assert second.graph is not None
    assert calls(first.graph) == ["dense Dense <- input", "last Dense <- dense"]
    assert first.graph.inputs[0].shape is None
    assert (first.graph.sequential, second.graph.sequential) == (True, False)
    assert (second.name, second.graph.name) == ("tail", "tail")
    assert shape(second.graph) == ["batch", "T", "3"]
    assert second.graph.outputs == (Ref("dense_1"), Ref("dense_2"))
    assert [node.layer.arguments["trainable"] for node in second.graph.nodes] == [False, False]
    assert "trainable" not in first.graph.nodes[0].layer.arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input: [T, n]", ["batch", "T", "n"]),
        ("input: {shape: [T, n]}", ["batch", "T", "n"]),
        ("input: {shape: [T, n], batch: 32}", ["32", "T", "n"]),
        ("input: {shape: [T, n], batch: n}", ["n", "T", "n"]),
        ("input: {batch_shape: [32, T, 2*n]}", ["32", "T", "2*n"]),
        ("input: {batch_input_shape: [null, T, n]}", ["batch", "T", "n"]),
        ("input: [null, 8]", ["batch", "T_2", "8"]),  # T is a size of the spec already
        ("input: [null, null, 3]", ["batch", "size_1", "size_2", "3"]),
        ("input: []", ["batch"]),
        ("inputs: {a: [null, 8]}", ["batch", "T_a", "8"]),
    ],
)
def test_shapes_of_inputs(text: str, expected: list[str]) -> None:
    found = graph(f"dims: {{T: 10, n: 8}}\n{text}\nlayers: [Identity]\n")
    assert shape(found) == expected


def test_an_unknown_number_of_steps_is_called_t() -> None:
    assert shape(graph("input: [null, 8]\nlayers: [Identity]")) == ["batch", "T", "8"]


def test_a_batch_that_is_not_fixed_has_a_name_of_its_own() -> None:
    found = graph("dims: {batch: 4}\ninput: [batch, 8]\nlayers: [Identity]")
    assert shape(found) == ["batch_size", "batch", "8"]


@pytest.mark.parametrize(
    ("written", "axis", "says"),
    [("time_axis: 2", 2, True), ("time_axis: -1", 2, True), ("time_axis: null", None, True),
     ("dtype: int32", None, False)],
)  # fmt: skip
def test_the_time_axis_of_an_input(written: str, axis: int | None, says: bool) -> None:
    given = graph(f"input: {{shape: [4, 8], {written}}}\nlayers: [Identity]").inputs[0]
    assert (given.time_axis, given.says_time) == (axis, says)


@pytest.mark.parametrize(
    ("layer", "expected", "dtype"),
    [
        ("LSTM: {units: 4, input_shape: [10, 8]}", ["batch", "10", "8"], "float32"),
        ("LSTM: {units: 4, batch_input_shape: [32, 10, 8]}", ["32", "10", "8"], "float32"),
        ("LSTM: {units: 4, batch_shape: [32, 10, 8]}", ["32", "10", "8"], "float32"),
        ("LSTM: {units: 4, input_dim: 8, input_length: 10}", ["batch", "10", "8"], "float32"),
        ("LSTM: {units: 4, input_dim: 8}", ["batch", "T", "8"], "float32"),
        ("Dense: {units: 4, input_dim: 8}", ["batch", "8"], "float32"),
        ("Dense: {units: 4, input_shape: [8], batch_size: 16}", ["16", "8"], "float32"),
        ("Embedding: {input_dim: 9, output_dim: 4, input_length: 7}", ["batch", "7"], "int32"),
        ("Embedding: {input_dim: 9, output_dim: 4}", ["batch", "T"], "int32"),
        ("Bidirectional: {LSTM: {units: 4, input_shape: [10, 8]}}", ["batch", "10", "8"],
         "float32"),
        ("Bidirectional: {LSTM: 4, input_shape: [10, 8]}", ["batch", "10", "8"], "float32"),
        ("TimeDistributed: {layer: {Dense: 4}, input_shape: [10, 8]}", ["batch", "10", "8"],
         "float32"),
        ("InputLayer: {batch_shape: [null, 10, 8]}", ["batch", "10", "8"], "float32"),
        ("Input: {shape: [10], dtype: int32}", ["batch", "10"], "int32"),
        ("Input: [10, 8]", ["batch", "10", "8"], "float32"),
    ],
)  # fmt: skip
def test_the_first_layer_of_keras_1_and_2_describes_the_input(
    layer: str, expected: list[str], dtype: str
) -> None:
    found = graph(f"layers:\n  - {layer}\n  - Identity\n")
    assert shape(found) == expected
    assert found.inputs[0].dtype == dtype
    assert "input_shape" not in found.nodes[0].layer.arguments


def test_later_layers_may_carry_an_input_shape_as_old_configs_do() -> None:
    found = graph(
        f"{HEAD}  - Dense: 4\n  - Dense: {{units: 4, batch_input_shape: [null, 10, 9]}}\n"
    )
    assert len(found.nodes) == 2


def test_an_input_layer_is_named_as_keras_names_it() -> None:
    found = graph("layers: [{InputLayer: {shape: [4]}}, {Dense: 2}]")
    assert calls(found) == ["dense Dense <- input_layer"]


def test_a_sequential_config_of_keras_is_a_spec() -> None:
    found = graph(
        '{"class_name": "Sequential", "config": {"name": "m", "layers": ['
        '{"class_name": "InputLayer", "config": {"batch_shape": [null, 10, 8],'
        ' "dtype": "float32", "sparse": false, "ragged": false, "name": "input_layer"}},'
        '{"module": "keras.layers", "class_name": "LSTM", "config": {"name": "lstm", "units": 4,'
        ' "trainable": true, "time_major": false, "implementation": 2, "kernel_initializer":'
        ' {"class_name": "GlorotUniform", "config": {"seed": null}}}}]}}'
    )
    assert found.name == "m"
    assert calls(found) == ["lstm LSTM <- input_layer"]
    assert shape(found) == ["batch", "10", "8"]


def test_set_replaces_a_size_and_what_is_defined_by_it() -> None:
    text = "dims: {n: 8, u: 2*n}\ninput: [3, n]\nlayers: [{LSTM: u}]\n"
    found = graph(text, overrides={"n": 5})
    assert size(found.nodes[0].layer).value == 10
    found = graph(text, overrides={"u": "n+1"})
    assert size(found.nodes[0].layer).value == 9
    assert found.definitions["u"].python() == "n + 1"
    assert (
        graph(text.replace("LSTM: u", "Dense: 2"), overrides={"n": "null"}).dims["u"].value is None
    )


def test_own_classes_and_expectations_are_kept_for_later() -> None:
    found = graph(
        "custom: {Pool: my_package.layers:Pool}\nexpect: {params: 3}\ninput: [4]\n"
        "layers: [Identity]\n"
    )
    assert found.custom == {"Pool": "my_package.layers:Pool"}
    assert found.expect is not None


def test_a_model_without_a_name_has_its_files(tmp_path: Path) -> None:
    path = tmp_path / "two.words.yaml"
    path.write_text("input: [4]\nlayers: [Identity]\n")
    assert read_spec(path).name == "two"
    assert read_spec(str(path)).source == str(path)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b"input: [4]\nlayers: [Identity]"))
    )
    found = read_spec("-")
    assert (found.name, found.source) == ("model", "<stdin>")


def refusal(source: str | Path | bytes, **options: object) -> str:
    with pytest.raises(SpecError) as caught:
        read_spec(source, **options)  # type: ignore[arg-type] # as given
    return str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lstm.yaml").write_text("")
    os.mkfifo(tmp_path / "pipe")
    assert "is a directory" in refusal(tmp_path)
    assert refusal(tmp_path / "lstn.yaml").endswith(f"did you mean {tmp_path / 'lstm.yaml'}?")
    assert "is not an ordinary file" in refusal(tmp_path / "pipe")  # and does not wait
    assert "is not an ordinary file" in refusal("/dev/zero")
    assert "does not exist" in refusal(tmp_path / "lstm.yaml" / "x")
    assert "null" in refusal("a\0b")
    assert "the file is empty" in refusal(tmp_path / "lstm.yaml")
    assert "is empty" in refusal("")


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * 200)
    assert "at most 100 bytes" in refusal(path, limits=Limits(size=100))


def test_layers_within_layers_as_deep_as_the_reader_allows() -> None:
    depth = 97
    text = "input: [4]\nlayers: [" + "{TimeDistributed: " * depth + "Identity" + "}" * depth + "]"
    layer = graph(text).nodes[0].layer
    for _ in range(depth):
        layer = inside(layer)
    assert layer.type == "Identity"


def test_deeper_than_python_can_go_is_an_error() -> None:
    depth = 290
    text = "input: [4]\nlayers: [" + "{TimeDistributed: " * depth + "Identity" + "}" * depth + "]"
    assert "nested too deeply" in refusal(text.encode(), limits=Limits(depth=300))


def test_ten_thousand_layers_are_read_without_a_search_for_each() -> None:
    text = HEAD + "".join(f"  - Dense: {{units: n, name: d{i}}}\n" for i in range(10_000))
    found = graph(text)
    assert found.nodes[-1].sources == (Ref("d9998"),)
    assert found.nodes[0].layer.arguments is found.nodes[-1].layer.arguments


KERAS_3 = """
class_name: Functional
config:
  name: keras_3
  layers:
    - {class_name: InputLayer, config: {batch_shape: [null, 5, 3], name: b}, inbound_nodes: []}
    - {class_name: InputLayer, config: {batch_shape: [null, 7, 3], name: a}, inbound_nodes: []}
    - class_name: LSTM
      config: {units: 4, return_state: true, name: shared}
      inbound_nodes:
        - args: [{class_name: __keras_tensor__, config: {keras_history: [a, 0, 0]}}]
          kwargs: {mask: null, training: false}
        - args: [{class_name: __keras_tensor__, config: {keras_history: [late, 0, 0]}}]
          kwargs:
            initial_state:
              - {class_name: __keras_tensor__, config: {keras_history: [shared, 0, 1]}}
              - {class_name: __keras_tensor__, config: {keras_history: [shared, 0, 2]}}
    - class_name: Dense
      config: {units: 3, name: late}
      inbound_nodes:
        - args: [{class_name: __keras_tensor__, config: {keras_history: [b, 0, 0]}}]
          kwargs: {}
    - class_name: Concatenate
      config: {name: join, axis: -1}
      inbound_nodes:
        - args:
            - - {class_name: __keras_tensor__, config: {keras_history: [shared, 0, 0]}}
              - {class_name: __keras_tensor__, config: {keras_history: [shared, 1, 0]}}
          kwargs: {}
  input_layers: [[a, 0, 0], [b, 0, 0]]
  output_layers: [[join, 0, 0], [shared, 1, 2]]
"""

KERAS_2 = """
class_name: Model
config:
  name: keras_2
  layers:
    - {name: a, class_name: InputLayer, config: {batch_input_shape: [null, 7, 3], name: a}}
    - {name: b, class_name: InputLayer, config: {batch_input_shape: [null, 5, 3], name: b}}
    - name: shared
      class_name: LSTM
      config: {units: 4, return_state: true, name: shared, implementation: 1}
      inbound_nodes: [[[a, 0, 0, {}]], [[late, 0, 0, {}], [shared, 0, 1, {}], [shared, 0, 2, {}]]]
    - name: late
      class_name: Dense
      config: {units: 3, name: late, bias_initializer: {class_name: Zeros, config: {dtype: x}}}
      inbound_nodes: [[[b, 0, 0, {}]]]
    - name: join
      class_name: Concatenate
      config: {name: join, axis: -1}
      inbound_nodes: [[[shared, 0, 0, {}], [shared, 1, 0, {}]]]
  input_layers: [[a, 0, 0], [b, 0, 0]]
  output_layers: [[join, 0, 0], [shared, 1, 2]]
"""


@pytest.mark.parametrize("text", [KERAS_3, KERAS_2])
def test_a_functional_config_of_keras_is_a_spec(text: str) -> None:
    found = graph(text)
    assert [given.name for given in found.inputs] == ["a", "b"]
    assert sorted(calls(found)) == [
        "join Concatenate <- shared, shared_call_2",
        "late Dense <- b",
        "shared LSTM <- a",
        "shared_call_2 LSTM <- late = shared",
    ]
    again = next(node for node in found.nodes if node.reuses)
    assert again.call == {"initial_state": (Ref("shared", 1), Ref("shared", 2))}
    assert [node.name for node in found.nodes].index("late") < found.nodes.index(again)
    assert next(node for node in found.nodes if node.name == "join").listed
    assert found.outputs == (Ref("join"), Ref("shared_call_2", 2))


def test_a_cycle_in_a_config_is_refused() -> None:
    layers = ", ".join(
        f"{{class_name: Dense, config: {{units: 2, name: {name}}},"
        f" inbound_nodes: [[[{source}, 0, 0, {{}}]]]}}"
        for name, source in (("p", "q"), ("q", "p"))
    )
    text = (
        "class_name: Functional\nconfig: {layers: ["
        "{class_name: InputLayer, config: {batch_shape: [null, 2], name: a}}, "
        f"{layers}], input_layers: [[a, 0, 0]], output_layers: [[q, 0, 0]]}}\n"
    )
    assert "`q` comes later" in refusal(text.encode())


def test_the_environment_raises_and_lowers_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = b"input: [10, 8]\nlayers: [{Dense: 1}, {Dense: 1}, {Dense: 1}]"
    monkeypatch.setenv("SEQINSPECT_LIMITS", "layers=2")
    with pytest.raises(SpecError, match="layers"):
        read_spec(spec)
    monkeypatch.setenv("SEQINSPECT_LIMITS", "layers=3")
    assert len(read_spec(spec).nodes) == 3


def test_automatic_names_are_keras_own() -> None:
    nested = "Functional: {inputs: {x: [T, n]}, layers: [{Dense: {units: n}, from: x}]}"
    text = f"{HEAD}  - Sequential: [{{Dense: n}}]\n  - {nested}\n"
    text += "  - GroupQueryAttention: {head_dim: 2, num_query_heads: 2, num_key_value_heads: 1}\n"
    text += "    from: [functional_1, functional_1]\n"
    # A Sequential that is called makes a functional model of itself.
    names = ["sequential", "functional_1", "grouped_query_attention"]
    assert [node.name for node in graph(text).nodes] == names
