from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

MODULE = """
from keras import layers

print("hello")


class Doubled(layers.Layer):
    def call(self, x):
        return x + x
"""
SPEC = "dims: {T: 10}\ninput: [T, 8]\ncustom: {Doubled: mine:Doubled}\nlayers: [Doubled]\n"


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(MODULE)
    (tmp_path / "own.yaml").write_text(SPEC)
    return "own.yaml"


@pytest.mark.parametrize("arguments", [(), ("--static",)])
def test_nothing_is_imported_without_permission(
    run: Run, own: str, arguments: tuple[str, ...]
) -> None:
    result = run("describe", *arguments, own)
    assert (result.code, result.out) == (2, "")
    assert "own.yaml:4:10: Doubled is a custom class" in result.err
    assert "--allow-imports" in result.err
    assert "hello" not in result.err


@pytest.mark.usefixtures("own")
def test_nor_is_it_for_standard_input(run: Run) -> None:
    result = run("describe", "--static", "-", stdin=SPEC.encode())
    assert (result.code, result.out) == (2, "")
    assert "<stdin>:4:10: Doubled is a custom class" in result.err


@pytest.mark.keras
@pytest.mark.usefixtures("own")
def test_with_permission_standard_input_is_read_likewise(run: Run) -> None:
    result = run("describe", "--allow-imports", "-", stdin=SPEC.encode())
    assert result.code == 0
    assert "from Keras (mine:Doubled)" in result.out


def test_it_needs_keras(run: Run, own: str) -> None:
    result = run("describe", "--static", "--allow-imports", own)
    assert result.code == 2
    assert "leave out one of them" in result.err


@pytest.mark.keras
def test_with_permission_keras_and_the_experiment_say_what_it_is(run: Run, own: str) -> None:
    result = run("describe", "--allow-imports", own)
    assert result.code == 0
    row = next(line for line in result.out.splitlines() if line.startswith("doubled"))
    assert "each of the T steps by itself; found by experiment with 5, 10 and 20 steps" in row
    assert "from Keras (mine:Doubled)" in row
    assert "hello" not in result.out
