"""What the arguments of Keras layers do, in a sentence or two: said once, for all that share one.

`batch`, `T` (time steps), `features`, `units` and `filters` are sizes, as on the pages of the rule
book. Defaults and kinds of value are not said here: they stand in the rules' signatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules.arguments import choices_of
from seqinspect.rules.registry import COMMON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.rules import Parameter, Rule

WEIGHTS = {
    "kernel": "the kernel",
    "recurrent": "the recurrent kernel, which multiplies the state",
    "bias": "the bias",
    "depthwise": "the depthwise kernel, which sees each channel by itself",
    "pointwise": "the pointwise kernel, which mixes the channels",
    "embeddings": "the table of vectors",
    "beta": "beta, which is added",
    "gamma": "gamma, which multiplies",
    "alpha": "alpha, the slope below 0",
    "moving_mean": "the moving mean",
    "moving_variance": "the moving variance",
}
OF_A_WEIGHT = {
    "initializer": "The values that {} starts with.",
    "regularizer": "A penalty on {}, added to the loss.",
    "constraint": "What {} is made to fulfil after each training step.",
}
"""An argument such as bias_initializer is one of these of one of the weights."""

NORMED = "The axes that are normalised together: -1, the features of each step by themselves."
MARGIN = "one number for both ends, or [start, end]; with rows and columns, one such for each axis."
PER_FEATURE = "one trained number a feature."

WORDS: Mapping[str, str] = {
    "name": "What the layer is called; unique in the model.",
    "trainable": "false: training leaves its weights as they are, and they count as non-trainable.",
    "dtype": "The dtype, or the policy, that it computes in.",
    "activity_regularizer": "A penalty on what the layer returns, added to the loss.",
    "activation": "The function of each number that is returned; null is linear, which is none.",
    "use_bias": "Whether a bias is added: one number for each unit or filter, whatever the step.",
    "seed": "A number that makes the random draws of training the same each time.",
    "data_format": "Whether the channels (features) are the last axis, or the one after the batch.",
    "lora_rank": "Freezes the kernel and trains two thin matrices of this rank beside it.",
    "lora_alpha": "What the two thin matrices give is multiplied by lora_alpha / lora_rank.",
    "quantization_config": "Not read yet: leave it out.",
    "gptq_unpacked_column_size": "Not read yet: leave it out.",
    "weights": "Not read: a spec holds no values of weights.",
    "units": "The size of the last axis that is returned, and of the state of a recurrent layer."
    " It has nothing to do with the number of steps.",
    "filters": "How many filters there are: as many channels (features) are returned.",
    "kernel_size": "The window of a filter: how many neighbouring steps (or rows and columns) make"
    " one number.",
    "pool_size": "The window: how many neighbouring steps (or rows and columns) become one.",
    "strides": "How far the window moves on for the next output step: with 2, half as many steps"
    " are returned.",
    "dilation_rate": "The distance of the steps that a window reads: with 2 every second one, so"
    " that the window is wider, with as many weights.",
    "padding": "What happens at the ends.",
    "groups": "Cuts the channels into so many groups, whose filters see that group only: fewer"
    " weights.",
    "depth_multiplier": "How many filters each input channel has for itself.",
    "output_padding": "Lengthens what is returned by so many steps; less than strides.",
    "dropout": "In training, the part of the attention weights that is set to 0.",
    "use_scale": "Whether the scores are multiplied by a trained factor.",
    "axis": NORMED,
    "epsilon": "A small number that is added to what is divided by, so that it is never 0.",
    "center": f"Whether beta is added: {PER_FEATURE}",
    "scale": f"Whether the result is multiplied by gamma: {PER_FEATURE}",
    "layer": "The layer that is wrapped, written as an entry: `layer: {Dense: 8}`, or in short"
    " `Dense: 8` in its place.",
    "rate": "In training, the part of the numbers that is set to 0; the others are divided by"
    " 1 - rate. In use, nothing is changed.",
    "noise_shape": "The shape of the random draw: [batch, 1, features] draws once for all steps.",
    "interpolation": "How the numbers in between are made.",
    "output_size": "How many steps (or rows and columns) are returned, however many come in.",
    "keepdims": "true keeps the axes that are pooled, with size 1: (batch, 1, features), and not"
    " (batch, features).",
    "mask_zero": "Whether 0 is padding and no word: a mask then tells the layers behind it which"
    " steps to skip.",
    "input_dim": "How many different integers there are, from 0 to input_dim - 1: rows of the"
    " table.",
    "output_dim": "The size of the vector that stands for an integer: columns of the table.",
    "sliding_window": "Lets a step attend only to steps that are fewer than so many away.",
    "flash_attention": "Whether the fused attention kernel is used; null: where it can be.",
    "use_gate": "Whether a second projection of the query, through a sigmoid, multiplies what the"
    " heads return: more weights.",
    # recurrent
    "recurrent_activation": "The function of the gates, between 0 (closed) and 1 (open).",
    "return_sequences": "true returns an output for every step: (batch, T, units). false returns"
    " that of the last step alone: (batch, units); the steps before it are seen through the state."
    " Weights are the same.",
    "return_state": "Whether the last state is returned too, as further outputs: h, of an LSTM"
    " h and c, each (batch, units). `name.1` is the first of them.",
    "go_backwards": "Whether the steps are read from the last to the first; with return_sequences"
    " they are also returned in that order.",
    "stateful": "Whether the state of each sample stays for the next batch; the batch size must be"
    " fixed.",
    "unroll": "Whether the loop over the steps is written out: faster for few steps, whose number"
    " must be known.",
    "unit_forget_bias": "Whether the bias of the forget gate starts at 1, so that the state is"
    " kept at first.",
    "recurrent_dropout": "In training, the part of the state that is set to 0 on its way to the"
    " next step.",
    "use_cudnn": "Whether the fused kernel for GPUs is used; auto: where it can be.",
    "reset_after": "Whether the reset gate multiplies after the recurrent kernel, which then has a"
    " bias of its own: (2, 3*units) instead of (3*units).",
    "cell": "What is done at each step: a cell, or a list of them, stacked.",
    "cells": "Cells, of which each takes what the one before it returns.",
    "zero_output_for_mask": "With return_sequences, whether a masked step returns 0, and not what"
    " the step before it returned.",
    # attention
    "num_heads": "How many times attention is computed side by side, each with own projections.",
    "key_dim": "The size of query and key within a head; scores are divided by its root.",
    "value_dim": "The size of the value within a head; null: key_dim.",
    "attention_axes": "The axes whose positions attend to each other; null: all but batch and"
    " features.",
    "head_dim": "The size of query, key and value within a head.",
    "num_query_heads": "How many heads the query has: a multiple of num_key_value_heads.",
    "num_key_value_heads": "How many heads key and value have: several query heads share one.",
    "score_mode": "How query and key are compared.",
    # reshaping
    "target_shape": "The sizes that are returned, without the batch; one may be -1, which is what"
    " remains. Numbers keep their order, so that steps and features may mix.",
    "dims": "The new order of the axes, counted from 1 without the batch: [2, 1] swaps steps and"
    " features.",
    "n": "How many times the vector is repeated: the number of steps that are returned.",
    "cropping": f"How many steps are cut off: {MARGIN}",
    "size": "How many times each step (or row and column) is repeated.",
    # normalisation
    "momentum": "The part of the moving mean and variance that each training step keeps.",
    "renorm": "Whether the statistics of a batch are corrected towards the moving ones.",
    "renorm_clipping": "Limits of that correction: rmin, rmax, dmax.",
    "renorm_momentum": "The part of the statistics of renorm that each training step keeps.",
    "synchronized": "Whether mean and variance are those of all devices together.",
    "rms_scaling": "Whether it is only scaled by gamma: no mean is taken off, no beta is added.",
    "power_iterations": "How often the estimate of the norm is improved in a training step.",
    # wrappers
    "merge_mode": "How the two directions become one.",
    "backward_layer": "The layer of the backward direction; null: a copy of the other one.",
    # core
    "equation": "Which axes of input and kernel are multiplied, and which summed: abc,cd->abd is a"
    " Dense on every step.",
    "output_shape": "The sizes that are returned, without the batch; null for one that the input"
    " has.",
    "bias_axes": "The letters of the returned axes along which the bias differs; null: no bias.",
    "mask_value": "A step whose features all have this value is skipped by the layers behind it.",
    "tie_weights": "Whether the way back from vectors to integers uses the same table.",
    "reverse_dtype": "The dtype of the way back.",
    "logit_soft_cap": "Keeps the logits of the way back between -cap and cap, by tanh.",
    # merging, activation, regularization
    "axes": "The axis of each tensor that is multiplied and summed away: one for both, or a pair.",
    "normalize": "Whether the vectors are first scaled to length 1, which gives cosines.",
    "negative_slope": "What a number below 0 (ReLU: below the threshold) is multiplied by.",
    "max_value": "What larger numbers are set to; null: they stay.",
    "threshold": "Numbers below it are set to 0, or have the negative slope.",
    "shared_axes": "Axes along which one alpha serves all: [1] is one a feature, for all steps.",
    "stddev": "The standard deviation of the noise that training adds.",
    "l1": "The factor of the sum of absolute outputs, added to the loss.",
    "l2": "The factor of the sum of squared outputs, added to the loss.",
}  # fmt: skip
"""By the name of the argument, for all classes of which OWN says nothing else."""

OWN: Mapping[str, Mapping[str, str]] = {
    "recurrent": {
        "activation": "The function of the new state that a step proposes; of an LSTM, also of the"
        " cell state before it is returned.",
        "use_bias": "Whether a bias is added: one number for each unit of each gate.",
        "dropout": "In training, the part of the input's features that is set to 0, the same ones"
        " at every step.",
    },
    **{
        f"ConvLSTM{rank}D": {
            "return_sequences": "true returns an image for every step: (batch, T, …, filters)."
            " false returns that of the last step alone: (batch, …, filters). Weights are the"
            " same.",
            "strides": "How far the window moves over the image; steps are not skipped.",
            "kernel_size": "The window of a filter on the image of one step.",
            "return_state": "Whether the last state is returned too, h and c, as further outputs.",
        }
        for rank in (1, 2, 3)
    },
    "Activation": {"activation": "The function of each number; softmax, of the last axis."},
    "pooling": {
        "strides": "How far the window moves on for the next output step; null: by its own size,"
        " so that windows do not overlap.",
    },
    **{
        f"Conv{rank}DTranspose": {
            "strides": "How many output steps (or rows and columns) one input step makes: with 2,"
            " twice as many are returned.",
            "padding": "Whether all that the windows reach is returned (valid), or strides times"
            " as many steps as came in (same).",
        }
        for rank in (1, 2, 3)
    },
    **{
        f"ZeroPadding{rank}D": {"padding": f"How many steps of 0 are added: {MARGIN}"}
        for rank in (1, 2, 3)
    },
    "MultiHeadAttention": {
        "output_shape": "The size of the last axis that is returned; null: that of the query.",
        "use_bias": "Whether the projections have biases.",
    },
    "GroupQueryAttention": {"use_bias": "Whether the projections have biases."},
    "BatchNormalization": {
        "axis": "The axis whose indexes have a mean and a variance each: -1, the features. All"
        " other axes are averaged over, steps and samples too.",
    },
    "GroupNormalization": {
        "axis": "The axis of the channels, which are cut into groups.",
        "groups": "How many groups the channels are cut into; all steps of a group are normalised"
        " together. -1: each channel by itself.",
    },
    "UnitNormalization": {"axis": "The axes of the vectors that are scaled to length 1."},
    "Concatenate": {
        "axis": "Along which axis tensors are put behind each other: -1, the features; 1, the"
        " steps.",
    },
    "Softmax": {"axis": "The axis whose numbers become shares of 1: -1, the features."},
    "Normalization": {
        "axis": "The axes whose indexes have a mean and a variance each; null: one for all.",
    },
    "TimeDistributed": {
        "layer": "The layer that is applied to each time step by itself, with the same weights:"
        " `TimeDistributed: {Dense: 8}`.",
    },
    "Bidirectional": {
        "layer": "The recurrent layer that reads forwards; a copy of it, with own weights, reads"
        " backwards: `Bidirectional: {LSTM: 8}`.",
    },
    "SpectralNormalization": {
        "layer": "The layer whose kernel is divided by its largest singular value.",
    },
    "SpatialDropout1D": {
        "rate": "In training, the part of the features that is set to 0, each at all steps.",
    },
    "GaussianDropout": {
        "rate": "In training, each number is multiplied by noise around 1, of variance"
        " rate / (1 - rate).",
    },
    "AlphaDropout": {
        "rate": "In training, the part of the numbers that is set to the least that SELU returns;"
        " mean and variance stay.",
    },
    "ELU": {"alpha": "Numbers far below 0 become -alpha."},
    "LeakyReLU": {"alpha": "The old name of negative_slope."},
    "preprocessing": {
        "scale": "What every number is multiplied by.",
        "offset": "What is added to every number then.",
        "mean": "What is taken off every feature; null: it is found in data by `adapt`.",
        "variance": "Every feature is divided by its root; null: it is found in data by `adapt`.",
        "invert": "Whether numbers are brought back to their own scale.",
        "num_tokens": "How many different integers there are: the size of the last axis.",
        "num_bins": "How many different integers are returned at most.",
        "bin_boundaries": "The numbers that part the bins, from low to high.",
        "output_mode": "Whether integers are returned, or vectors with a place for each.",
        "sparse": "Whether vectors are returned as a sparse tensor.",
    },
}
"""By class, or by family, where an argument does something of its own there."""

APART = frozenset({"preprocessing"})
"""Families whose arguments are others of the same names."""

EVERYWHERE = frozenset({*COMMON, "seed", "data_format", "interpolation"})
"""Arguments that mean the same in all families."""

CHOICES: Mapping[tuple[str, object], str] = {
    ("padding", "valid"): "whole windows only, so that fewer steps are returned",
    ("padding", "same"): "zeros at both ends, so that as many steps are returned (over strides)",
    ("padding", "causal"): "zeros before the first step only, so that no step sees a later one",
    ("merge_mode", "concat"): "put side by side, (…, 2*units)",
    ("merge_mode", "sum"): "added",
    ("merge_mode", "mul"): "multiplied",
    ("merge_mode", "ave"): "averaged",
    ("merge_mode", None): "returned as two outputs",
    ("score_mode", "dot"): "by their product, summed over features",
    ("score_mode", "concat"): "by tanh of their sum, summed over features",
    ("data_format", "channels_last"): "(batch, T, features)",
    ("data_format", "channels_first"): "(batch, features, T)",
}
"""What a value does, of arguments that have a choice."""

CALL_WORDS: Mapping[str, str] = {
    "attention_mask": "Which steps of the value each step of the query may see.",
    "initial_state": "The state that the layer starts with: h, of an LSTM [h, c]; of Bidirectional"
    " first those of the forward layer.",
    "mask": "Which steps count: a tensor of (batch, T).",
    "query": "What asks: a step is returned for each of its steps.",
    "value": "What is summed: its steps are those that are seen.",
    "key": "What the query is compared with; without it, the value.",
    "return_attention_scores": "Whether the scores are returned, too.",
    "use_causal_mask": "Whether a step sees no later one.",
}
"""What arguments of a layer's call are."""


def argument_words(rule: Rule, parameter: Parameter) -> str:
    """Return what an argument of a class does; nothing where that is not said."""
    name = parameter.name
    own = OWN.get(rule.name, {}).get(name)
    if own is None and name not in EVERYWHERE:
        own = OWN.get(rule.family, {}).get(name)
        if own is None and rule.family in APART:
            return ""
    return own or WORDS.get(name) or _of_a_weight(name)


def choice_words(parameter: Parameter) -> dict[object, str]:
    """Return what the values of an argument do that has a choice, as far as that is said."""
    choices = choices_of(parameter.kind.removesuffix(" | None"))
    found = ((choice, CHOICES.get((parameter.name, choice))) for choice in choices)
    return {choice: words for choice, words in found if words}


def _of_a_weight(name: str) -> str:
    weight, _, ending = name.rpartition("_")
    if weight in WEIGHTS and ending in OF_A_WEIGHT:
        return OF_A_WEIGHT[ending].format(WEIGHTS[weight])
    return ""
