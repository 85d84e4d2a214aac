"""Models in other forms: what is written reads as the same model, as a person would write it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqinspect import SpecError, analyse, read_spec
from seqinspect.writers.conversion import convert_graph
from seqinspect.writers.name_dims import named_dims
from tests.corpus.test_configs import CORPUS

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
OPERATIONS = ("TFOpLambda", "TensorFlowOpLayer", "NotEqual")
FOREIGN = sorted((CORPUS / "configs").glob("*.json"))


def facts(text: str | Path) -> Any:
    """What must be the same; the order in which a config has its branches is free."""
    report = analyse(read_spec(text.encode() if isinstance(text, str) else text))
    rows = []
    for row in report.rows:
        env = {name: size.value or 7 for name, size in report.dims.items()} | {"t": 1}
        depends = []
        for each in row.time.depends if row.time else ():
            numbers = {**env}
            for bound in each.ends:
                numbers = {**bound.numbers(), **numbers}
            if all(bound.symbols() <= numbers.keys() for bound in each.ends):
                bounds = [bound.evaluate(numbers) for bound in each.ends]
                depends.append((each.input, *bounds))
        shapes = tuple(output.shape for output in row.outputs)
        rows.append((row.path, row.type, row.params, row.trainable, shapes, depends))
    return sorted(rows, key=repr), report.params, report.causal


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_yaml_json_yaml(path: Path) -> None:
    graph = read_spec(path)
    spec = convert_graph(graph, "yaml")
    config = convert_graph(graph, "json")
    again = convert_graph(read_spec(config.encode()), "yaml")
    assert facts(spec) == facts(path)
    assert facts(config) == facts(path)
    assert facts(again) == facts(path)
    assert convert_graph(read_spec(spec.encode()), "yaml") == spec


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_foreign_configs(path: Path) -> None:
    graph = read_spec(path)
    refused: SpecError | None = None
    spec = ""
    try:
        spec = convert_graph(graph, "yaml")
    except SpecError as error:
        refused = error
    if refused is not None:
        assert all("cannot be converted" in problem.what for problem in refused.problems)
        return
    assert alike(facts(spec), facts(path))
    assert alike(facts(convert_graph(named_dims(graph), "yaml")), facts(path))
    ast.parse(convert_graph(graph, "python"))


def alike(made: Any, read: Any) -> bool:
    """Whether all is the same, but for operations that became layers, with a time relation."""
    (rows, *rest), (others, *as_read) = made, read
    return rest == as_read and all(
        row == other or (other[1] in OPERATIONS and row[0] == other[0] and row[2:5] == other[2:5])
        for row, other in zip(rows, others, strict=True)
    )


def spec_of(text: str) -> str:
    return convert_graph(read_spec(text.encode()), "yaml")


def test_a_spec_is_written_as_a_person_would() -> None:
    text = """\
name: question
dims: {T: 10, n: 8, u: 2*n}
input: [T, n]
layers:
  - LSTM: {units: u, return_sequences: true}
  - TimeDistributed: {Dense: n}
  - Flatten
"""
    assert spec_of(text) == text


def test_defaults_and_automatic_names_are_left_out() -> None:
    text = """\
name: m
input: [4, 3]
layers:
  - LSTM: {units: 5, activation: tanh, return_sequences: false, name: lstm}
  - Dense: {units: 2, kernel_initializer: glorot_uniform, dtype: float32, activation: linear}
