"""Masks that Keras 3 wrote into a functional config, taken out again where it makes them itself.

A layer that makes a mask of a symbolic tensor does so by operations (NotEqual, Any, LogicalOr, …),
and Keras writes them down as if the author had called them, with `mask=` of every later call. A
mask that is what Keras computes all the same says nothing; another one stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Node, Ref
from seqinspect.model.nesting import rewritten
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.model.graph import Layer

MASK = "mask"
SAME = ("convert_to_tensor", "identity")
"""Operations that return what they are called on."""

LEFT_OUT = frozenset({"name", "keepdims"})
"""Constants that say nothing of what an operation does to a mask."""


EXACT = 2**53
"""Integers below it are floats as well."""


def _constant(value: object) -> str:
    """Return a constant so that it can be compared: 0 is 0.0."""
    return repr(float(value) if isinstance(value, int) and abs(value) < EXACT else value)


LAST = _constant(-1)
BOOL = _constant("bool")


def without_mask_operations(graph: Graph) -> Graph:
    """Return a model, and those in it, without masks that Keras makes by itself."""
    return rewritten(graph, of_graph=_without_masks)


def _without_masks(graph: Graph) -> Graph:
    if not any(isinstance(node.call.get(MASK), Ref) for node in graph.nodes):
        return graph
    masks = _Masks()
    dropped: set[str] = set()
    changed = []
    for node in graph.nodes:
        given = node.call.get(MASK)
        made = masks.made.get(node.sources[0]) if len(node.sources) == 1 else None
        if isinstance(given, Ref) and made == masks.written(given):
            dropped.add(given.name)
            call = {name: value for name, value in node.call.items() if name != MASK}
            node = replace(node, call=call)  # noqa: PLW2901 - the same call, without its mask
        changed.append(node)
        masks.add(node)
    return _without_unused(replace(graph, nodes=tuple(changed)), dropped) if dropped else graph


def _without_unused(graph: Graph, names: set[str]) -> Graph:
    """Leave out operations that nobody reads any more, and those that only they read."""
    read = {ref.name for ref in graph.outputs}
    kept = []
    for node in reversed(graph.nodes):
        refs = {ref.name for ref in node.refs}
        if node.name in names and node.name not in read and _function(node):
            names = names | refs
        else:
            kept.append(node)
            read |= refs
    return replace(graph, nodes=tuple(reversed(kept)))


def _function(node: Node) -> str:
    unsupported = node.layer.unsupported
    return "" if unsupported is None else unsupported.function


class _Masks:
    """What is known of the tensors of a model: how each is written down, and its mask.

    Both are numbers: equal ones are equal operations on equal tensors, however deep they are.
    """

    def __init__(self) -> None:
        self.numbers: dict[tuple[object, ...], int] = {}
        self.operations: dict[Ref, int] = {}
        self.made: dict[Ref, int] = {}
        """The masks that Keras makes."""

    def number(self, *parts: object) -> int:
        """Return the number of an operation on what has numbers, with its constants."""
        return self.numbers.setdefault(parts, len(self.numbers))

    def written(self, ref: Ref) -> int:
        """Return how a tensor is written down; what no operation makes stands for itself."""
        found = self.operations.get(ref)
        return self.number(ref) if found is None else found

    def add(self, node: Node) -> None:
        """Take in a call, after those that it reads."""
        if not node.sources:
            return
        function, output = _function(node), Ref(node.name)
        sources = [self.written(source) for source in node.sources]
        if function in SAME:
            self.operations[output] = sources[0]
        elif function and node.layer.unsupported is not None:
            constants = node.layer.unsupported.constants
            kept = [_constant(constants[name]) for name in sorted(constants.keys() - LEFT_OUT)]
            self.operations[output] = self.number(function, *sources, *kept)
        elif node.layer.unsupported is None:
            mask = self.mask_of(node, sources)
            if mask is not None:
                self.made[output] = mask

    def mask_of(self, node: Node, sources: list[int]) -> int | None:
        """Return the mask of what a layer returns first, as Keras makes it."""
        layer, traits = node.layer, traits_of(node.layer.type)
        masks = [self.made.get(source) for source in node.sources]
        if traits.makes_mask and traits.looks_up:
            masked = layer.arguments.get("mask_zero") is True
            return self.number("not_equal", sources[0], _constant(0)) if masked else None
        if traits.makes_mask:
            value = layer.arguments.get("mask_value", 0.0)
            return self.number("any", self.number("not_equal", sources[0], _constant(value)), LAST)
        match traits.mask:
            case "passes" | "query":
                return masks[0]
            case "sequences":
                inner = layer.arguments.get("layer")
                arguments = getattr(inner, "arguments", layer.arguments)
                return masks[0] if arguments.get("return_sequences") is True else None
            case "joins":
                return self.joined(masks)
            case "lays beside":
                return self.laid_beside(layer, sources, masks)
        return None

    def joined(self, masks: list[int | None]) -> int | None:
        """Return the mask of a merge (`keras/src/layers/merging/base_merge.py`)."""
        joined, *others = masks
        for other in others:
            if joined is None or other is None:
                return None
            joined = self.number("logical_or", joined, other)
        return joined

    def laid_beside(self, layer: Layer, sources: list[int], masks: list[int | None]) -> int | None:
        """Return the mask of Concatenate: a tensor without one counts everywhere."""
        if all(mask is None for mask in masks):
            return None
        parts = []
        for source, mask in zip(sources, masks, strict=True):
            if mask is None:
                parts.append(self.number("ones_like", source, BOOL))
            else:
                zeros = self.number("zeros_like", source, BOOL)
                parts.append(
                    self.number("logical_or", self.number("expand_dims", mask, LAST), zeros)
                )
        axis = _constant(layer.arguments.get("axis", -1))
        return self.number("any", self.number("concatenate", *parts, axis), LAST)
