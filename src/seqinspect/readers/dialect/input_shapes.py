"""What a Python object is called on, as a person says it: `10,8`, `tokens=10:int32`, (10, 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.errors import refuse
from seqinspect.model.nesting import rewritten
from seqinspect.readers.source.limits import truncate
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph

Shape = tuple[int | None, ...]

PATTERN = r"(?:([^\W\d]\w*)=)?(?:\[([^\[\]]*)\]|([^\[\]:=]*))(?::(\w+))?"
UNKNOWN_WORDS = ("none", "null")
DTYPES = frozenset(
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool"
    " string".split()
)


class InputShape(NamedTuple):
    """One tensor: its sizes for one sample, and its name and dtype where they are said."""

    shape: Shape
    name: str = ""
    dtype: str = ""

    def text(self) -> str:
        """Write it as on the command line."""
        sizes = ",".join("None" if size is None else str(size) for size in self.shape)
        name, dtype = self.name and f"{self.name}=", self.dtype and f":{self.dtype}"
        return f"{name}{sizes}{dtype}"


def parse_input_shape(text: str) -> InputShape:
    """Read `10,8`, `[10, 8]`, `None,8`, `tokens=10:int32`. Raises SpecError."""
    match = re.fullmatch(PATTERN, text.replace(" ", ""))
    if match is None:
        _refuse_text(text)
    name, bracketed, bare, dtype = match.groups()
    sizes = (bracketed if bracketed is not None else bare).split(",")
    if sizes[-1] == "" and (len(sizes) > 1 or bracketed == ""):
        sizes.pop()  # `10,` as Python writes it, or `[]`, a number for each sample
    dimensions: list[int | None] = []
    for size in sizes:
        if size.lower() in UNKNOWN_WORDS:
            dimensions.append(None)
        elif size.isascii() and size.isdigit() and 0 < len(size) < 19 and int(size):
            dimensions.append(int(size))
        else:
            _refuse_text(text)
    if dtype is not None and dtype not in DTYPES:
        refuse("a tensor has no such dtype", received=truncate(dtype), expected="float32, int32, …")
    return InputShape(tuple(dimensions), name or "", dtype or "")


def with_input_shapes(graph: Graph, given_shapes: Sequence[InputShape]) -> Graph:
    """Return the graph with shapes for inputs of which its file says none. Raises SpecError."""
    nameless = [each for each in graph.inputs if each.shape is None]
    if not nameless:
        refuse(
            "a file says its input itself",
            received=given_shapes[0].text(),
            expected="a shape for package.module:attribute, or for a model that was saved without",
            remedy="leave out --input (input_shape in Python)",
            about="input",
        )
    if len(given_shapes) != len(nameless):
        refuse("the model has one input", received=f"{len(given_shapes)} shapes", about="input")
    shapes = {each.name: one for each, one in zip(nameless, given_shapes, strict=True)}
    inputs = tuple(
        replace(
            each,
            shape=_shape_with_batch(shapes[each.name]),
            dtype=shapes[each.name].dtype or each.dtype,
        )
        if each.name in shapes
        else each
        for each in graph.inputs
    )
    return replace(graph, inputs=inputs)


def _shape_with_batch(shape: InputShape) -> tuple[Expr, ...]:
    """Return the sizes of a tensor with its batch; a name for each that is not known."""
    sizes = (
        symbol(f"size_{axis}", unfixed=True) if size is None else literal(size)
        for axis, size in enumerate(shape.shape, 1)
    )
    return (symbol("batch", unfixed=True), *sizes)


def without_places(graph: Graph) -> Graph:
    """Return the graph of a Python object: its places would be those of a config nobody wrote."""

    def of_graph(graph: Graph) -> Graph:
        inputs = tuple(replace(each, place=None) for each in graph.inputs)
        return replace(graph, inputs=inputs, lines=None)

    return rewritten(
        graph,
        of_layer=lambda layer: replace(layer, place=None, places={}),
        of_node=lambda node: replace(node, place=None),
        of_graph=of_graph,
    )


def _refuse_text(text: str) -> NoReturn:
    refuse(
        "this says no shape",
        received=truncate(text) or "nothing",
        expected="the sizes of one sample without the batch: 10,8 or tokens=10:int32"
        " (None for a size that is not known)",
    )


def input_shapes_of(value: Any) -> tuple[InputShape, ...]:
    """Read what Python code gives: a shape, a list of shapes, or shapes by name.

    Whatever has a shape and a dtype, such as keras.Input(…), is taken with its batch left out.
    Raises SpecError.
    """
    if isinstance(value, Mapping):
        return tuple(_input_shape_of(each)._replace(name=str(name)) for name, each in value.items())
    is_list = isinstance(value, list | tuple) and bool(value)
    if is_list and all(isinstance(each, list | tuple) or hasattr(each, "shape") for each in value):
        return tuple(map(_input_shape_of, value))
    return (_input_shape_of(value),)


def _input_shape_of(value: Any) -> InputShape:
    if isinstance(value, InputShape):
        return value
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return InputShape(_sizes(tuple(value.shape)[1:]), dtype=str(value.dtype))
    if not isinstance(value, list | tuple):
        refuse(
            "input_shape is no shape",
            received=truncate(str(value)),
            expected="the sizes of one sample without the batch, such as (10, 8)",
        )
    return InputShape(_sizes(value))


def _sizes(value: Any) -> Shape:
    for size in value:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            refuse(
                "input_shape holds what is no size",
                received=truncate(str(size)),
                expected="integers above 0, or None",
            )
    return tuple(value)
