"""How code of all eras calls what Keras has: parameters by position, functions that merge."""

from __future__ import annotations

import re

OLD_MODULES = re.compile(
    r"keras\.(layers\.(advanced_activations|convolutional|convolutional_recurrent|core|cudnn_recurrent"
    r"|embeddings|extra|local|merge|noise|normalization|pooling|recurrent|wrappers)"
    r"|backend\.(tensorflow|theano|cntk)_backend|callbacks\.callbacks|engine|legacy\.(layers|models)"
    r"|objectives|utils\.visualize_util)\."
    r"|tensorflow\.(contrib|compat\.v1\.keras)\."
)
"""Modules that only keras before 2.4 and TensorFlow 1 have, and what is in them."""

OLD_ARGUMENTS = frozenset(
    "W_constraint W_regularizer U_regularizer b_constraint b_regularizer atrous_rate border_mode"
    " consume_less dim_ordering dropout_U dropout_W filter_length inner_activation inner_init"
    " nb_col nb_epoch nb_filter nb_row nb_val_samples pool_length samples_per_epoch"
    " subsample_length".split()
)
"""Arguments of layers and of `fit` that only Keras 1 had."""

OLD_TENSORFLOW = frozenset(
    "ConfigProto GPUOptions InteractiveSession Session get_default_graph"
    " get_variable global_variables_initializer placeholder reset_default_graph set_random_seed"
    " variable_scope".split()
)
"""What `tensorflow` had in its first version only; keras before 2.4 goes with it."""

PARAMETERS = {
    "CuDNNGRU": ("units",),
    "CuDNNLSTM": ("units",),
    "InputLayer": ("input_shape", "batch_size", "dtype"),
    "Lambda": ("function", "output_shape", "mask", "arguments"),
    "Merge": ("layers", "mode", "concat_axis", "dot_axes", "output_shape"),
    "RNN": ("cell", "return_sequences"),
    "ThresholdedReLU": ("theta",),
    "TimeDistributedDense": ("units",),
}
"""The first parameters of classes that no rule has, or has otherwise."""

KERNEL_SIZES = {"Conv2D": 2, "Convolution1D": 1, "Convolution2D": 2, "Convolution3D": 3}
"""Convolutions that took the sizes of their kernel one by one, and how many."""

MERGE_FUNCTIONS = {
    "add": "Add",
    "average": "Average",
    "concatenate": "Concatenate",
    "dot": "Dot",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "subtract": "Subtract",
}
"""Keras's functions that merge tensors, and the layers that do the same."""

BACKEND_LAYERS = {
    "batch_dot": ("Dot", ("axes",)),
    "batch_flatten": ("Flatten", ()),
    "repeat": ("RepeatVector", ("n",)),
    "resize_images": ("UpSampling2D", ("height_factor", "width_factor", "data_format")),
    "spatial_2d_padding": ("ZeroPadding2D", ("padding", "data_format")),
    "temporal_padding": ("ZeroPadding1D", ("padding",)),
}
"""Functions of Keras's backend that do what a layer does, and their further parameters."""

MERGE = "Merge"
"""Keras 1's layer that merges tensors by its `mode`."""

DENSE_PER_STEP = "TimeDistributedDense"
"""Keras 1's TimeDistributed around Dense."""

PLACEHOLDER = "Identity"
"""What stands in a config for a layer that is put in afterwards."""

BASES = {
    "Functional": "Model",
    "Layer": "Layer",
    "Model": "Model",
    "Module": "Layer",
    "Sequential": "Sequential",
}
"""Keras's classes that people derive from, and what an object of theirs is."""
