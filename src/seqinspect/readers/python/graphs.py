"""A model found in code → its Graph: its entries wired, with the sizes that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge, symbol
from seqinspect.errors import SpecError
from seqinspect.model.tree import Scalar
from seqinspect.readers.dialect.entries import count_calls
from seqinspect.readers.dialect.wiring import wire
from seqinspect.readers.elements.context import ReaderContext
from seqinspect.readers.python.code import CodeDocument
from seqinspect.readers.python.model_inputs import ModelInputs
from seqinspect.readers.python.models import Builder
from seqinspect.readers.python.run import StepsExceeded, refuse_at
from seqinspect.readers.python.trees import Trees
from seqinspect.records import replace

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.values import ModelValue
    from seqinspect.readers.source.limits import Limits


def open_axes(graph: Graph) -> dict[str, Expr]:
    """Return the sizes of inputs that the code leaves open with None, by their names."""
    sizes = [size for given in graph.inputs for size in (given.shape or ())[1:]]
    names = {name for size in sizes for name in size.symbols() if name not in graph.dims}
    return {name: symbol(name) for name in sorted(names)}


def _with_open_axes_set(run: Run, graph: Graph) -> Graph:
    """Return a graph whose open axes have the numbers that `--set` gives them."""
    numbers = {name: run.given.get(name) for name in open_axes(graph)}
    known = {name: symbol(name, number) for name, number in numbers.items() if number is not None}
    if not known:
        return graph
    inputs = tuple(
        replace(each, shape=tuple(size.substitute(known) for size in each.shape))
        if each.shape is not None
        else each
        for each in graph.inputs
    )
    return replace(graph, inputs=inputs, dims={**graph.dims, **known})


def graph_of(run: Run, code: Code, model: ModelValue, limits: Limits) -> Graph:
    """Return the graph of a model. Raises SpecError with what is not known or not right."""
    node = Scalar(model.kind, model.kind, False, model.at.line, model.at.column)
    context = ReaderContext(CodeDocument(node, code), limits)
    context.keras = "1" if run.keras1 else "2" if run.legacy else "3"
    trees = Trees(run, code, context)
    builder = Builder(run, context, trees, ModelInputs(run, code, context, trees))
    try:
        body = builder.body(model)
        if model.is_sequential and not body.entries and not context.problem_count:
            trees.problem(model.at, "the model", "it has no layers")
        if context.problem_count:
            raise SpecError(*context.problems.found)
        used = [name for name in run.sizes if name in trees.used]
        context.sizes.update({name: run.sizes[name] for name in used})
        count_calls(context, body.entries)
        graph = wire(context, body, {})
        if context.problem_count:
            raise SpecError(*context.problems.found)
        definitions = {name: run.formulas[name] for name in used if name in run.formulas}
        texts = {name: run.texts[name] for name in used if name in run.texts}
        graph = replace(graph, definitions=definitions, size_texts=texts)
        graph = _with_open_axes_set(run, graph)
    except (FormulaTooLarge, RecursionError, StepsExceeded) as error:
        why = str(error) or "it takes too many steps to follow"
        raise refuse_at(
            code, model.at, "the model is too large to be read", received=why, about="limit"
        ) from None
    return graph
