"""The relation of masks: which mask an output has, and what a call does about masked steps."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const
from seqinspect.analysis.tracing import TracedTensor, trace_output
from seqinspect.errors import refuse
from seqinspect.model.facts import Tensor
from seqinspect.model.masks import UNMARKED, Made, Mask, MaskUse, beside, everywhere
from seqinspect.records import NamedTuple
from seqinspect.rules import find_rule, per_step_chain, traits_of
from seqinspect.rules.shapes import agree, shape_text
from seqinspect.time.reach import each, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.facts import Reading
    from seqinspect.model.graph import Layer, Node
    from seqinspect.model.masks import Marks

Masks = tuple["CarriedMask | None", ...]
ONE = const(1)


class CarriedMask(NamedTuple):
    """A mask, and what it depends on as a tensor of its own."""

    mask: Mask
    traced: TracedTensor


def carried(
    mask: Mask, *sources: TracedTensor, starts: Sequence[Expr] | None = None
) -> CarriedMask:
    """Return a mask that is made from tensors, step by step; they begin at steps of it, or at 0."""
    time = next((x.tensor.time for x in sources if x.tensor.time is not None), None)
    counts = time is not None and time < len(mask.symbolic)
    tensor = Tensor(mask.symbolic, "bool", time if counts else None)
    reading: Reading = each(tensor.steps)
    if starts is not None and counts:
        reading = {
            "inputs": tuple(
                shifted(-start, x.tensor.steps, tensor.steps)
                for start, x in zip(starts, sources, strict=True)
            )
        }
    return CarriedMask(mask, trace_output(tensor, reading, {"inputs": sources}))


def made_mask(layer: Layer, path: str, source: TracedTensor) -> CarriedMask | None:
    """Return the mask that a layer makes of what it reads, if its arguments say so."""
    shape = source.tensor.shape
    if traits_of(layer.type).looks_up:
        if layer.arguments.get("mask_zero") is not True:
            return None
    else:
        shape = shape[:-1]
    return carried(Mask(shape, Made(path)), source)


def output_mask(layer: Layer, tensors: Sequence[Tensor], masks: Masks) -> CarriedMask | None:
    """Return the mask of a layer's output; `masks` are those of its first argument's tensors."""
    first = masks[0] if masks else None
    match traits_of(layer.type).mask:
        case "passes" | "query":
            return first
        case "sequences":
            inner = layer.arguments.get("layer")
            arguments = getattr(inner, "arguments", layer.arguments)
            if first is None or arguments.get("return_sequences") is not True:
                return None
            if arguments.get("go_backwards") is not True:
                return first
            turned = first.mask._replace(reversed=not first.mask.reversed)
            return first._replace(mask=turned)
        case "joins":
            return _joined(masks)
        case "lays beside":
            return _laid_beside(layer, tensors, masks)
    return None


def masked_outputs(layer: Layer, count: int) -> range:
    """Return which of its outputs have the mask: one, or both of a Bidirectional unmerged."""
    apart = layer.arguments.get("merge_mode", "") is None
    return range(min(count, 2) if traits_of(layer.type).both_directions and apart else 1)


def _joined(masks: Masks) -> CarriedMask | None:
    present = [each for each in masks if each is not None]
    if len(present) < len(masks) or len({len(each.mask.symbolic) for each in present}) > 1:
        return None
    axes = zip(*(each.mask.symbolic for each in present), strict=True)
    shape = tuple(next((size for size in axis if size != 1), axis[0]) for axis in axes)
    return _made_of(present, shape, everywhere(each.mask.marks for each in present))


def _laid_beside(layer: Layer, tensors: Sequence[Tensor], masks: Masks) -> CarriedMask | None:
    present = [each for each in masks if each is not None]
    if not present:
        return None
    rank = tensors[0].rank
    place = _axis(layer, rank)
    marks = [UNMARKED if each is None else each.mask.marks for each in masks]
    shapes = _shapes_beside(tensors, masks)
    shape = [*shapes[0][:-1]]
    if place == rank - 1:
        return _made_of(present, tuple(shape), everywhere(marks))
    ends = [*accumulate(each[place] for each in shapes)]
    shape[place] = ends[-1]
    starts = [
        end - each[place]
        for end, each, mask in zip(ends, shapes, masks, strict=True)
        if mask is not None
    ]
    along = starts if place == tensors[0].time else None
    return _made_of(present, tuple(shape), beside(marks), along)


def _shapes_beside(tensors: Sequence[Tensor], masks: Masks) -> list[tuple[Expr, ...]]:
    """Return the shapes of masks that are laid beside each other.

    A mask of all axes comes as it is, any other is spread over its tensor.
    """
    return [
        x.shape
        if mask is None
        else mask.mask.symbolic
        if len(mask.mask.symbolic) >= x.rank
        else (*_spread(mask.mask.symbolic, x.shape), *x.shape[len(mask.mask.symbolic) :])
        for x, mask in zip(tensors, masks, strict=True)
    ]


def _spread(mask: Sequence[Expr], sizes: Sequence[Expr]) -> Iterator[Expr]:
    """Yield the sizes of a mask that is laid over the first axes of a tensor."""
    for size, of_tensor in zip(mask, sizes, strict=False):
        yield size if of_tensor.equals(1) else of_tensor


def _axis(layer: Layer, rank: int) -> int:
    axis = layer.arguments.get("axis", -1)
    return (axis if isinstance(axis, int) else -1) % rank


def _made_of(
    masks: Sequence[CarriedMask],
    shape: tuple[Expr, ...],
    marks: Marks,
    starts: Sequence[Expr] | None = None,
) -> CarriedMask:
    turned = any(each.mask.reversed for each in masks)
    return carried(Mask(shape, marks, turned), *(each.traced for each in masks), starts=starts)


def scores_mask(
    node: Node, path: str, scores: Tensor, masks: Mapping[str, CarriedMask]
) -> CarriedMask | None:
    """Return the mask of the scores of several heads, which Keras's Softmax was called with."""
    traits, layer = traits_of(node.layer.type), node.layer
    causal = node.call.get("use_causal_mask") is True
    band = causal or layer.arguments.get("sliding_window") is not None
    if not (traits.attention and traits.projections) or not (band or masks):
        return None
    batch = scores.shape[0] if masks else ONE
    shape = (batch, ONE, *scores.shape[2:])
    return CarriedMask(Mask(shape, Made(path)), TracedTensor(Tensor(shape, "bool"), {}))


