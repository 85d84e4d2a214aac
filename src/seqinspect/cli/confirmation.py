"""Confirmation by Keras of many specs: imported at the first one that the cache does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect import __version__
from seqinspect.analysis.walk import analyse
from seqinspect.cli.loading import load_keras
from seqinspect.keras_model import cache
from seqinspect.lint.parallel import Later

if TYPE_CHECKING:
    from seqinspect.lint.run import Confirm
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report


def keras_confirmer(*, remembered: bool, allow_imports: bool, later: bool = False) -> Confirm:
    """Return what asks Keras. Where it agreed with the same model earlier, that is `remembered`.

    Classes under `custom` are imported only with `allow_imports`; what depends on them is unknown
    without. With `later`, Later is raised where Keras would be imported.
    """
    keras_cache = cache.find_cache(__version__) if remembered else None

    def confirm(graph: Graph, report: Report) -> Report:
        recalled = cache.recall(keras_cache, graph, report) if keras_cache is not None else None
        if recalled is not None:
            return recalled
        if later:
            raise Later
        load_keras()
        from seqinspect.keras_model.build import compare  # noqa: PLC0415 - it imports Keras

        if graph.custom and allow_imports:
            from seqinspect.keras_model.custom.layers import import_custom_classes  # noqa: PLC0415 - likewise

            graph = import_custom_classes(graph)
            return compare.confirm(graph, analyse(graph))
        report = compare.confirm(graph, report)
        if keras_cache is not None:
            cache.remember(keras_cache, graph, report)
        return report

    return confirm
