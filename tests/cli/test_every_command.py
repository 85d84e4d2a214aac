"""Commands on hostile inputs: on each another, in turn.

`python -m tests.every_command` tries all commands on all inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.every_command import COMMANDS, DATA, inputs, prepare, tried
from tests.sampling import sampled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.limited import Server

KINDS = ("array: ", "arrays: ", "table: ", "data: ")
BATCHES = 8
STRIDE = 7
"""Neighbours are inputs of a kind: they get commands that are no neighbours."""


@pytest.mark.long
def test_data_of_every_kind_end_well(tmp_path: Path, server: Server) -> None:
    folder = tmp_path.resolve()
    prepare(folder)
    (folder / "inputs").mkdir()
    data = [each for each in inputs(folder / "inputs") if each.name.startswith(KINDS)]
    assert len(data) > 80
    wrong = [(each.name, *said) for each in data for said in tried(server, folder, each, [DATA])]
    assert not wrong


@pytest.mark.parametrize("batch", sampled(range(BATCHES), 1))
def test_it_ends_well(batch: int, tmp_path: Path, server: Server) -> None:
    folder = tmp_path.resolve()
    prepare(folder)
    (folder / "inputs").mkdir()
    every = list(enumerate(inputs(folder / "inputs")))
    assert len(every) > 400
    wrong = [
        (given.name, *said)
        for number, given in every[batch::BATCHES]
        for said in tried(server, folder, given, [COMMANDS[number * STRIDE % len(COMMANDS)]])
    ]
    assert not wrong