def fits_steps(layer: Layer, x: Tensor, arguments: Mapping[str, CarriedMask]) -> bool:
    """Whether a layer that goes through the steps has a mask of a sample and a step for each.

    A layer within it that takes the mask goes through the steps of a step.
    """
    mask, use = arguments.get("mask"), traits_of(layer.type).mask_use
    if mask is None or use not in {MaskUse.STATE, MaskUse.WITHIN}:
        return True
    sample, *steps = mask.mask.symbolic
    within = use is MaskUse.WITHIN and takes_mask(layer)
    sizes = zip(steps if within else steps[:1], x.shape[1:], strict=False)
    return sample != ONE and all(agree(size, due) for size, due in sizes)


def takes_mask(layer: Layer) -> bool:
    """Whether a layer, or what it applies to each step, takes a mask when it is called."""
    rule = find_rule(per_step_chain(layer)[-1].type)
    return rule is not None and not {"mask", "query_mask"}.isdisjoint(rule.calls)


def mask_use(layer: Layer, arguments: Mapping[str, CarriedMask]) -> MaskUse:
    """Return what a layer does about the padding of the masks that its call receives."""
    use = traits_of(layer.type).mask_use
    if not arguments:
        return MaskUse.NONE
    marking = {role for role, each in arguments.items() if each.mask.marks != UNMARKED}
    if not marking:
        return MaskUse.UNMARKED
    masks = [each.mask for each in arguments.values()]
    parts = masks[0].symbolic[2:]
    if use is MaskUse.STATE and any(size != 1 for size in parts):
        return MaskUse.PARTS
    if use is MaskUse.MEAN and layer.arguments.get("data_format") == "channels_first":
        return MaskUse.LAST_AXES
    if use is MaskUse.WITHIN and not (parts and takes_mask(layer)):
        return MaskUse.NONE
    if use is MaskUse.KEYS and parts:
        return MaskUse.LAST_AXES
    if use is MaskUse.KEYS and not {"value_mask", "key_mask"} & marking:
        return MaskUse.QUERIES
    return use


