"""Keras, where a command asks it: imported quietly, without a GPU, and as late as can be."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from seqinspect import __version__
from seqinspect.errors import Problem, SpecError

if TYPE_CHECKING:
    from seqinspect.lint.run import Confirm
    from seqinspect.model.graph import Graph
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
    from seqinspect.output.unconfirmed_words import unconfirmed_text  # noqa: PLC0415 - seldom

    what = f"Keras cannot be asked: {unconfirmed_text(keras.reasons)}"
    return [Problem(what, remedy="install tensorflow, or do without it: --static")]


def require_answer(report: Report) -> None:
    """Refuse to go on where Keras was to be asked and is not there. Raises SpecError."""
    if problems := not_asked_problem(report.keras):
        raise SpecError(*problems)


def keras_confirmer(*, remembered: bool, allow_imports: bool, later: bool = False) -> Confirm:
    """Return what asks Keras. Where it agreed with the same model earlier, that is `remembered`.

    Classes under `custom` are imported only with `allow_imports`; what depends on them is unknown
    without. With `later`, Later is raised where Keras would be imported.
    """
    from seqinspect.keras_model import cache  # noqa: PLC0415 - only without --static

    keras_cache = cache.find_cache(__version__) if remembered else None

    def confirm(graph: Graph, report: Report) -> Report:
        recalled = cache.recall(keras_cache, graph, report) if keras_cache is not None else None
        if recalled is not None:
            return recalled
        if later:
            from seqinspect.lint.parallel import Later  # noqa: PLC0415 - only with several specs

            raise Later
        load_keras()
        from seqinspect.keras_model.build import compare  # noqa: PLC0415 - it imports Keras

        if graph.custom and allow_imports:
            from seqinspect.analysis.walk import analyse  # noqa: PLC0415 - likewise
            from seqinspect.keras_model.custom.layers import import_custom_classes  # noqa: PLC0415 - likewise

            graph = import_custom_classes(graph)
            return compare.confirm(graph, analyse(graph))
        report = compare.confirm(graph, report)
        if keras_cache is not None:
            cache.remember(keras_cache, graph, report)
        return report

    return confirm
