"""Python source → the graphs of the models in it, each with its name and its places."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.found import FoundModel
from seqinspect.readers.python.code import read_code
from seqinspect.readers.python.graphs import graph_of, open_axes
from seqinspect.readers.python.interpreter import run_module
from seqinspect.readers.python.keras_parts import tensors_read
from seqinspect.readers.python.no_model import no_model
from seqinspect.readers.python.run import MOST_STEPS, Run, choice_text, refuse_at
from seqinspect.readers.python.training import expectations, fitted_data
from seqinspect.readers.python.values import At, InputValue, ModelValue, TensorValue
from seqinspect.readers.source.names import nearest
from seqinspect.records import NamedTuple, replace
from seqinspect.rules.index import FUNCTIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph
    from seqinspect.readers.dialect.dims import Overrides
    from seqinspect.readers.found import CodeSource
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.source.limits import Limits

    Shapes = dict[object, object]
    """What is known of tensors, by what makes them and which of its outputs they are."""

    Infer = Callable[[Graph], tuple[Expr, ...] | None]

ADDRESS = re.compile(r" at 0x[0-9a-f]+")

MOST_PATHS = 12
"""So many combinations of conditions that are not known are followed."""


FAR_BACK = 20
"""A shape that follows from so many calls is worked out in two parts, of which the first is kept.

Where each layer's shape is asked for, as in residual blocks, the rest is short the next time.
"""


class Reader(NamedTuple):
    """What the reading of one source goes by."""

    code: Code
    limits: Limits
    infer: Infer | None
    given: Mapping[str, int | None]
    unknown: frozenset[str] = frozenset()
    answers: Mapping[str, bool | float | str] = {}

    def follow(self, decisions: tuple[bool, ...]) -> Run:
        """Evaluate the source along one path through conditions that are not known."""
        run = Run(self.code, decisions, self.given, self.answers, unknown_names=self.unknown)
        shapes: Shapes = {}

        def shape_of(tensor: TensorValue) -> object:
            key = (id(tensor.maker), tensor.index)
            if key not in shapes:
                shapes[key] = self.shape(run, tensor, shapes)
            return shapes[key]

        run.shape_of = shape_of
        run_module(run, self.code)
        return run

    def shape(self, run: Run, tensor: TensorValue, known: Shapes) -> object:
        """Return the shape of a tensor, the batch as None; None where it is not known.

        It follows from the shapes of the tensors before it that are known already, else from the
        inputs of the model.
        """
        if isinstance(tensor.maker, InputValue) and (given := tensor.maker.shape()) is not None:
            return given
        if isinstance(tensor.maker, InputValue) and tensor.maker.seen is not None:
            tensor.maker.looked_at = True
            return tensor.maker.seen
        near = _before(tensor, known)
        if near.calls > FAR_BACK and near.join is not None:
            key = (id(near.join.maker), near.join.index)
            known[key] = self.shape_from(run, near.join, _before(near.join, known).tensors)
            near = _before(tensor, known)
        found = self.shape_from(run, tensor, near.tensors)
        if found is None and not all(isinstance(each.maker, InputValue) for each in near.tensors):
            found = self.shape_from(run, tensor, _before(tensor, {}).tensors)
        return found

    def shape_from(self, run: Run, tensor: TensorValue, inputs: Sequence[TensorValue]) -> object:
        """Return the shape of a tensor as what is between others and it makes it; None if open."""
        model = ModelValue(FUNCTIONAL, At(1, 1), inputs=list(inputs), outputs=[tensor])
        shape, count = None, run.layer_count
        try:
            if self.infer is not None:
                shape = self.infer(graph_of(run, self.code, model, self.limits))
        except SpecError:
            shape = None
        run.layer_count = count  # it is no model of the source
        if not shape:
            return None
        sizes = [size.value if size.is_constant else size for size in shape[1:]]
        return (None, *sizes)

    def only_output(self, graph: Graph) -> tuple[Expr, ...] | None:
        """Return the shape of a model's output; None where it has several, or it is not known."""
        if self.infer is None or len(graph.outputs) != 1:
            return None
        with suppress(SpecError):
            return self.infer(graph)
        return None


class _Before(NamedTuple):
    """What is before a tensor: the nearest tensors of a known shape, else the inputs.

    `calls` are so many between them and it, `join` is the nearest tensor there that is made of
    several.
    """

    tensors: list[TensorValue]
    calls: int
    join: TensorValue | None