def join_use(layer: Layer, tensors: Sequence[Tensor], masks: Masks) -> MaskUse:
    """Return what a layer that makes one tensor of several does about the masks of some."""
    traits = traits_of(layer.type)
    present = [(each.mask, x) for each, x in zip(masks, tensors, strict=True) if each is not None]
    if not present:
        return MaskUse.NONE
    if traits.mask == "joins" and len(present) == len(masks) and not _fit_together(present):
        return MaskUse.IMPOSSIBLE
    missing = [x.rank - len(mask.symbolic) for mask, x in present]
    if max(missing) > 1 and (traits.mask == "lays beside" or traits.mask_use is MaskUse.OTHERS):
        return MaskUse.IMPOSSIBLE
    if min(missing) < 1 and traits.mask_use is MaskUse.OTHERS:
        return MaskUse.IMPOSSIBLE
    if traits.mask_use is MaskUse.OTHERS and not all(_lies_over(*each) for each in present):
        return MaskUse.IMPOSSIBLE
    if traits.mask == "lays beside" and not _fit_beside(layer, tensors, masks):
        return MaskUse.IMPOSSIBLE
    if all(mask.marks == UNMARKED for mask, _ in present):
        return MaskUse.UNMARKED
    return traits.mask_use


def _fit_beside(layer: Layer, tensors: Sequence[Tensor], masks: Masks) -> bool:
    """Whether masks can be spread over their tensors, and laid one beside the other."""
    for x, mask in zip(tensors, masks, strict=True):
        if mask is None or len(mask.mask.symbolic) >= x.rank:
            continue
        pairs = zip(mask.mask.symbolic, x.shape, strict=False)
        if not all(agree(a, b) or _has_one(a, b) for a, b in pairs):
            return False
    (first, *others), place = _shapes_beside(tensors, masks), _axis(layer, tensors[0].rank)
    return all(_fit(other, first, place) for other in others)


def _lies_over(mask: Mask, x: Tensor) -> bool:
    """Whether a mask has the sizes of the first axes of a tensor, or 1."""
    pairs = zip(mask.symbolic, x.shape, strict=False)
    return all(agree(a, b) or a.equals(1) for a, b in pairs)


def check_joined(layer: Layer, tensors: Sequence[Tensor], masks: Masks) -> None:
    """Refuse masks that Keras cannot join when it builds the model."""
    how = traits_of(layer.type).mask
    shapes = [each.mask.symbolic for each in masks if each is not None]
    if not shapes or how not in {"joins", "lays beside"} or (how == "joins" and None in masks):
        return
    if how == "lays beside":
        fit = _fit_beside(layer, tensors, masks)
        shapes = _shapes_beside(tensors, masks)
    else:
        fit = all(_fit(shape, shapes[0], None) for shape in shapes)
    if fit:
        return
    refuse(
        f"cannot join the masks that its inputs carry: {' and '.join(map(shape_text, shapes))}",
        received=", ".join(map(shape_text, shapes)),
        expected="masks of one shape",
        remedy="give each of its inputs a mask of one boolean a step, or none",
        argument="from",
        about="shape",
    )


def _fit(one: Sequence[Expr], other: Sequence[Expr], place: int | None) -> bool:
    """Whether two shapes agree from the last axis on, but for `place`; without one, 1 fits all."""
    pairs = list(zip(reversed(one), reversed(other), strict=False))
    if place is not None:
        del pairs[len(one) - 1 - place]
    return all(agree(a, b) or (place is None and _has_one(a, b)) for a, b in pairs)


