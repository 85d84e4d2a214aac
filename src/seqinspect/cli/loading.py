"""Keras, where a command asks it: imported quietly, without a GPU, and as late as can be."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from seqinspect import __version__
from seqinspect.errors import Problem, SpecError
from seqinspect.model.report import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.lint.run import Confirm
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Keras, Report
    from seqinspect.model.unconfirmed import KerasAbsent

LOADING = "loading Keras, to confirm the numbers (--static does without) …"


def load_keras() -> None:
    """Import Keras; where it is not there, every report says so."""
    from seqinspect.keras_model.build import runtime  # noqa: PLC0415 - heavy

    with contextlib.suppress(runtime.KerasUnavailable):
        runtime.load(hide_gpus=True)
    gc.enable()


def not_asked_problem(answers: Iterable[Keras], *, required: bool = False) -> list[Problem]:
    """Return the problem that Keras was to be asked and cannot be, if it is so of an answer.

    Where no Keras is installed, as beside `seqinspect-static`, the report says so, and that is a
    problem only of what has no answer without: `required`.
    """
    unavailable = [keras for keras in answers if keras.status == "unavailable"]
    if not unavailable:
        return []
    from seqinspect.model.unconfirmed import KerasAbsent  # noqa: PLC0415 - seldom

    for keras in unavailable:
        for reason in keras.reasons:
            if isinstance(reason, KerasAbsent) and (reason.installed or required):
                return [absence(reason, static_does=not required)]
    return []


def absence(reason: KerasAbsent, *, static_does: bool = False) -> Problem:
    """Return the problem that a Keras is absent or broken, and whether --static does without."""
    from seqinspect.keras_model import backends  # noqa: PLC0415 - seldom

    named = backends.asked() or next(iter(BACKENDS))
    remedy = f"pip install {'jax' if named == 'numpy' else named}"
    if named not in BACKENDS:
        remedy = f"unset {backends.VARIABLE}, or set it to {' or '.join(BACKENDS)}"
    if static_does:
        remedy += ", or do without it: --static"
    return Problem(f"Keras cannot be asked: {reason.text}", remedy=remedy)


def require_answer(report: Report) -> None:
    """Refuse to go on where Keras was to be asked and is broken. Raises SpecError."""
    if problems := not_asked_problem([report.keras]):
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