def _before(tensor: TensorValue, known: Shapes) -> _Before:
    """Return what is before a tensor, as far as the nearest tensors whose shapes are known."""
    found: dict[TensorValue, None] = {}
    join = None
    waiting, seen = [tensor], set()
    while waiting:
        each = waiting.pop()
        call = each.maker
        is_known = each is not tensor and isinstance(known.get((id(call), each.index)), tuple)
        if isinstance(call, InputValue) or is_known:
            found[each] = None
        elif id(call) not in seen:
            seen.add(id(call))
            read = tensors_read(call)
            if join is None and len(read) > 1 and each is not tensor:
                join = each
            waiting += reversed(read)
    return _Before(list(found), len(seen), join)


class _Found(NamedTuple):
    """A model with the position where it is made; `unbound` if Python would stop before it.

    `within_layer`: it is a part of a layer, of which only its name asks.
    """

    at: At
    model: FoundModel
    unbound: bool = False
    within_layer: bool = False


def read_python(
    source: CodeSource,
    limits: Limits,
    *,
    overrides: Overrides,
    infer: Infer | None = None,
    model: str = "",
) -> list[FoundModel]:
    """Return every model of a script, a notebook or a document, or the one called `model`.

    `overrides` are numbers for sizes, by name. `infer` tells the shape of what a graph returns.
    Raises SpecError where the source cannot be read, builds no model, or none of that name.
    """
    code = read_code(source, limits)
    reader = Reader(code, limits, infer, {})
    if overrides:
        reader = _with_overrides(reader, overrides)
    found = _models(reader)
    if not found:
        raise no_model(code, model)
    if model:
        return _called(found, model, source.file)
    whole = [each.model for each in found if not each.within_layer]
    return whole or [each.model for each in found]


class _Open(NamedTuple):
    """What a source leaves open: its sizes, and the conditions, rates and words by their text."""

    sizes: dict[str, Expr]
    values: dict[str, None]


def _with_overrides(reader: Reader, overrides: Overrides) -> Reader:
    """Return the reader with what `--set` gives. Raises SpecError for names that are not open.

    A number may bring further sizes: so many layers, each with units of its own.
    """
    found = _open(reader)
    while True:
        sizes, values = found
        names = {size.text(): name for name, size in sizes.items()} | {name: name for name in sizes}
        given: dict[str, int | None] = {}
        answers: dict[str, bool | float | str] = {}
        for text, value in overrides.items():
            shown = str(value).strip()
            if text in values and (text not in names or not shown.isdigit()):
                answers[text] = _answer(shown)
            elif text in names:
                number = _number(text, shown)
                given |= {names[text]: number, sizes[names[text]].text(): number}
        unknown = frozenset(name for name, size in sizes.items() if size.value is None)
        reader = reader._replace(given=given, answers=answers, unknown=unknown)
        missing = [text for text in overrides if text not in names and text not in values]
        if not missing:
            return reader
        more = _open(reader)
        further = _Open({**more.sizes, **sizes}, {**more.values, **values})
        if len(further.sizes) + len(further.values) == len(sizes) + len(values):
            break
        found = further
    near = nearest(missing[0], [*names, *values])
    shown_names = [*(size.text() for size in sizes.values()), *values]
    raise SpecError(
        Problem(
            f"--set names no size of {reader.code.file}",
            f"--set {missing[0]}={str(overrides[missing[0]]).strip()}",
            ", ".join(shown_names[:10]) or "code with sizes",
            f"did you mean `{near}`?" if near else "",
            about="unknown dim",
        )
    )


def _open(reader: Reader) -> _Open:
    """Return what the models of a source leave open."""
    sizes: dict[str, Expr] = {}
    values: dict[str, None] = {}
    for run in _paths(reader):
        for model in run.models:
            with suppress(SpecError):
                graph = graph_of(run, reader.code, model, reader.limits)  # it names its sizes
                sizes = {**open_axes(graph), **sizes}
        sizes = {**run.sizes, **sizes}
        values |= dict.fromkeys(text for text, _ in run.conditions) | run.open_values
    return _Open(sizes, values)


