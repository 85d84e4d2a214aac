"""Slips that people make: one error for each cause, and what to write instead, which works."""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec

INPUT = "input: [10, 8]\n"

SLIPS = {
    "no space after the colon": (
        INPUT + "layers:\n  - LSTM:8\n",
        "put a space after the colon: - LSTM: 8",
        INPUT + "layers:\n  - LSTM: 8\n",
    ),
    "a layer at the top": (
        INPUT + "LSTM: 8\nDense: {units: 4}\n",
        "write layers: [{LSTM: 8}, {Dense: {units: 4}}]",
        INPUT + "layers: [{LSTM: 8}, {Dense: {units: 4}}]",
    ),
    "no input": (
        "layers: [{LSTM: 8}]",
        "write input: [10, 8], for 10 steps of 8 features",
        "input: [10, 8]\nlayers: [{LSTM: 8}]",
    ),
    "another sign for powers": (
        "dims: {n: 8}\ninput: [10, n]\nlayers: [{LSTM: n^2}]",
        "write n**2",
        "dims: {n: 8}\ninput: [10, n]\nlayers: [{LSTM: n**2}]",
    ),
    "percent": (
        INPUT + "layers: [{Dropout: 20}]",
        "write 0.2: it is a part of 1",
        INPUT + "layers: [{Dropout: 0.2}]",
    ),
    "another library": (
        INPUT + "layers: [{LSTM: {units: 8, batch_first: true}}]",
        "leave it out: in Keras the batch is always the first axis",
        INPUT + "layers: [{LSTM: {units: 8}}]",
    ),
    "a quoted yes": (
        INPUT + 'layers: [{LSTM: {units: 8, return_sequences: "true"}}]',
        "write true, without quotes",
        INPUT + "layers: [{LSTM: {units: 8, return_sequences: true}}]",
    ),
    "a size without a number": (
        "input: [10, n]\nlayers: [{LSTM: 8}]",
        "give it a number under `dims`, such as dims: {n: 10}",
        "dims: {n: 10}\ninput: [10, n]\nlayers: [{LSTM: 8}]",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_one_error_whose_remedy_works(slip: str) -> None:
    wrong, remedy, right = SLIPS[slip]
    with pytest.raises(SpecError) as caught:
        read_spec(wrong.encode())
    (problem,) = caught.value.problems
    assert problem.remedy == remedy
    assert analyse(read_spec(right.encode())).rows
