"""The single change after which an output has the shape that is expected; each is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, prod
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.lint.expectations import Expected, compare_model
from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import traits_of
from seqinspect.rules.index import DENSE, FLATTEN, REPEAT_VECTOR, RESHAPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.model.report import Report

MOST_CALLS = 200
"""In larger models no change is tried: each one is analysed."""


class ShapeChange(NamedTuple):
    """A change of a model by its kind, which names the remedy, with the call that it is about.

    `units` is what a Dense is given, `shape` what a Reshape makes, `steps` what is repeated.
    """

    kind: str
    call: Node
    units: str = ""
    shape: str = ""
    steps: str = ""


def fitting_change(
    graph: Graph, report: Report, expected: Expected, kept: Iterable[Expected] = ()
) -> ShapeChange | None:
    """Find the change after which an output is as expected; None where no single one is.

    `expected` is the shape of an output or of a target, `kept` what must hold of the model as it
    does now. A changed model is analysed, and compared as the model was.
    """
    sizes = expected.value
    output = expected.key.output or report.outputs[0]
    ref = next((ref for ref in graph.outputs if str(ref) == output), None)
    if not isinstance(sizes, tuple) or ref is None or len(graph.nodes) > MOST_CALLS:
        return None
    due = tuple(size for size in sizes[1:] if size is not None)
    if len(due) != len(sizes) - 1:
        return None
    if expected.key.what == "target" and output in report.sparse:
        # A target of numbers of classes has no axis for them.
        due = (*due, *dict(report.output_tensors)[output].symbolic[-1:])
    if not due:
        return None
    for change, changed in _candidates(graph, report, ref, due):
        try:
            after = analyse(changed)
        except SpecError:
            continue
        names = {"": "", **dict(zip(report.outputs, after.outputs, strict=True))}
        if all(_holds(each, names, after) for each in (expected, *kept)):
            return change
    return None


def _holds(expected: Expected, names: dict[str, str], report: Report) -> bool:
    """Whether a changed model, whose outputs may have other names, is as expected."""
    key = expected.key._replace(output=names.get(expected.key.output, ""))
    return compare_model(expected._replace(key=key), report).holds is True


def _candidates(
    graph: Graph, report: Report, ref: Ref, due: tuple[Expr, ...]
) -> Iterator[tuple[ShapeChange, Graph]]:
    """Yield changes, the plainest first, with the changed model."""
    way = [*_way_back(graph, ref)]
    shape = _list(due)
    rows = {row.name: row for row in report.top}
    last = way[0] if way else None
    dense = next((node for node in way if _is_dense(node.layer)), None)
    loop = next((node for node in way if _recurrent(node.layer) is not None), None)
    for node in way:
        if traits_of(node.layer.type).attention and len(node.sources) > 1:
            turned = replace(node, sources=(node.sources[1], node.sources[0], *node.sources[2:]))
            yield ShapeChange("swap", node), _with(graph, turned)
        if traits_of(node.layer.type).rearranges == "repeat":
            changed = _given(node, {"n": due[0]})
            yield ShapeChange("repeat", node, steps=due[0].python()), _with(graph, changed)
    for node in way:
        inner = _recurrent(node.layer)
        if inner is not None:
            every = not inner.arguments.get("return_sequences", False)
            kind = "every step" if every else "last step"
            yield ShapeChange(kind, node), _with(graph, _looped(node, every=every))
            break
    if dense is not None:
        units = due[-1].python()
        changed = _given(dense, {"units": due[-1]})
        yield ShapeChange("units", dense, units=units), _with(graph, changed)
    if last is None:
        return
    tensor = rows[last.name].outputs[ref.output] if last.name in rows else None
    made = tensor.symbolic[1:] if tensor is not None else ()
    reshaped = Layer(RESHAPE, "as_expected", {"target_shape": due})
    if [size for size in made if size.value != 1] == [size for size in due if size.value != 1]:
        yield ShapeChange("ones", last, shape=shape), _after(graph, ref, reshaped)
    if len(made) > len(due):
        first = _first_of_end(way)
        flat = Layer(FLATTEN, "one_vector", {})
        yield ShapeChange("vector", first), _before(graph, first, flat)
    else:
        added = Layer(DENSE, "as_many", {"units": due[-1]})
        units = due[-1].python()
        yield ShapeChange("dense", last, units=units), _after(graph, ref, added)
    if len(due) > 1:
        many = prod(due)
        units = many.python()
        if dense is last and len(made) == 1:
            wider = _with(graph, _given(last, {"units": many}))
            change = ShapeChange("wider", last, units=units, shape=shape)
            yield change, _after(wider, ref, reshaped)
        added = Layer(DENSE, "as_many", {"units": many})
        if len(made) == 1:
            change = ShapeChange("dense and reshape", last, units=units, shape=shape)
            yield change, _after(graph, ref, added, reshaped)
    if loop is not None and len(due) > 1:
        yield from _other_steps(graph, ref, loop, due)


def _other_steps(
    graph: Graph, ref: Ref, loop: Node, due: tuple[Expr, ...]
) -> Iterator[tuple[ShapeChange, Graph]]:
    """Yield what makes other steps of those that a recurrent layer has read."""
    steps, last = due[0].python(), next(_way_back(graph, ref))
    vector = _with(graph, _looped(loop, every=False))
    again = Layer(REPEAT_VECTOR, "for_each_step", {"n": due[0]})
    before = [node for node in _way_back(graph, ref) if _recurrent(node.layer) is not None][1:]
    if before:
        read = _with(graph, _looped(before[0], every=False))
        repeated = _before(_with(read, _looped(loop, every=True)), loop, again)
        yield ShapeChange("repeat after", before[0], steps=steps), repeated
    if last is not loop and _is_dense(last.layer):
        reshaped = Layer(RESHAPE, "as_expected", {"target_shape": due})
        many = prod(due)
        wider = _with(vector, _given(last, {"units": many}))
        change = ShapeChange("last and wider", loop, units=many.python(), shape=_list(due))
        yield change, _after(wider, ref, reshaped)


def _list(sizes: tuple[Expr, ...]) -> str:
    return f"[{', '.join(size.python() for size in sizes)}]"


def _way_back(graph: Graph, ref: Ref) -> Iterator[Node]:
    """Yield the calls before a tensor, along the first source of each."""
    calls = {node.name: node for node in graph.nodes}
    node = calls.get(ref.name)
    while node is not None:
        yield node
        node = calls.get(node.sources[0].name) if node.sources else None


def _first_of_end(way: list[Node]) -> Node:
    """The first of the layers at the end that take each step by itself."""
    first = way[0]
    for node in way:
        traits = traits_of(node.layer.type)
        if not (traits.on_last_axis or traits.keeps_shape or _is_dense(node.layer)):
            break
        first = node if _is_dense(node.layer) else first
    return first


def _is_dense(layer: Layer) -> bool:
    inner = layer.arguments.get("layer")
    traits = traits_of(layer.type)
    if traits.applies_per_step and isinstance(inner, Layer):
        return traits_of(inner.type).on_last_axis
    return traits.on_last_axis


def _recurrent(layer: Layer) -> Layer | None:
    """The recurrent layer that a layer is, or has within a Bidirectional."""
    traits, inner = traits_of(layer.type), layer.arguments.get("layer")
    if traits.recurrent:
        return layer
    return inner if traits.both_directions and isinstance(inner, Layer) else None


def _looped(node: Node, *, every: bool) -> Node:
    return _given(node, {"return_sequences": every})


def _given(node: Node, arguments: dict[str, object]) -> Node:
    """Return a call whose layer, or the one that it wraps, has other arguments."""
    layer = node.layer
    inner = layer.arguments.get("layer")
    if isinstance(inner, Layer):
        changed = replace(inner, arguments={**inner.arguments, **arguments})
        return replace(node, layer=replace(layer, arguments={**layer.arguments, "layer": changed}))
    return replace(node, layer=replace(layer, arguments={**layer.arguments, **arguments}))


def _with(graph: Graph, changed: Node) -> Graph:
    nodes = (changed if node.name == changed.name else node for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def _after(graph: Graph, ref: Ref, *layers: Layer) -> Graph:
    """Put layers behind an output, which is then that of the last of them."""
    added, source = list[Node](), ref
    for layer in layers:
        added.append(Node(layer.name, layer, (source,)))
        source = Ref(layer.name)
    outputs = tuple(source if each == ref else each for each in graph.outputs)
    return replace(graph, nodes=(*graph.nodes, *added), outputs=outputs)


def _before(graph: Graph, node: Node, layer: Layer) -> Graph:
    """Put a layer before a call, on its first source."""
    node = next(each for each in graph.nodes if each.name == node.name)  # it may have been changed
    added = Node(layer.name, layer, node.sources[:1])
    reading = replace(node, sources=(Ref(layer.name), *node.sources[1:]))
    at = [each.name for each in graph.nodes].index(node.name)
    return replace(graph, nodes=(*graph.nodes[:at], added, reading, *graph.nodes[at + 1 :]))
