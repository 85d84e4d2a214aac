from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from seqinspect.algebra.expression import symbol
from seqinspect.model.finding import KerasDifference
from seqinspect.model.report import Confirmed, Keras, Report
from seqinspect.model.unconfirmed import KerasAbsent
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.report.columns import TABLE
from seqinspect.output.screen import Screen
from tests.rendered import described

MIDDLE = """\
question  q.yaml

Layer  Type   Output shape   Parameters   Count  Time steps
────────────────────────────────────────────────────────────────────────────────
input  Input  (batch, T, n)                      T steps, on axis 1
lstm   LSTM   (batch, T, n)  4×n×(2×n+1)    544  step t has seen steps 0…t
dense  Dense  (batch, T, n)  n×(n+1)         72  every step: one n×n kernel,
                                                 shared by all T steps

Names       T = 10, n = 8; batch = any number; t = output step, from 0
Total       n×(9×n+5) = 616 parameters, all trainable; 2,464 bytes (2.4 KiB)
Target y    (batch, T, n) = (batch, 10, 8): a target for each of the T steps
Causal      yes: no output step depends on a later input step
confirmed by Keras 3.15.1 on TensorFlow 2.21.0: 2 layers, shapes and counts
"""

NARROW = """\
Layer  Type   Output shape   Parameters   Count
       Time steps
───────────────────────────────────────────────
input  Input  (batch, T, n)
       T steps, on axis 1
lstm   LSTM   (batch, T, n)  4×n×(2×n+1)    544
       step t has seen steps 0…t
dense  Dense  (batch, T, n)  n×(n+1)         72
       every step: one n×n kernel, shared by all T steps
"""

CARDS = """\
input
  Type  Input
  Output shape  (batch, T, n)
  Time steps  T steps, on axis
    1
lstm
  Type  LSTM
  Output shape  (batch, T, n)
  Parameters  4×n×(2×n+1)
  Count  544
  Time steps  step t has seen
    steps 0…t
"""

PIPE_ROWS = """\
Layer  Type   Output shape   Parameters   Count  Time steps
-----  -----  -------------  -----------  -----  -------------------------------------------------
input  Input  (batch, T, n)                      T steps, on axis 1
lstm   LSTM   (batch, T, n)  4×n×(2×n+1)    544  step t has seen steps 0…t
dense  Dense  (batch, T, n)  n×(n+1)         72  every step: one n×n kernel, shared by all T steps
"""

BESIDE = """\
Layer             Type             Output shape   Parameters   Count  Time steps
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
input             Input            (batch, T, n)                      T steps, on axis 1
lstm              LSTM             (batch, T, n)  4×n×(2×n+1)    544  step t has seen steps 0…t
time_distributed  TimeDistributed  (batch, T, n)  n×(n+1)         72  every step: one n×n kernel, shared by all T steps;
                                                                      the same as Dense without TimeDistributed
  dense           Dense            (batch, n)     n×(n+1)         72

Indented layers are parts of the line above, counted in it.
"""  # noqa: E501 - 120 columns is what it shows


def shown(report: Report, width: int | None = None, encoding: str = "utf-8") -> str:
    screen = Screen(width, colour=False, encoding=encoding, terminal=width is not None)
    return described(report, screen=screen)


def test_at_80_columns_notes_stand_beside_their_layer(question: Report) -> None:
    assert shown(question, 80) == MIDDLE


def test_at_60_columns_notes_stand_below_their_layer(question: Report) -> None:
    assert shown(question, 60).split("\n\n")[1] + "\n" == NARROW


def test_at_30_columns_a_layer_is_told_line_by_line(question: Report) -> None:
    assert shown(question, 30).split("\n\n")[1].startswith(CARDS)


def test_in_a_pipe_a_layer_is_one_line(question: Report) -> None:
    assert shown(question).split("\n\n")[1] + "\n" == PIPE_ROWS


def test_at_120_columns_notes_stand_beside_their_layer(wrapped: Report) -> None:
    text = shown(wrapped, 120)
    assert text[text.index("Layer") :].startswith(BESIDE)


def test_a_shared_layer_says_so_and_counts_once(shared: Report) -> None:
    text = shown(shared)
    assert re.search(r"^encoder_2 .* 0  shares the weights of `encoder`$", text, re.M)
    total = "2×n×(n+1) = 144 parameters, 72 trainable, 72 non-trainable; 576 bytes"
    assert f"Total           {total}\n" in text
    assert "Target encoder  (batch, n) = (batch, 8): one target for the whole sequence\n" in text
    assert "Target head     (batch, n) = (batch, 8): one target for the whole sequence\n" in text
    assert "Causal          does not apply: no output has time steps\n" in text


