"""Which Keras and which backend are installed, from the names of their metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.keras_model import backends

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "asked", "found"),
    [
        ("keras-3.15.1 tensorflow-2.21.0", "", ("3.15.1", "tensorflow", "2.21.0")),
        ("keras-3.15.1 tensorflow_cpu-2.21.0 jax-0.10.2", "", ("3.15.1", "tensorflow", "2.21.0")),
        ("keras-3.15.1 torch-2.13.0 jax-0.10.2 numpy-2.4.6", "", ("3.15.1", "jax", "0.10.2")),
        ("keras-3.15.1 torch-2.13.0 numpy-2.4.6", "", ("3.15.1", "torch", "2.13.0")),
        ("keras-3.15.1 tensorflow-2.21.0 torch-2.13.0", "torch", ("3.15.1", "torch", "2.13.0")),
        ("keras_nightly-3.16.0.dev1 jax-0.10.2", "", ("3.16.0.dev1", "jax", "0.10.2")),
        ("keras-3.15.1 tensorflow-2.21.0", "jax", None),
        ("keras-3.15.1 tensorflow-2.21.0", "theano", None),
        ("keras-3.15.1", "", None),
        ("keras_tuner-1.0 tensorflow-2.21.0", "", None),
        ("keras-3 keras-2 tensorflow-2.21.0", "", None),
        ("keras-3 tensorflow-2.21.0 tensorflow_cpu-2.21.0", "", None),
    ],
)
def test_what_is_installed(
    tmp_path: Path,
    names: str,
    asked: str,
    found: tuple[str, str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(backends.VARIABLE, asked)
    for name in names.split():
        (tmp_path / f"{name}.dist-info").mkdir()
    assert backends.installed([str(tmp_path / "absent"), str(tmp_path)]) == found


def test_the_first_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(backends.VARIABLE, raising=False)
    for name in ("a/keras-3.15.1", "a/jax-1.0", "b/keras-2.0", "b/jax-2.0"):
        (tmp_path / f"{name}.dist-info").mkdir(parents=True)
    folders = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert backends.installed(folders) == ("3.15.1", "jax", "1.0")