def _answer(text: str) -> bool | float | str:
    """Return what `--set` gives a condition, a rate or a word."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text.strip("\"'")


def _number(name: str, text: str) -> int | None:
    """Return the number that `--set` gives a size; None where it makes it unknown."""
    if text in ("null", "None", "~"):
        return None
    if text.isascii() and text.isdigit() and int(text[:40]) > 0 and len(text) < 40:
        return int(text)
    raise SpecError(Problem(f"--set {name}", text, "an integer above 0, or null", about="dims"))


def _models(reader: Reader) -> list[_Found]:
    """Return the models along all paths through conditions that are not known."""
    found: list[_Found] = []
    seen: dict[object, dict[str, bool]] = {}
    for run in _paths(reader):
        for model in run.models:
            if _is_whole(model):
                _enter(reader, run, model, found, seen)
        if run.cut and not run.decisions:
            found.append(_rest(reader, run))
    built = {each.at for each in found if each.model.graph is not None}
    found = [each for each in found if not (each.unbound and each.at in built)]
    return _with_own_names(sorted(found, key=lambda each: (each.within_layer, each.at)))


def _paths(reader: Reader) -> Iterator[Run]:
    """Yield a run along each path through conditions that are not known, as far as is followed."""
    waiting: list[tuple[bool, ...]] = [()]
    steps = 0
    for _ in range(MOST_PATHS):
        if not waiting or steps > MOST_STEPS:
            break
        decisions = waiting.pop(0)
        run = reader.follow(decisions)
        yield run
        steps += run.steps
        answers = [answer for _, answer in run.conditions]
        for index in range(len(decisions), len(answers)):
            waiting.append((*answers[:index], not answers[index]))


def _rest(reader: Reader, run: Run) -> _Found:
    """Return what stands for the code behind the point from which it was followed no further."""
    error = refuse_at(
        reader.code,
        At(run.line, 1),
        "the code is followed no further",
        received=run.cut,
        expected="code that builds its models without so much work",
        remedy="keep the models in a file of their own",
        about="limit",
    )
    return _Found(At(run.line, 1), FoundModel("", (), None, error))


def _is_whole(model: ModelValue) -> bool:
    """Tell whether a model is one that a reader asks for, not a part without a name."""
    if model.nested and not model.variable:
        return False
    if model.problems:
        return True
    if model.is_sequential:
        return any(not isinstance(each, InputValue) for each in model.layers)
    return bool(model.outputs)


def _enter(
    reader: Reader,
    run: Run,
    model: ModelValue,
    found: list[_Found],
    seen: dict[object, dict[str, bool]],
) -> None:
    """Enter a model, unless another path through the source built the same.

    `seen` has the answers to conditions on the way to the first model of each place and name.
    """
    function = model.owner.rpartition(".")[2]
    name = model.variable or model.name or function or "model"
    aliases = dict.fromkeys((name, model.variable, model.name, model.owner, function))
    aliases |= model.further_names
    if model.subclass is not None:
        aliases[model.subclass.cls.name] = None
    aliases.pop("", None)
    error, graph = None, None
    try:
        graph = graph_of(run, reader.code, model, reader.limits)
    except SpecError as caught:
        error = caught
    content = _content(graph) if graph is not None else str(error)
    answers = dict(run.conditions)
    if (model.at, name, content) in seen:
        return
    seen[model.at, name, content] = answers
    others = [e for e in found if (e.at, e.model.aliases[0]) == (model.at, name)]
    first = seen.setdefault((model.at, name), answers)
    choices = [choice_text(text, yes) for text, yes in answers.items() if first.get(text) != yes]
    if choices and others:
        aliases[f"{name}_{len(others) + 1}"] = None
        name = f"{name} ({', '.join(choices)})"
    if graph is not None:
        expect = expectations(reader.code, model, graph, reader.only_output)
        graph = replace(graph, name=name, expect=expect, fitted=fitted_data(reader.code, model))
    entered = FoundModel(name, tuple(aliases), graph, error)
    found.append(_Found(model.at, entered, model.unbound, model.within_layer))


def _content(graph: Graph) -> str:
    """Return what two models have in common that are the same."""
    nodes = [
        (node.layer.type, str(sorted(node.layer.arguments.items(), key=str)), node.sources)
        for node in graph.nodes
    ]
    text = str(([given.shape for given in graph.inputs], nodes, graph.outputs))
    return ADDRESS.sub("", text)  # of functions, which tell no models apart


def _with_own_names(found: list[_Found]) -> list[_Found]:
    """Give models that share a name their numbers, so that each can be asked for."""
    counts: dict[str, int] = {}
    named = []
    for each in found:
        model = each.model
        counts[model.name] = number = counts.get(model.name, 0) + 1
        if number > 1:
            name = f"{model.name}_{number}"
            graph = replace(model.graph, name=name) if model.graph is not None else None
            model = model._replace(name=name, aliases=(name, *model.aliases), graph=graph)
        named.append(each._replace(model=model))
    return named


def _called(found: list[_Found], name: str, file: str) -> list[FoundModel]:
    """Return the models that a name asks for. Raises SpecError where there is none."""
    exact = [each.model for each in found if each.model.name == name]
    models = exact or [each.model for each in found if name in each.model.aliases]
    if not models:
        names = [each.model.name for each in found]
        near = nearest(name, [alias for each in found for alias in each.model.aliases])
        raise SpecError(
            Problem(
                f"{file} builds no model called `{name}`",
                name,
                ", ".join(names[:12]),
                f"did you mean {file}:{near}?" if near else "",
                about="model",
            )
        )
    return models
