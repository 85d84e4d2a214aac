"""Report → what a page shows of a model: the document, the table, the picture, the details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import GAP, Document, Section, inline
from seqinspect.output.drawing.calls import Calls
from seqinspect.output.explanation.document import answers, layers
from seqinspect.output.explanation.trial import tried
from seqinspect.output.page.details import details, finding_blocks
from seqinspect.output.page.picture import pictures
from seqinspect.output.report.document import closing, opening
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.explain import Explanation
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
    """What belongs together on a page: a document, the models that it is about, and the rest."""

    document: Document
    models: tuple[ModelView, ...]
    after: tuple[Block, ...] = ()


def view(model: Shown, columns: Sequence[str] | None = None) -> View:
    """Return the page of one model: what `describe` says, with a picture."""
    return View(_headed(model.report), (*_models([model], columns),))


def explained(model: Shown, explanation: Explanation, *, short: bool = False) -> View:
    """Return the page of one model with the answers, and unless `short` layer by layer.

    The picture of the page stands for those of text.
    """
    document = _headed(model.report, tuple(answers(explanation)))
    plain = (replace(layer, picture=None) for layer in explanation.layers)
    after: list[Block] = []
    if not short:
        after += [*layers(replace(explanation, layers=tuple(plain))), *tried(explanation.layers)]
    return View(document, (*_models([model]),), tuple(after))


def compared(models: Sequence[Shown], document: Document) -> View:
    """Return the page of two models and what changed between them; of one, if it is new or gone."""
    return View(document, (*_models(models),))


def _headed(report: Report, blocks: tuple[Block, ...] = ()) -> Document:
    return Document(report.model, (Section(inline(report.model), blocks, aside=report.source),))


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
