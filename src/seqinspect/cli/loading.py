"""Keras, imported quietly and without a GPU, where a command asks it."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from seqinspect.errors import Problem, SpecError

if TYPE_CHECKING:
    from seqinspect.model.report import Keras, Report

LOADING = "loading TensorFlow, to confirm the numbers (--static does without) …"


def load_keras() -> None:
    """Import Keras; where it is not there, every report says so."""
    from seqinspect.keras_model.build import runtime  # noqa: PLC0415 - heavy

    with contextlib.suppress(runtime.KerasUnavailable):
        runtime.load(hide_gpus=True)
    gc.enable()


def not_asked_problem(keras: Keras) -> list[Problem]:
    """Return the problem that Keras was to be asked and is not there, if it is so."""
    if keras.status != "unavailable" or keras.version is not None:
        return []
    what = f"Keras cannot be asked: {keras.reason}"
    return [Problem(what, remedy="install tensorflow, or do without it: --static")]


def require_answer(report: Report) -> None:
    """Refuse to go on where Keras was to be asked and is not there. Raises SpecError."""
    if problems := not_asked_problem(report.keras):
        raise SpecError(*problems)
