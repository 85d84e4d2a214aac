"""Layers that Keras 3 has not, or not among its layers: configs hold them, specs cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import prod, symbol
from seqinspect.model.facts import Facts, Tensor, Tensors, Weight
from seqinspect.rules.keras.activation import prelu
from seqinspect.rules.keras.convolution import conv
from seqinspect.rules.keras.core import GLOROT, ORTHOGONAL, ZEROS
from seqinspect.rules.keras.merging import add
from seqinspect.rules.keras.recurrent import lstm
from seqinspect.rules.registry import legacy
from seqinspect.rules.shapes import every_step, need_known, need_rank, over_axes, replace_axis
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal as AnyCase

    from seqinspect.algebra.expression import Expr
    from seqinspect.rules.arguments import (
        Activation,
        Axes,
        Constraint,
        Initializer,
        Numbers,
        Real,
        Regularizer,
        Size,
        Sizes,
    )


@legacy("CuDNNLSTM", traits=Traits(axes=3, recurrent=True, weights_by_features=True))
def cudnn_lstm(
    sequences: Tensor,
    initial_state: Tensors | None = None,
    *,
    units: Size,
    kernel_initializer: Initializer = GLOROT,
    recurrent_initializer: Initializer = ORTHOGONAL,
    bias_initializer: Initializer = ZEROS,
    unit_forget_bias: bool = True,
    kernel_regularizer: Regularizer = None,
    recurrent_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
) -> Facts:
    """An LSTM with one bias for x·kernel and one for h·recurrent_kernel: 4u(d + u + 2).

    Source: keras.layers.CuDNNLSTM of Keras 2.0 to 2.3.
    """
    facts = lstm(
        sequences,
        initial_state,
        units=units,
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
    )
    kernels = tuple(weight for weight in facts.weights if weight.name != "bias")
    return facts._replace(weights=(*kernels, Weight("bias", (8 * units,))))


@legacy("LocallyConnected1D", form=Form(1))
@legacy("LocallyConnected2D", form=Form(2, defaults={"strides": (1, 1)}))
def locally_connected(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    filters: Size,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    activation: Activation = None,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    implementation: Literal[1, 2, 3] = 1,
) -> Facts:
    """Σ window(x)·kernel + bias, with another kernel and bias at every position.

    Source: keras.layers.LocallyConnected1D and LocallyConnected2D of Keras 1 and 2.
    """
    facts = conv(
        spatial,
        inputs,
        filters=filters,
        kernel_size=kernel_size,
        strides=strides,
        padding=padding,
        data_format=data_format,
        use_bias=False,
    )
    return _unshared(inputs, facts, data_format, use_bias=use_bias, dense=implementation == 2)


def _unshared(
    inputs: Tensor, facts: Facts, data_format: str | None, *, use_bias: bool, dense: bool
) -> Facts:
    """Return the facts of a convolution whose kernel is another one at every position.

    `dense`: as one matrix with zeros between, which counts every input position.
    """
    places = _places(facts.outputs[0].shape, data_format)
    seen = _places(inputs.shape, data_format)
    for size in (*places, *(seen if dense else ())):
        need_known(size, "the number of positions")
    *window, channels, filters = facts.weights[0].shape
    shape: tuple[Size, ...] = (prod(places), prod(window) * channels, filters)
    if dense:
        shape = (*seen, channels, *places, filters)
    weights = [Weight("kernel", shape, used=1)]
    weights += [Weight("bias", (*places, filters))] if use_bias else []
    return facts._replace(weights=tuple(weights))


def _places(shape: Sequence[Expr], data_format: str | None) -> tuple[Expr, ...]:
    return tuple(shape[2:] if data_format == "channels_first" else shape[1:-1])


@legacy("MaxoutDense")
def maxout_dense(
    inputs: Tensor,
    *,
    units: Size,
    nb_feature: Size = 4,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
) -> Facts:
    """The largest of nb_feature dense layers, unit by unit.

    Source: keras.layers.MaxoutDense of Keras 1; Goodfellow et al. (2013).
    """
    need_rank(inputs, 2, "(batch, features)")
    features = inputs.features
    need_known(features, "the number of features")
    weights = [Weight("kernel", (nb_feature, features, units), used=1)]
    weights += [Weight("bias", (nb_feature, units))] if use_bias else []
    reads, reach = over_axes(inputs, (1,))
    return Facts((replace_axis(inputs, 1, units),), reads, (reach,), tuple(weights))


@legacy("Highway")
def highway(
    inputs: Tensor,
    *,
    activation: Activation = None,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
) -> Facts:
    """c·f(x·kernel + bias) + (1 − c)·x with c = sigmoid(x·carry_kernel + carry_bias).

    Source: keras.layers.Highway of Keras 1; Srivastava et al. (2015).
    """
    need_rank(inputs, 2, "(batch, features)")
    features = inputs.features
    need_known(features, "the number of features")
    weights = [
        Weight("kernel", (features, features), used=1),
        Weight("carry_kernel", (features, features), used=1),
    ]
    if use_bias:
        weights += [Weight("bias", (features,)), Weight("carry_bias", (features,))]
    reads, reach = over_axes(inputs, (1,))
    return Facts((replace_axis(inputs, 1, features),), reads, (reach,), tuple(weights))


@legacy("ParametricSoftplus", traits=Traits(keeps_shape=True))
def parametric_softplus(inputs: Tensor) -> Facts:
    """alpha·log(1 + exp(beta·x)), with an own alpha and beta at every position of a sample.

    Source: keras.layers.ParametricSoftplus of Keras 1.
    """
    return _at_every_position(inputs, "alpha", "beta")


@legacy("SReLU", traits=Traits(keeps_shape=True))
def s_shaped_relu(inputs: Tensor, *, shared_axes: Axes | None = None) -> Facts:
    """x between two thresholds, and a line of its own slope beyond each of them.

    Source: keras.layers.SReLU of Keras 1; Jin et al. (2016).
    """
    names = ("t_left", "a_left", "t_right", "a_right")
    return _at_every_position(inputs, *names, shared=shared_axes)


def _at_every_position(x: Tensor, *names: str, shared: Axes | None = None) -> Facts:
    facts = prelu(x, shared_axes=shared)
    shape = facts.weights[0].shape
    return facts._replace(weights=tuple(Weight(name, shape) for name in names))


@legacy("LayerScale", traits=Traits(keeps_shape=True))
def layer_scale(inputs: Tensor, *, init_values: Real, projection_dim: Size) -> Facts:
    """x·gamma, of ConvNeXt in keras.applications.

    Source: LayerScale in keras.applications.convnext; Touvron et al. (2021).
    """
    facts = every_step(inputs, inputs)
    return facts._replace(weights=(Weight("gamma", (projection_dim,)),))


@legacy("CustomScaleLayer", traits=Traits(joins=True, weightless=True, mask="drops"))
def custom_scale_layer(inputs: Tensors, *, scale: Real) -> Facts:
    """a + b·scale, of InceptionResNetV2 in keras.applications.

    Source: CustomScaleLayer in keras.applications.inception_resnet_v2; Szegedy et al. (2017).
    """
    return add(inputs)


@legacy("RandomHeight")
def random_height(
    inputs: Tensor,
    *,
    factor: Numbers,
    interpolation: str = "bilinear",
    seed: int | None = None,
) -> Facts:
    """The image with another height in every batch.

    Source: keras.layers.RandomHeight of Keras 2.
    """
    return _any_size(inputs, -3, "height")


@legacy("RandomWidth")
def random_width(
    inputs: Tensor,
    *,
    factor: Numbers,
    interpolation: str = "bilinear",
    seed: int | None = None,
) -> Facts:
    """The image with another width in every batch.

    Source: keras.layers.RandomWidth of Keras 2.
    """
    return _any_size(inputs, -2, "width")


def _any_size(x: Tensor, axis: int, name: str) -> Facts:
    need_rank(x, 4, "(batch, height, width, channels)")
    shape = list(x.shape)
    shape[axis] = symbol(name)
    return every_step(x, x.to(*shape))