"""
    assert spec_of(text) == "name: m\ninput: [4, 3]\nlayers:\n  - LSTM: 5\n  - Dense: 2\n"


def blocks(count: int) -> str:
    lines = ["name: m", "input: [6, 4]", "layers:"]
    before = "input"
    for turn in range(count):
        lines += [
            f"  - Dense: {{units: 4, name: up_{turn}}}",
            f"    from: {before}",
            "  - Dense: 4",
            f"  - Add: {{name: sum_{turn}}}",
            f"    from: [{before}, dense{f'_{turn}' if turn else ''}]",
        ]
        before = f"sum_{turn}"
    return "\n".join([*lines, "  - Dense: 9", ""])


def test_blocks_become_a_repeat() -> None:
    assert spec_of(blocks(12)) == (
        "name: m\ninput: [6, 4]\nlayers:\n  - repeat: 12\n    layers:\n"
        "      - Dense: {units: 4, name: up}\n      - Dense: 4\n"
        "      - Add: {name: sum}\n        from: [input, dense]\n  - Dense: 9\n"
    )
    assert facts(spec_of(blocks(12))) == facts(blocks(12))


def test_a_block_that_reads_another_place_is_no_repeat() -> None:
    text = blocks(4).replace("from: [sum_1, dense_2]", "from: [sum_0, dense_2]")
    assert "repeat" not in spec_of(text)
    assert facts(spec_of(text)) == facts(text)


def test_sizes_get_names() -> None:
    text = "name: m\ninput: [8, 8]\nlayers:\n  - LSTM: 8\n  - RepeatVector: 8\n  - Dense: 5\n"
    assert convert_graph(named_dims(read_spec(text.encode())), "yaml") == (
        "name: m\ndims: {T: 8, n: 8}\ninput: [T, n]\nlayers:\n"
        "  - LSTM: n\n  - RepeatVector: T\n  - Dense: 5\n"
    )


def test_text_of_a_spec_is_data() -> None:
    name = "a\"] # ' {x}: \\ é"
    text = f"name: {json.dumps(name)}\ninput: [3, 2]\nlayers:\n  - Dense: {{units: 2}}\n" + (
        f"    name: {json.dumps(name)}\n"
    )
    graph = read_spec(text.encode())
    assert read_spec(convert_graph(graph, "yaml").encode()).nodes[0].name == name
    assert json.loads(convert_graph(graph, "json"))["config"]["name"] == name
    strings = [n.value for n in ast.walk(ast.parse(convert_graph(graph, "python")))
               if isinstance(n, ast.Constant)]  # fmt: skip
    assert strings.count(name) == 2


@pytest.mark.parametrize("word", ["yes", "null", "1e5", "0x10", "~", "- a", "True", "8"])
def test_words_of_yaml_stay_texts(word: str) -> None:
    text = f'name: m\ninput: [3, 2]\nlayers:\n  - Dense: {{units: 2, name: "{word}"}}\n'
    assert read_spec(spec_of(text).encode()).nodes[0].name == word


def test_operations_become_layers() -> None:
    """y = (x·3 + x) along features, written as tf.keras writes what Python's operators make."""

    def operation(name: str, *call: object) -> Any:
        config = {"name": name, "function": f"__operators__.{name}"}
        return {"class_name": "TFOpLambda", "name": name, "config": config,
                "inbound_nodes": [list(call)]}  # fmt: skip

    given = {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
             "config": {"batch_input_shape": [None, 5, 2], "name": "x"}}  # fmt: skip
    layers = [given, operation("mul", "x", 0, 0, {"y": 3.0}),
              operation("add", "mul", 0, 0, {"y": ["x", 0, 0]})]  # fmt: skip
    graph = {"layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["add", 0, 0]]}
    config = {"class_name": "Functional", "keras_version": "2.9.0", "config": graph}
    text = convert_graph(read_spec(json.dumps(config).encode()), "yaml")
    assert "- Rescaling: {scale: 3.0, name: mul}\n" in text
    assert "- Add: null\n    from: [mul, x]\n" in text


def test_a_model_that_says_no_input_is_named() -> None:
    config = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"units": 2}}]}}  # fmt: skip
    with pytest.raises(SpecError, match="does not say what it is called on"):
        convert_graph(read_spec(json.dumps(config).encode()), "yaml")


def test_opaque_layers_are_named() -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4]}},
        {"class_name": "Lambda", "config": {"name": "mine", "function": "f"}},
    ]
    config = {"class_name": "Sequential", "config": {"layers": layers}}
    with pytest.raises(SpecError, match="Lambda `mine` cannot be converted"):
        convert_graph(read_spec(json.dumps(config).encode()), "yaml")


def test_python_is_laid_out_as_ruff_does(tmp_path: Path) -> None:
    for path in CONFIGS:
        if path.stem != "gpt3":
            text = convert_graph(read_spec(path), "python")
            (tmp_path / f"{path.stem}.py").write_text(text)
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [*ruff, *arguments, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


SEVERAL = "{LSTM: {units: 3, return_sequences: true, return_state: true}}, {GRU: 3}"


def test_a_layer_that_puts_out_its_state_makes_no_sequential() -> None:
    """Keras's Sequential would hand all three tensors to the GRU, which refuses them."""
    source = convert_graph(read_spec(f"input: [5, 3]\nlayers: [{SEVERAL}]\n".encode()), "python")
    assert "keras.Sequential" not in source
    assert "(lstm[0])" in source
    with pytest.raises(SpecError, match="stands within a Sequential, and returns its state"):
        read_spec(f"input: [5, 3]\nlayers: [{{Sequential: [{SEVERAL}]}}]\n".encode())
