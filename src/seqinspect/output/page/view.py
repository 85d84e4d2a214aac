"""Report → what a page shows of a model: the document, the table, the picture, the details."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.output.document import GAP, Document, Section, inline
from seqinspect.output.drawing.calls import Calls
from seqinspect.output.page.details import details, finding_blocks
from seqinspect.output.page.picture import pictures
from seqinspect.output.report.document import closing, opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.output.document import Block
    from seqinspect.output.findings.shared import FindingView
    from seqinspect.output.page.details import Detail
    from seqinspect.output.page.picture import PagePicture

ALL_LEVELS = 10**6
"""All layers within layers are in the table: the page folds them."""


class Shown(NamedTuple):
    """A model with what was found in it."""

    graph: Graph
    report: Report
    findings: Sequence[FindingView] = ()


class ModelView(NamedTuple):
    """A model on a page: what stands above its picture, the picture, what is said of each row."""

    name: str
    blocks: tuple[Block, ...]
    picture: PagePicture
    details: tuple[Detail, ...]


class View(NamedTuple):
    """What belongs together on a page: a document, and the models that it is about."""

    document: Document
    models: tuple[ModelView, ...]


def view(model: Shown, columns: Sequence[str] | None = None) -> View:
    """Return the page of one model: what `describe` says, with a picture."""
    report = model.report
    heading = Section(inline(report.model), (), aside=report.source)
    return View(Document(report.model, (heading,)), (*_models([model], columns),))


def explained(model: Shown, document: Document) -> View:
    """Return the page of one model with the long answer on it."""
    return View(document, (*_models([model]),))


def compared(models: Sequence[Shown], document: Document) -> View:
    """Return the page of two models and what changed between them; of one, if it is new or gone."""
    return View(document, (*_models(models),))


def _models(models: Sequence[Shown], columns: Sequence[str] | None = None) -> Iterator[ModelView]:
    calls = [Calls(each.graph, each.report) for each in models]
    for each, found, picture in zip(models, calls, pictures(calls), strict=True):
        yield ModelView(
            each.report.model if each.report.model == each.report.source else each.report.source,
            (*_blocks(each, columns),),
            picture,
            tuple(details(found.model, each.findings)),
        )


def _blocks(model: Shown, columns: Sequence[str] | None) -> Iterator[Block]:
    yield from opening(model.report, columns, ALL_LEVELS)
    yield from closing(model.report)
    if model.findings:
        yield GAP
        found = [block for each in model.findings for block in finding_blocks(each)]
        yield Section(inline("Findings"), tuple(found))