def attention_fits(
    layer: Layer, query: Tensor, arguments: Mapping[str, CarriedMask], *, causal: bool
) -> bool:
    """Whether the masks of query, value and key can be laid over the scores of an attention."""
    shapes = {name: each.mask.symbolic for name, each in arguments.items()}
    ranks = set(map(len, shapes.values()))
    if not traits_of(layer.type).attention or not ranks or (query.rank == 3 and ranks == {2}):
        return True
    heads = layer.arguments.get("num_heads", layer.arguments.get("num_query_heads"))
    if query.rank > 3 and isinstance(heads, Expr):
        return _heads_fit(layer, query, shapes, heads, causal=causal)
    if query.rank > 3:  # the value's mask is laid over the scores as it is, if nothing comes to it
        return causal or "value_mask" not in shapes or len(shapes["value_mask"]) == 2
    if len(ranks) > 1:
        return False
    if isinstance(heads, Expr):
        return all(agree(shape[1], 1) or agree(shape[1], heads) for shape in shapes.values())
    value = shapes.get("value_mask", ())  # is laid over the scores as it is
    if causal or "query_mask" in shapes or len(value) != 3:
        return False
    return _fit(value, (*query.shape[:2], value[1]), None)


def _heads_fit(
    layer: Layer,
    query: Tensor,
    shapes: Mapping[str, tuple[Expr, ...]],
    heads: Expr,
    *,
    causal: bool,
) -> bool:
    """Whether all masks together can be laid over the scores of several heads, and these over all.

    Keras lets them have axes for the heads and for what is not attended to before the last ones:
    two for each axis that is attended to (`MultiHeadAttention._masked_softmax`).
    """
    from seqinspect.rules.heads import attended_axes  # noqa: PLC0415 - attention alone needs it

    named = layer.arguments.get("attention_axes")
    axes = attended_axes(query.rank, named if isinstance(named, int | tuple) else None, quick=False)
    parts = [
        (*shape, ONE) if name == "query_mask" else (*shape[:-1], ONE, shape[-1])
        for name, shape in shapes.items()
    ]
    value = next((shape for name, shape in shapes.items() if name != "query_mask"), query.shape)
    if causal:
        parts.append((ONE, query.shape[1], value[1]))
    mask: tuple[Expr, ...] | None = ()
    for part in parts:
        mask = _over_each_other(mask, part, query.shape[0]) if mask is not None else None
    if mask is None or len(mask) < 2 * len(axes):
        return False
    apart = [size for axis, size in enumerate(query.shape[:-1]) if axis not in axes]
    attended = [x[axis] if axis < len(x) else ONE for x in (query.shape, value) for axis in axes]
    before, last = mask[: -2 * len(axes)], mask[-2 * len(axes) :]
    scores = (*apart, heads, *attended)
    between = [ONE] * (len(scores) - len(mask))
    laid = _over_each_other((*before, *between, *last), scores, query.shape[0])
    return laid is not None and all(map(agree, laid, scores))


def _has_one(a: Expr, b: Expr) -> bool:
    return a.equals(1) is True or b.equals(1) is True


def _over_each_other(
    one: tuple[Expr, ...], other: tuple[Expr, ...], batch: Expr
) -> tuple[Expr, ...] | None:
    """Return the shape of tensors that are laid over each other; None where they do not fit."""
    length = max(len(one), len(other))
    pairs = zip(
        (ONE,) * (length - len(one)) + one, (ONE,) * (length - len(other)) + other, strict=True
    )
    found = []
    for a, b in pairs:
        if not _has_one(a, b) and not (agree(a, b) and (a == batch) is (b == batch)):
            return None
        found.append(b if a.equals(1) else a)
    return tuple(found)


def _fit_together(masks: Sequence[tuple[Mask, Tensor]]) -> bool:
    """Whether the masks have equally many axes, and sizes that may be laid over each other."""
    shapes = [mask.symbolic for mask, _ in masks]
    return len(set(map(len, shapes))) == 1 and all(
        agree(a, b) or _has_one(a, b)
        for one in shapes[1:]
        for a, b in zip(shapes[0][1:], one[1:], strict=True)
    )
