"""Names of Keras 1 and 2, and of other libraries, for what Keras 3 calls otherwise."""

from __future__ import annotations

RENAMED_CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
"""Classes of Keras 1 that have another name since Keras 2."""

CLASSES = {
    "AtrousConvolution1D": "write Conv1D with dilation_rate",
    "AtrousConvolution2D": "write Conv2D with dilation_rate",
    "CuDNNGRU": "write GRU: Keras uses cuDNN by itself where it can",
    "CuDNNLSTM": "write LSTM: Keras uses cuDNN by itself where it can",
    "Lambda": "a spec holds no code: name a custom class under `custom`",
    "Layer": "it computes nothing by itself: name one of the layers that are built on it",
    "Linear": "Keras calls it Dense",
    "Merge": "write Concatenate, Add, Multiply or Average, with from: [a, b]",
    "ThresholdedReLU": "write ReLU with threshold",
    "TimeDistributedDense": "write TimeDistributed: {Dense: n}, or Dense, which does the same",
}
"""Other classes that Keras 3 does not have, or that are no layers for a spec: what to write."""

NEVER_LAYERS = frozenset({"Lambda", "Layer", "Linear"})
"""Those of them that no version of Keras would take in a spec."""

ARGUMENTS = {
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_constraint": ("bias_constraint",),
    "b_regularizer": ("bias_regularizer",),
    "alpha": ("negative_slope",),
    "atrous_rate": ("dilation_rate",),
    "beta_init": ("beta_initializer",),
    "bias": ("use_bias",),
    "border_mode": ("padding",),
    "dim_ordering": ("data_format",),
    "dropout_U": ("recurrent_dropout",),
    "dropout_W": ("dropout",),
    "filter_length": ("kernel_size",),
    "gamma_init": ("gamma_initializer",),
    "hidden_size": ("units",),
    "init": ("kernel_initializer", "embeddings_initializer"),
    "inner_activation": ("recurrent_activation",),
    "inner_init": ("recurrent_initializer",),
    "length": ("size",),
    "mode": ("merge_mode",),
    "nb_col": ("kernel_size",),
    "nb_filter": ("filters",),
    "nb_row": ("kernel_size",),
    "neurons": ("units",),
    "out_features": ("units",),
    "output_dim": ("units",),
    "p": ("rate",),
    "pool_length": ("pool_size",),
    "return_seq": ("return_sequences",),
    "sigma": ("stddev",),
    "stride": ("strides", "pool_size"),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
}
"""Arguments that have another name in Keras 3: the first one that the layer has is meant."""

MEANINGLESS = frozenset(
    "consume_less experimental_autocast forget_bias_init fused implementation input_dtype key_shape"
    " query_shape ragged sparse value_shape zero_output_for_mask".split()
)
"""Arguments that configs of other versions carry and that change no shape, weight or time."""

EXPECTED: dict[str, object] = {
    "autocast": True,
    "noise_shape": None,
    "time_major": False,
    "weights": None,
}
"""Arguments that configs of other versions carry, with the only value that is understood."""

REFUSED = frozenset({"consume_less", "forget_bias_init", "fused", "time_major"})
"""Those of both that Keras 3 refuses, where it passes over the others or drops them on loading."""

FIRST_LAYER = ("input_shape", "batch_input_shape", "batch_shape", "input_dim", "input_length",
               "batch_size")  # fmt: skip
"""Arguments by which the first layer of Keras 1 and 2 described the input."""
