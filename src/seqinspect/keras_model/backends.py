"""On which backend Keras computes: the one that is asked for, else the first that is installed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from seqinspect.model.report import BACKENDS
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLE = "KERAS_BACKEND"
"""The environment variable by which Keras, and all that is started from here, knows the backend."""

DISTRIBUTIONS: Mapping[str, str] = {
    "keras": "keras", "keras-nightly": "keras", "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow", "tensorflow-macos": "tensorflow", "tf-nightly": "tensorflow",
    "jax": "jax", "torch": "torch", "numpy": "numpy",
}  # fmt: skip
"""Of which module a package is."""

_METADATA = re.compile(r"(.+)-([^-]+)\.(?:dist|egg)-info")


class Installed(NamedTuple):
    """The versions of Keras and of a backend."""

    keras: str
    backend: str
    version: str


def asked() -> str | None:
    """Return the backend that the environment names, None where it names none."""
    return os.environ.get(VARIABLE) or None


def ask(backend: str) -> None:
    """Let Keras compute on a backend, in this process and those that it starts."""
    os.environ[VARIABLE] = backend


def installed(folders: Iterable[str]) -> Installed | None:
    """Return what is installed in the folders of a search path, from the names of its metadata.

    Nothing is imported or opened. None where there is no Keras, no backend (or not the one that is
    asked for), or a folder that has one of them twice.
    """
    versions: dict[str, str] = {}
    for folder in folders:
        here: dict[str, str] = {}
        for name in _names(folder):
            match = _METADATA.fullmatch(name)
            module = DISTRIBUTIONS.get(match[1].replace("_", "-").lower()) if match else None
            if match is None or module is None:
                continue
            if module in here:
                return None
            here[module] = match[2]
        versions = here | versions
    named = asked()
    there = (name for name in (BACKENDS if named is None else (named,)) if name in versions)
    backend = next(there, None)
    if backend is None or "keras" not in versions:
        return None
    return Installed(versions["keras"], backend, versions[backend])


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or os.curdir)  # noqa: PTH208 - names alone, and no pathlib
    except OSError:
        return []
