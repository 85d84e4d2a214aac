"""What is said of the saved models and weights in tests/data/files, one command a file.

Keras 3.15.1, tf_keras or arithmetic judged what stands here: see the comments.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run

FILES = Path(__file__).parents[1] / "data" / "files"


def test_legacy_weights_by_name(run: Run) -> None:
    """Keras 3.15.1 loads this file: only `.weights.h5`, with two dots, is its own format."""
    result = run("diff", "--weights", FILES / "lstm_model_weights.h5", FILES / "lstm.yaml")
    assert (result.code, result.err) == (0, "")
    assert "yes: load_weights loads all 3 weights" in result.out


@pytest.mark.parametrize(
    ("name", "refusal", "renamed"),
    [
        # Keras 3.15.1: Layer count mismatch, for it looks for layers as Keras 2 stores them.
        ("k3_weights.h5", "Keras 3 wrote it, and by its name", "k3.weights.h5"),
        ("legacy.weights.h5", "Keras 1 or 2 wrote it, and by its name", "legacy_weights.h5"),
    ],
)
def test_keras_goes_by_the_name(run: Run, name: str, refusal: str, renamed: str) -> None:
    result = run("diff", "--weights", FILES / name, FILES / "lstm.yaml")
    assert (result.code, result.err) == (1, "")
    assert f"no: load_weights refuses the file: {refusal}" in result.out
    assert f"called {renamed}, it loads" in result.out


def test_kernels_in_the_order_of_theano(run: Run) -> None:
    spec = FILES / "keras1_th_arch.json"
    result = run("diff", "--weights", FILES / "keras1_th_weights.h5", spec)
    assert (result.code, result.err) == (1, "")
    assert "load_weights refuses the file" in result.out
    assert "tf_keras (Keras 2) loads it: it transposes kernels" in result.out
