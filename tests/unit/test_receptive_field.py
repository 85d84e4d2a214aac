"""How far an output sees, and which layer looks ahead first: counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.model.look_ahead import LookAhead
from seqinspect.model.remarks import Peculiarity
from seqinspect.output.report.summary import summary
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.report import ReceptiveField


def seen(text: str) -> ReceptiveField:
    (found,) = analyse(read_spec(text.encode())).fields
    return found


def layer_ahead(text: str) -> str:
    ahead = seen(text).looks_ahead
    assert ahead is not None
    return ahead.layer


def causal(text: str) -> str:
    return dict(summary(analyse(read_spec(text.encode()))))["Causal"]


def chain_of_inputs(count: int) -> str:
    """Sums, each of all inputs so far: together they depend on half of the square of them."""
    given = "\n".join(f"  x{at}: [10, 8]" for at in range(count))
    sums = "\n".join(
        f"  - Add: {{name: sum_{at}}}\n    from: [{f'sum_{at - 1}' if at > 1 else 'x0'}, x{at}]"
        for at in range(1, count)
    )
    return f"inputs:\n{given}\nlayers:\n{sums}\n"


@pytest.mark.long
def test_many_inputs_of_many_layers_are_not_followed_to_the_end() -> None:
    """The first 774 sums depend on 300,699 inputs in all; of the next ones it is not known."""
    report = analyse(read_spec(chain_of_inputs(780).encode()))
    times = [row.time for row in report.rows]
    assert len(times[0].depends) == 2  # type: ignore[union-attr]  # there is one
    assert None not in times[:774]
    assert times[774:] == [None] * 5
    given_up = [row.name for row in report.rows if Peculiarity.NOT_FOLLOWED in row.remarks]
    assert len(given_up) == 1
    assert report.causal is None
    assert "too many inputs" in dict(summary(report))["Causal"]
    assert report.rows[-1].outputs[0].shape[1:] == (10, 8)


def test_inputs_that_are_alike_are_still_told_apart() -> None:
    text = (
        "inputs: {a: [10, 8], b: [10, 8], c: [12, 8]}\nlayers:\n"
        "  - Cropping1D: {cropping: [2, 0], name: cut}\n    from: c\n"
        "  - Add: {name: sum}\n    from: [a, b, cut]\n"
    )
    fields = {each.input: each for each in analyse(read_spec(text.encode())).fields}
    assert [(name, each.input, each.ahead) for name, each in fields.items()] == [
        ("a", "a", 0), ("b", "b", 0), ("c", "c", 2),
    ]  # fmt: skip


HEAD = "dims: {T: 50}\ninput: [T, 3]\nlayers:\n"


@pytest.mark.parametrize(
    ("layers", "field", "first_full", "ahead"),
    [
        ("[Dense: 2]", 1, 0, 0),
        ("[LSTM: {units: 2, return_sequences: true}]", 50, 49, 0),
        ("[LSTM: 2]", 50, 0, None),
        # Three steps, one of them later; step 0 has no step before it.
        ("[Conv1D: {filters: 2, kernel_size: 3, padding: same}]", 3, 1, 1),
        ("[Conv1D: {filters: 2, kernel_size: 3, padding: causal, dilation_rate: 4}]", 9, 8, 0),
        # 1 + 2×(1+2) steps.
        (
            "[Conv1D: {filters: 2, kernel_size: 3, padding: causal},"
            " Conv1D: {filters: 2, kernel_size: 3, padding: causal, dilation_rate: 2}]",
            7,
            6,
            0,
        ),
        ("[Bidirectional: {LSTM: {units: 2, return_sequences: true}}]", 50, 0, 49),
        ("[LSTM: {units: 2, return_sequences: true, go_backwards: true}]", 50, 49, 49),
        # Pooling by 5 leaves 10 steps of 5 each; what they see ahead of is not counted alike.
        ("[MaxPooling1D: 5]", 5, 0, None),
        ("[Cropping1D: 3, Flatten, Dense: 2]", 44, 0, None),
    ],
)
def test_receptive_field_and_look_ahead(
    layers: str, field: int, first_full: int, ahead: int | None
) -> None:
    found = seen(f"{HEAD[:-8]}layers: {layers}\n")
    assert (found.size, found.first_full, found.ahead) == (field, first_full, ahead)


def test_very_many_steps_are_not_looked_at_one_by_one() -> None:
    found = seen(
        "dims: {T: 10**12}\ninput: [T, 3]\nlayers:\n"
        "  - Conv1D: {filters: 2, kernel_size: 3, padding: causal, dilation_rate: 1000000}\n"
    )
    assert (found.size, found.first_full, found.ahead) == (2 * 10**6 + 1, 2 * 10**6, 0)


def test_the_first_layer_that_looks_ahead_is_named() -> None:
    text = (
        f"{HEAD}  - LSTM: {{units: 2, return_sequences: true, name: past}}\n"
        "  - Bidirectional: {GRU: {units: 2, return_sequences: true}}\n    name: both\n"
        "  - Dense: 3\n"
    )
    assert layer_ahead(text) == "both"
    assert (
        causal(text)
        == "no: output step 0 already sees step T−1 (both), by way of input → past → both → dense"
    )


def test_a_layer_beside_the_way_to_the_output_is_not_named() -> None:
    text = (
        f"{HEAD}  - Bidirectional: {{GRU: {{units: 2, return_sequences: true}}}}\n    name: aside\n"
        "  - Conv1D: {filters: 2, kernel_size: 3, padding: same, name: near}\n    from: input\n"
    )
    assert layer_ahead(text) == "near"
    assert causal(text) == "no: output step 0 already sees step 1 (near)"


def test_a_layer_within_a_model_is_named_by_its_path() -> None:
    text = (
        f"{HEAD}  - Sequential:\n      name: part\n      layers:\n"
        "        - Conv1D: {filters: 2, kernel_size: 5, padding: same, name: wide}\n"
    )
    assert causal(text) == "no: output step 0 already sees step 2 (part/wide)"


def test_steps_that_are_not_known_still_show_who_looks_ahead() -> None:
    text = (
        "dims: {T: null}\ninput: [T, 3]\nlayers:\n"
        "  - Bidirectional: {GRU: {units: 2, return_sequences: true}}\n    name: both\n"
    )
    found = seen(text)
    assert (found.size, found.ahead, found.causal) == (None, None, False)
    assert found.looks_ahead == LookAhead(0, 1, "both", ("input", "both"), (("T", 2),))
    assert causal(text) == "no: output step 0 already sees step 1, at T = 2 (both)"


def test_a_window_is_said_beside_causal() -> None:
    text = f"{HEAD}  - Conv1D: {{filters: 2, kernel_size: 4, padding: causal}}\n"
    assert causal(text) == (
        "yes: no output step depends on a later input step;"
        " each sees up to 4 steps (all of them from step 3 on)"
    )


def test_every_output_and_every_input_has_its_own() -> None:
    found = analyse(
        read_spec(
            b"inputs: {a: [6, 3], b: [9, 3]}\nlayers:\n"
            b"  - LSTM: {units: 2, return_state: true, name: one}\n    from: a\n"
            b"  - LSTM: {units: 2, return_sequences: true, name: two}\n    from: b\n"
            b"    call: {initial_state: [one.1, one.2]}\n"
            b"outputs: [one, two]\n"
        )
    ).fields
    assert [(each.output, each.input, each.size, each.ahead) for each in found] == [
        ("one", "a", 6, None),
        ("two", "b", 9, 0),
        ("two", "a", 6, None),
    ]