def test_equal_iterations_of_a_block_are_one_group(repeated: Report) -> None:
    lines = described(repeated, columns=TABLE).splitlines()
    body = [re.sub(" {2,}", "|", line.strip()) for line in lines[4:12]]
    note = "every step: one n×n kernel, shared by all T steps"
    assert body[1:] == [
        "lstm|LSTM|(batch, T, n)|4×n×(2×n+1)|544|step t has seen steps 0…t",
        "block ×3|repeat|(batch, T, n)|3×2×n×(n+1)|432"
        "|3 equal blocks (0…2), the first of which is below",
        f"a_0|Dense|(batch, T, n)|n×(n+1)|72|{note}",
        f"b_0|Dense|(batch, T, n)|n×(n+1)|72|{note}",
        f"a_3|Dense|(batch, T, n)|n×(n+1)|72|{note}",
        f"b_3|EinsumDense|(batch, T, n)|n×(n+1)|72|{note}",
        "",
    ]
    assert lines[7].startswith("  a_0")


def test_an_unknown_size_is_said_to_be_unknown(question: Report) -> None:
    steps = symbol("T")
    row = question.rows[1]
    output = row.outputs[0]._replace(symbolic=(row.outputs[0].symbolic[0], steps, symbol("n", 8)))
    text = shown(question._replace(dims={"T": steps}, rows=(row._replace(outputs=(output,)),)))
    assert "Names       T not known; batch = any number\n" in text
    assert "(batch, T, n) = (batch, T, 8)" in text


WRONG = KerasDifference("dense", "weight dtype", "bias", "float32", "float16")


def test_a_disagreement_shows_what_and_where(question: Report) -> None:
    row = question.rows[1]._replace(confirmed=Confirmed(shape=True, params=False))
    keras = Keras("disagrees", "3.15.1", "tensorflow", "2.21.0", differences=(WRONG,))
    text = shown(question._replace(rows=(question.rows[0], row), keras=keras))
    assert text.endswith(
        "Keras 3.15.1 on TensorFlow 2.21.0 disagrees:\n"
        "- dense: seqinspect says bias is float32, Keras says float16\n"
    )
    assert re.search(r"^dense .*; Keras disagrees$", text, re.M)


@pytest.mark.parametrize(
    ("keras", "line"),
    [
        (Keras(), "not compared with Keras (--static)"),
        (
            Keras("unavailable", reasons=(KerasAbsent("no keras"),)),
            "not compared with Keras: no keras",
        ),
    ],
)
def test_what_was_not_compared_says_so(question: Report, keras: Keras, line: str) -> None:
    rows = tuple(row._replace(confirmed=Confirmed()) for row in question.rows)
    assert shown(question._replace(rows=rows, keras=keras)).splitlines()[-1] == line


def test_partly_confirmed_says_how_much(question: Report) -> None:
    rows = (question.rows[0], question.rows[1]._replace(confirmed=Confirmed()))
    last = shown(question._replace(rows=rows)).splitlines()[-1]
    assert last.endswith(": 1 of 2 layers, shapes and counts")


def test_ascii_has_forms_for_every_sign(question: Report) -> None:
    text = shown(question, 80, "ascii")
    assert text.isascii()
    assert "4*n*(2*n+1)" in text
    assert "steps 0...t" in text


@pytest.mark.parametrize("width", [20, 34, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_screen_and_nothing_is_lost(wrapped: Report, width: int) -> None:
    text = shown(wrapped, width)
    letters = re.sub(r"[\s─]", "", text)
    if width >= 60:  # below, headings and cells are broken into pieces that stand side by side
        assert max(map(len, text.splitlines())) <= width
        assert "everystep:onen×nkernel,sharedbyallTsteps" in letters
    for row in wrapped.rows:
        assert sorted(row.name) == sorted(c for c in row.name if c in letters)


def test_colour_adds_escapes_and_changes_nothing_else(wrapped: Report) -> None:
    coloured = described(wrapped, screen=Screen(80, colour=True, terminal=True))
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == shown(wrapped, 80).splitlines()


@given(st.text("ab ×+,漢字()_;", max_size=60), st.integers(2, 30))
def test_wrap_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


def test_wrap_breaks_at_spaces_before_signs() -> None:
    assert wrap("every step: one n×n kernel", 16) == ["every step: one", "n×n kernel"]
    assert wrap("4×u×(d+u+1)+u×(v+1)", 12) == ["4×u×(d+u+1)+", "u×(v+1)"]


def test_a_formula_that_is_too_long_for_its_column_stands_below(question: Report) -> None:
    n = symbol("n", 8)
    names = [symbol(f"width_{letter}", 1) for letter in "abcdef"]
    long = n * (names[0] + names[1] + names[2] + names[3] + names[4] + names[5])
    rows = (question.rows[0], question.rows[1]._replace(formula=long))
    lines = shown(question._replace(rows=rows), 80).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("dense"))
    assert lines[start : start + 4] == [
        "dense  Dense  (batch, T, n)                  72",
        "       Parameters: n×(width_a+width_b+width_c+width_d+width_e+width_f)",
        "       every step: one n×n kernel, shared by all T steps",
        "",
    ]


@pytest.mark.parametrize("width", [1, 0, -7])
def test_a_screen_without_room_breaks_after_every_character(width: int) -> None:
    assert wrap("abc", width) == ["a", "b", "c"]
