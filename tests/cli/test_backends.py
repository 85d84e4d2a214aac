"""The backend on which Keras computes: the one that is named, whatever else is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

STANDS_FOR_KERAS = """
import os
raise ImportError("on " + os.environ["KERAS_BACKEND"])
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """A keras that says which backend it was to run on."""
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "keras.py").write_text(STANDS_FOR_KERAS)
    return str(tmp_path / "stub")


@pytest.mark.parametrize(
    ("named", "environment", "backend"),
    [
        ((), "", "tensorflow"),
        ((), "torch", "torch"),
        (("--backend", "jax"), "", "jax"),
        (("--backend", "numpy"), "torch", "numpy"),
    ],
)
def test_the_backend_that_is_named(
    named: tuple[str, ...], environment: str, backend: str, run: Run, *, spec: Path, stand_in: str
) -> None:
    result = run("describe", spec, *named, KERAS_BACKEND=environment, PYTHONPATH=stand_in)
    assert result.code == 2
    assert f"not compared with Keras: on {backend}" in result.out
    package = {"numpy": "jax"}.get(backend, backend)
    assert f"remedy: pip install {package}, or do without it: --static" in result.err


def test_a_backend_that_keras_does_not_have(run: Run, spec: Path, stand_in: str) -> None:
    result = run("describe", spec, KERAS_BACKEND="theano", PYTHONPATH=stand_in)
    assert result.code == 2
    assert "remedy: unset KERAS_BACKEND, or set it to tensorflow or jax or torch" in result.err
    result = run("describe", spec, "--backend", "theano")
    assert result.code == 2
    assert "'theano' is not one of 'tensorflow', 'jax', 'torch', 'numpy'" in result.err


@pytest.mark.parametrize("command", ["check", "diff", "draw", "equal", "explain"])
def test_every_command_that_asks_keras_takes_one(
    command: str, run: Run, spec: Path, stand_in: str
) -> None:
    specs = (spec, spec) if command in ("diff", "equal") else (spec,)
    result = run(command, *specs, "--backend", "jax", PYTHONPATH=stand_in)
    assert result.code == 2
    assert "error: Keras cannot be asked: on jax" in result.err
