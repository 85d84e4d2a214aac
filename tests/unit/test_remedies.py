"""Remedies that are followed: what is refused, the change that is told, and that it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.expectations import compared, read_expectations
from seqinspect.output.fact_text import fact_text
from seqinspect.readers.spec import names_object, read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from seqinspect.model.finding import Fact

HEAD = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n"
ENC = f"{HEAD}  - LSTM: {{units: n, return_state: true, name: enc}}\n"
TWICE = f"{HEAD}  - Dense: {{units: n, name: enc}}\n  - reuse: enc\n    from: input\n"


def refused(text: str) -> Problem:
    """Return the one problem of a spec, from reading it or from its rules."""
    with pytest.raises(SpecError) as caught:
        analyse(read_spec(text.encode(), name="spec.yaml"))
    assert len(caught.value.problems) == 1, caught.value
    return caught.value.problems[0]


# What is refused, where, the remedy, and the words that it puts in place of which.
FOLLOWED = [
    (f"{TWICE}  - Subtract:\n    from: [enc, enc_1]", "8:17", "is named enc_call_2:",
     "enc_1]", "enc_call_2]"),
    (f"{TWICE}  - Subtract:\n    from: [enc, enc_1]", "8:17", "a name of its own with `name:`",
     "reuse: enc\n", "reuse: enc\n    name: enc_1\n"),
    (f"{ENC}  - Dense: 3\n    from: enc[1]", "6:11", "write enc.1", "enc[1]", "enc.1"),
    (f"{ENC}  - Add:\n    from: [enc[1], enc]", "6:11", "write enc.1", "enc[1]", "enc.1"),
    (f"{HEAD}  - Concatenate\n    from: [input, input]", "5:9", "write `- Concatenate:`",
     "Concatenate", "Concatenate:"),
    (f"{HEAD}  - Dense\n      units: 8", "5:12", "write `- Dense:`", "Dense", "Dense:"),
    # Copied Keras code.
    (f"{HEAD}  - LSTM(8, return_sequences=True)", "4:5",
     "write LSTM: {units: 8, return_sequences: true}", "LSTM(8, return_sequences=True)",
     "LSTM: {units: 8, return_sequences: true}"),
    (f"{HEAD}  - layers.Conv1D(2 * n, 3, padding='same', name='a b'),", "4:5",
     'write Conv1D: {filters: 2 * n, kernel_size: 3, padding: same, name: "a b"}',
     "layers.Conv1D(2 * n, 3, padding='same', name='a b'),",
     'Conv1D: {filters: 2 * n, kernel_size: 3, padding: same, name: "a b"}'),
    (f"{HEAD}  - Bidirectional(LSTM(8))", "4:5", "write Bidirectional: {layer: {LSTM: {units: 8}}}",
     "Bidirectional(LSTM(8))", "Bidirectional: {layer: {LSTM: {units: 8}}}"),
    (f"{HEAD}  - model.add(Flatten())", "4:5", "write Flatten", "model.add(Flatten())", "Flatten"),
    (f"{HEAD}  - Dense(3)(input)", "4:5", "write Dense: {units: 3}, and from: input beside it",
     "Dense(3)(input)", "Dense: {units: 3}\n    from: input"),
    (f"{HEAD}  - Dense(len(data))", "4:5", "write Dense: {units: …}", "Dense(len(data))",
     "Dense: {units: 3}"),
    (f"{HEAD}  - layers.LSTM: 8", "4:5", "write LSTM", "layers.LSTM", "LSTM"),
    (f"{HEAD}  - tf.keras.layers.Dense: 8", "4:5", "write Dense", "tf.keras.layers.Dense", "Dense"),
    (f"{HEAD}  - keras.layers.Flatten", "4:5", "write Flatten", "keras.layers.Flatten", "Flatten"),
    (f"{HEAD}  - {{type: LSTM, units: 8}}", "4:6", "write LSTM: {units: 8}", "{type: LSTM, ",
     "LSTM: {"),
    (f"{HEAD}  - LSTM: 8, return_sequences=True", "4:11",
     "write LSTM: {units: 8, return_sequences: true}", "8, return_sequences=True",
     "{units: 8, return_sequences: true}"),
    (f"{HEAD}  - Dense: units=8", "4:12", "write Dense: {units: 8}", "units=8", "{units: 8}"),
    (f"{HEAD}  - Reshape: (8, 10)", "4:14", "write [8, 10]", "(8, 10)", "[8, 10]"),
    (f"{HEAD}  - MaxPooling1D: 2, padding='same'", "4:19",
     "write MaxPooling1D: {pool_size: 2, padding: same}", "2, padding='same'",
     "{pool_size: 2, padding: same}"),
    (f"{HEAD}  - LTSM(8)", "4:5", "write LSTM: {units: 8}", "LTSM(8)", "LSTM: {units: 8}"),
    (f"{HEAD}  - {{type: lstm, units: 8}}", "4:6", "write LSTM: {units: 8}", "{type: lstm, ",
     "LSTM: {"),
    ("layers:\n  - Input(shape=(None, 8))\n  - LSTM: 8", "2:5", "write Input: {shape: [null, 8]}",
     "Input(shape=(None, 8))", "Input: {shape: [null, 8]}"),
    # Inputs.
    ("input: [batch, 10, 8]\nlayers: [{LSTM: 8}]", "1:9", "write [10, 8]", "batch, ", ""),
    ("input: [null, 10, 8]\nlayers: [{LSTM: 8}]", "2:11",
     "an input has no batch: write the input as [10, 8]", "null, ", ""),
    ("input: [32, 10, 8]\nlayers: [Dropout: 0.1, {Conv1D: {filters: 1, kernel_size: 2}}]", "2:25",
     "if the first size is the batch, leave it out: write the input as [10, 8]", "32, ", ""),
    ("dims: {T: 9}\ninput: [8]\nlayers: [LSTM: 8]", "3:10", "write the input as [T, 8]", "[8]",
     "[T, 8]"),
    ("inputs: {x: [8]}\nlayers: [Dense: 4, Bidirectional: {GRU: 8}]", "2:36",
     "write the input as [null, 8]", "[8]", "[null, 8]"),
    ("inputs: [{x: [10, 8]}]\nlayers: [LSTM: 8]", "1:9", "write inputs: {x: [10, 8]}",
     "[{x: [10, 8]}]", "{x: [10, 8]}"),
    ("inputs: [{name: x, shape: [9, 8]}]\nlayers: [LSTM: 8]", "1:9", "write inputs: {x: [9, 8]}",
     "[{name: x, shape: [9, 8]}]", "{x: [9, 8]}"),
    ("input: {x: [10, 8]}\nlayers: [LSTM: 8]", "1:1", "write inputs: {x: [10, 8]}", "input:",
     "inputs:"),
    ("input: {shape: (10, 8)}\nlayers: [LSTM: 8]", "1:16", "write [10, 8]", "(10, 8)", "[10, 8]"),
    ("layers:\n  - LSTM: {units: 4, input_shape: (None, 8)}", "2:35", "write [null, 8]",
     "(None, 8)", "[null, 8]"),
    ("layers:\n  - Conv2D: {filters: 4, kernel_size: (3, 3), input_shape: [9, 9, 3]}", "2:39",
     "write [3, 3]", "(3, 3)", "[3, 3]"),
    ("layers:\n  - Conv2D: {filters: 4, kernel_size: 3, input_shape: (9, 9, 3)}", "2:55",
     "write [9, 9, 3]", "(9, 9, 3)", "[9, 9, 3]"),
    (f"{HEAD}  - LSTM: 8\nexpect: {{target: (batch, n)}}", "5:18", "write [batch, n]",
     "(batch, n)", "[batch, n]"),
    (f"{HEAD}  - Dense: {{units: min(n, 3)}}", "4:20", 'write "min(n, 3)"', "min(n, 3)",
     '"min(n, 3)"'),
    (f"{HEAD}  - Reshape:\n      target_shape: (8, 10)", "5:21", "write [8, 10]",
     "(8, 10)", "[8, 10]"),
    # States.
    (f"{ENC}  - LSTM: 8\n    from: input\n    initial_state: [enc.1, enc.2]", "7:5",
     "write call: {initial_state: [enc.1, enc.2]}", "initial_state: [enc.1, enc.2]",
     "call: {initial_state: [enc.1, enc.2]}"),
    (f"{ENC}  - LSTM: 8\n    from: input\n    call: {{initial_state: enc}}", "7:27",
     "write initial_state: [enc.1, enc.2]", "state: enc}", "state: [enc.1, enc.2]}"),
    (f"{ENC}  - Dense: 8\n    from: enc.3", "6:11", "`enc` has the outputs 0 to 2", "enc.3",
     "enc.2"),
    # Values.
    (f"{HEAD}  - Dense: {{units: 8, activation: Relu}}", "4:35", "did you mean relu?", "Relu",
     "relu"),
    (f"{HEAD}  - LSTM: {{units: 8, return_sequences: yes}}", "4:40", "write true", "yes", "true"),
    (f"{HEAD}  - Dense: n^2", "4:12", "write n**2", "n^2", "n**2"),
    (f"{HEAD}  - Dense: 2^i", "4:12", "a power is written 2**3, and its exponent is a number",
     "2^i", "2**3"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "remedy", "old", "new"), FOLLOWED)
def test_a_remedy_that_is_followed(text: str, place: str, remedy: str, old: str, new: str) -> None:
    problem = refused(text)
    assert remedy in problem.remedy
    assert str(problem.place) == f"spec.yaml:{place}"
    assert text.count(old) == 1
    analyse(read_spec(text.replace(old, new).encode()))


@pytest.mark.parametrize(
    ("entry", "remedy"),
    [
        ("Dense: max(n, x)", "give it a number under `dims`, such as dims: {x: 10}"),
        ("layers.Lambda", "a spec holds no code: name a custom class under `custom`"),
        ("Highway", "name a custom class under `custom`"),
        ("concatenate([a, b])", "did you mean Concatenate?"),
        ("Dense(8, kernel_regularizer=l2(0.01))", "write Dense: {units: …}"),
        (f"Dense({'(' * 250}8{')' * 250})", "write Dense: {units: …}"),
        ("Dense('\\d')", "write Dense: {units: …}"),
    ],
)
def test_what_is_no_code_that_can_be_written_otherwise(entry: str, remedy: str) -> None:
    assert refused(f"{HEAD}  - {entry}").remedy == remedy


def test_without_quotes_is_said_of_a_value_in_quotes_alone() -> None:
    plain, quoted = (f"{HEAD}  - LSTM: {{units: 8, stateful: {word}}}" for word in ("no", '"true"'))
    assert refused(plain).remedy == "write false"
    assert refused(quoted).remedy == "write true, without quotes"


def test_a_name_beside_it_is_not_what_was_meant() -> None:
    text = f"{HEAD}  - Dense: {{units: n, name: enc}}\n  - Subtract:\n    from: [enc, enk]"
    assert "enc" not in refused(text).remedy


def test_states_that_the_maker_does_not_return_are_asked_for() -> None:
    text = ENC.replace("return_state: true, ", "")
    remedy = refused(f"{text}  - LSTM: 8\n    from: input\n    call: {{initial_state: enc}}").remedy
    assert remedy == "write initial_state: [enc.1, enc.2], and give `enc` return_state: true"


@pytest.mark.parametrize(
    ("layer", "written", "whole"),
    [
        ("LSTM: {units: n, return_sequences: true}", "[T, n]", "[batch, T, n]"),
        ("LSTM: n", "[T, n]", "[batch, n]"),
    ],
)
def test_an_expected_shape_without_the_batch(layer: str, written: str, whole: str) -> None:
    def reasons(shape: str) -> tuple[bool | None, str, dict[str, Fact]]:
        text = f"{HEAD}  - {layer}\nexpect: {{target: {shape}}}"
        graph = read_spec(text.encode())
        ((_, found),) = compared(read_expectations(graph), analyse(graph))
        return found.holds, found.reason, dict(found.facts)

    holds, reason, facts = reasons(written)
    assert (holds, reason) == (False, "no batch")
    assert fact_text(facts["whole"], "list") == whole
    assert reasons(whole) == (True, "", {})


def test_a_shape_in_parentheses_outside_braces() -> None:
    graph = read_spec(f"{HEAD}  - LSTM: n\nexpect:\n  target: (batch, n)".encode())
    with pytest.raises(SpecError) as caught:
        read_expectations(graph)
    assert [problem.remedy for problem in caught.value.problems] == ["write [batch, n]"]


def test_code_that_builds_no_model_names_what_would(tmp_path: Path) -> None:
    path = tmp_path / "my_model.py"
    path.write_text("import zoo\nmodel = zoo.make()\n\ndef make(x: int) -> None: ...\n")
    assert not names_object("my_model.py:make")
    for name, attribute in ((f"{path}", "model"), (f"{path}:make", "make")):
        with pytest.raises(SpecError) as caught:
            read_spec(name)
        problem = caught.value.problems[0]
        assert problem.what == "no Keras model is built in this code"
        assert problem.remedy.endswith(f"my_model:{attribute} --allow-imports")
