"""Normalization layers: by the statistics of a batch, of some axes, or of groups of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Inner, Part, Reading, Reads, Tensor, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.axes import (
    axes_of,
    equal_numbers,
    known_sizes,
    need_float,
    other_positions,
    own_weights,
    with_weights,
)
from seqinspect.rules.keras.core import ONES, ZEROS
from seqinspect.rules.registry import rule, traits_of
from seqinspect.rules.shapes import agree, axis_index, need_rank, on_axes, over_axes, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.rules.wrong_values import show
from seqinspect.time.reach import STEP, Reach, each, everything, window

if TYPE_CHECKING:
    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import (
        Axes,
        Clipping,
        Constraint,
        Groups,
        Initializer,
        Real,
        Regularizer,
        WholeInt,
    )


@rule(
    "BatchNormalization",
    traits=Traits(
        keeps_shape=True,
        weights_by_features=True,
        batch_statistics=True,
        mask="passes",
        mask_use=MaskUse.STATISTICS,
        keeps_rank=True,
        label="Norm",
    ),
)
def batch_normalization(
    inputs: Tensor,
    mask: Tensor | None = None,
    *,
    axis: WholeInt = -1,
    momentum: Real = 0.99,
    epsilon: Real = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Initializer = ZEROS,
    gamma_initializer: Initializer = ONES,
    moving_mean_initializer: Initializer = ZEROS,
    moving_variance_initializer: Initializer = ONES,
    beta_regularizer: Regularizer = None,
    gamma_regularizer: Regularizer = None,
    beta_constraint: Constraint = None,
    gamma_constraint: Constraint = None,
    renorm: bool = False,
    renorm_clipping: Clipping | None = None,
    renorm_momentum: Real = 0.99,
    synchronized: bool = False,
) -> Facts:
    """y = gamma·(x − mean) ÷ √(variance + epsilon) + beta, one of each for every index of axis.

    At inference mean and variance are weights; in training those of the batch, over all other
    axes. renorm corrects the latter towards averages of their own.

    Source: keras.layers.BatchNormalization; Ioffe and Szegedy (2015); of renorm Ioffe (2017).
    """
    if renorm:
        _check_clipping(renorm_clipping or {})
    axes = (axis_index(axis, inputs.rank),)
    shape = known_sizes(inputs, axes)
    weights = [Weight("gamma", shape)] if scale else []
    weights += [Weight("beta", shape)] if center else []
    names = ["moving_mean", "moving_variance"]
    names += ["moving_stddev", "renorm_mean", "renorm_stddev"] if renorm else []
    weights += [Weight(name, shape, trainable=False) for name in names]
    reading: Reading = each(inputs.steps)
    if mask is not None:
        need_rank(mask, inputs.rank - 1, "in its mask, one fewer than in its input")
        reading = {"inputs": each(inputs.steps), "mask": Reach()}
    over_time = inputs.time is not None and not on_axes(inputs, axes)
    return Facts(
        outputs=(with_weights(inputs, axes),),
        reads="each",
        reaches=(reading,),
        weights=tuple(weights),
        applications=inputs.steps,
        remarks=(Peculiarity.BATCH_STATISTICS,)
        if over_time
        else own_weights(inputs, axes, "weights", "mean", "variance"),
    )


@rule(
    "LayerNormalization",
    traits=Traits(
        keeps_shape=True, weights_by_features=True, label="Norm", mask="passes", evens=True
    ),
)
def layer_normalization(
    inputs: Tensor,
    *,
    axis: Axes = -1,
    epsilon: Real | None = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Initializer = ZEROS,
    gamma_initializer: Initializer = ONES,
    beta_regularizer: Regularizer = None,
    gamma_regularizer: Regularizer = None,
    beta_constraint: Constraint = None,
    gamma_constraint: Constraint = None,
    rms_scaling: bool = False,
) -> Facts:
    """y = gamma·(x − mean) ÷ √(variance + epsilon) + beta, mean and variance along axis.

    rms_scaling (deprecated) leaves out the mean and beta.

    Source: keras.layers.LayerNormalization; Ba et al. (2016).
    """
    axes = axes_of(axis, inputs.rank)
    weights = []
    if scale or rms_scaling:
        weights.append(Weight("gamma", known_sizes(inputs, axes)))
    if center and not rms_scaling:
        weights.append(Weight("beta", known_sizes(inputs, axes)))
    constant = equal_numbers(inputs, axes) and not rms_scaling
    return _along(inputs, axes, weights, constant=constant)


@rule("RMSNormalization", traits=Traits(keeps_shape=True, weights_by_features=True))
def rms_normalization(x: Tensor, *, axis: Axes = -1, epsilon: Real = 1e-6) -> Facts:
    """y = scale·x ÷ √(mean of x² along axis + epsilon).

    Source: keras.layers.RMSNormalization; Zhang and Sennrich (2019).
    """
    axes = axes_of(axis, x.rank)
    shape = known_sizes(x, axes)
    return _along(x, axes, [Weight("scale", shape)], remarks=_misplaced(x, axes))


@rule("UnitNormalization", traits=Traits(keeps_shape=True, weightless=True, mask="passes"))
def unit_normalization(inputs: Tensor, *, axis: Axes = -1) -> Facts:
    """y = x ÷ √(Σ x² along axis): vectors of length 1.

    Source: keras.layers.UnitNormalization.
    """
    need_float(inputs)
    return _along(inputs, axes_of(axis, inputs.rank), [])


@rule("GroupNormalization", traits=Traits(keeps_shape=True, mask="passes", evens=True))
def group_normalization(
    inputs: Tensor,
    *,
    groups: Groups = 32,
    axis: int = -1,
    epsilon: Real = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Initializer = ZEROS,
    gamma_initializer: Initializer = ONES,
    beta_regularizer: Regularizer = None,
    gamma_regularizer: Regularizer = None,
    beta_constraint: Constraint = None,
    gamma_constraint: Constraint = None,
) -> Facts:
    """y = gamma·(x − mean) ÷ √(variance + epsilon) + beta, by groups of channels on axis.

    Mean and variance are those of a group over all other axes of a sample, time included;
    groups: −1 makes every channel its own group.

    Source: keras.layers.GroupNormalization; Wu and He (2018).
    """
    index = axis_index(axis, inputs.rank)
    (channels,) = known_sizes(inputs, (index,))
    count = channels if groups == -1 else as_expr(groups)
    _check_groups(channels, count)
    weights = [Weight("gamma", (channels,))] if scale else []
    weights += [Weight("beta", (channels,))] if center else []
    if index == 0 and (axis < 0 or inputs.rank == 1):
        refuse(
            "cannot group the batch when it is counted from the end",
            received=f"axis: {axis}",
            expected="another axis",
            argument="axis",
            about="value",
        )
    reads, reach = _over_groups(inputs, index, groups, channels // count)
    own = own_weights(inputs, (index,), "gamma", "beta") if weights else ()
    return Facts(
        outputs=(with_weights(inputs, (index,)),),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=count,
        remarks=(*own, *[Peculiarity.INPUT_HAS_NO_SAY] * (reads == "none")),
    )


@rule(
    "SpectralNormalization",
    freezes=False,
    traits=Traits(one_kernel=True, divides_kernel=True, mask="within"),
)
def spectral_normalization(
    inputs: Tensor, *, layer: Inner, power_iterations: WholeInt = 1
) -> Facts:
    """The layer; in training its kernel is divided by its largest singular value.

    vector_u is the estimate of the singular vector, improved power_iterations times a step.

    Source: keras.layers.SpectralNormalization; Miyato et al. (2018).
    """
    if power_iterations <= 0:
        refuse(
            "`power_iterations` must be positive",
            received=show(power_iterations),
            expected="a positive integer",
            argument="power_iterations",
            about="value",
        )
    if not traits_of(layer.type).one_kernel:
        refuse(
            f"needs a layer with a kernel, and {layer.type} has none",
            received=layer.type,
            expected="Dense, Embedding, a convolution or another layer with one kernel",
            argument="layer",
            about="value",
        )
    inner = layer.facts(inputs)
    kernel = next(weight for weight in inner.weights if weight.name in ("kernel", "embeddings"))
    first: tuple[Weight, ...] = (kernel,)
    dtype = kernel.dtype
    # Keras lists the kernel as the wrapper's own weight, unless LoRA makes it a sum of weights.
    if inner.weights[0] is not kernel:
        first, dtype = (), inner.weights[0].dtype
    elif layer.argument("lora_rank") is not None:
        first, dtype = (), inner.outputs[0].dtype
    vector = Weight("vector_u", (1, kernel.shape[-1]), trainable=False, dtype=dtype)
    rest = [weight for weight in inner.weights if weight not in first]
    return inner._replace(
        outputs=inner.outputs,
        weights=(*first, vector, *rest),
        parts=(Part(layer, inner, same_input=True),),
    )


def _along(
    x: Tensor,
    axes: tuple[int, ...],
    weights: list[Weight],
    *,
    constant: bool = False,
    remarks: tuple[Remark, ...] = (),
) -> Facts:
    """Facts of a layer that normalizes along `axes` and has weights along the same."""
    reads, reach = over_axes(x, axes)
    if constant:
        reads, reach = "none", Reach()
    own = own_weights(x, axes, *(weight.name for weight in weights)) if weights else ()
    return Facts(
        outputs=(with_weights(x, axes) if weights else x,),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=other_positions(x, axes),
        remarks=(*own, *[Peculiarity.INPUT_HAS_NO_SAY] * constant, *remarks),
    )


def _misplaced(x: Tensor, axes: tuple[int, ...]) -> tuple[Remark, ...]:
    """Remark that, or refuse where, Keras multiplies scale along other axes than `axis`.

    It does not lay scale along `axis`, but along the last axes, as many as there are.
    """
    last = tuple(range(x.rank - len(axes), x.rank))
    if axes == last:
        return ()
    shape = [x.shape[axis] for axis in axes]
    for size, over in zip(shape, (x.shape[axis] for axis in last), strict=True):
        if not (size.equals(1) or over.equals(1) or agree(size, over)):
            refuse(
                f"cannot multiply along `axis`: Keras lays scale {shape_text(shape)} along the"
                f" last axes of {shape_text(x.shape)}",
                received=f"axis: {', '.join(map(str, axes))}",
                expected=f"the last axes, in order: {', '.join(map(str, last))}",
                remedy="Permute before it, or use LayerNormalization",
                argument="axis",
                about="value",
            )
    return (Peculiarity.SCALE_ON_LAST_AXES,)


def _over_groups(x: Tensor, axis: int, groups: Expr | int, size: Expr) -> tuple[Reads, Reach]:
    """What step t reads when groups of `size` along `axis` and all other axes are mixed."""
    others = [each for each in range(1, x.rank) if each != axis]
    if size.equals(1) and equal_numbers(x, others):
        return "none", Reach()
    steps = x.steps
    if not on_axes(x, (axis,)):
        timed = x.stepped
        return ("all", everything(steps)) if timed else ("each", each(steps))
    if groups == 1:
        return "all", everything(steps)
    inner = as_expr(1)
    if x.fold is not None:
        inner = x.fold.inner
        if x.fold.outer != 1 and (inner * steps - inner * steps // size * size).value != 0:
            # A group reaches from one row of steps into the next.
            return "all", everything(steps)
    # Step t has the features t·inner … (t+1)·inner − 1; whole groups around them are read.
    first = STEP * inner // size * size // inner
    last = ((((STEP + 1) * inner - 1) // size + 1) * size - 1) // inner
    reads: Reads = "each" if first == last == STEP else "window"
    return reads, window(first, last, steps, steps)


def _check_groups(channels: Expr, groups: Expr) -> None:
    size, count = channels.value, groups.value
    if size is None or count is None or (count > 0 and size >= count and size % count == 0):
        return
    refuse(
        f"cannot divide {channels.plain().text()} channels into {groups.plain().text()} groups",
        received=f"groups: {groups.text()}, channels: {channels.text()}",
        expected="a number of groups that divides the number of channels",
        remedy="choose `groups` that divides it, or −1 for one group a channel",
        argument="groups",
        about="value",
    )


def _check_clipping(clipping: Clipping) -> None:
    known = ("rmax", "rmin", "dmax")
    for name in clipping:
        if name not in known:
            refuse(
                f"`renorm_clipping` has no entry `{show(name)}`",
                received=show(name),
                expected=", ".join(known),
                argument="renorm_clipping",
                about="value",
            )
    low, high, shift = (clipping.get(name) for name in ("rmin", "rmax", "dmax"))
    if low is not None and high is not None and high < low:
        refuse(
            "`renorm_clipping`: rmax is less than rmin",
            received=f"rmin {show(low)}, rmax {show(high)}",
            expected="rmax at least rmin",
            argument="renorm_clipping",
            about="value",
        )
    if shift is not None and shift < 0:
        refuse(
            "`renorm_clipping`: dmax cannot be negative",
            received=show(shift),
            expected="a number, 0 or more",
            argument="renorm_clipping",
            about="value",
        )
