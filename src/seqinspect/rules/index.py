"""The index of the rule book: which module holds the rule of which Keras class.

Modules are imported when a layer of theirs is met: all of them together take longer to start than
everything else that a short spec needs.
"""

from __future__ import annotations

CLASSES = {
    "core": ("Dense Embedding Masking Activation Identity"),
    "einsum": ("EinsumDense"),
    "embedding": ("ReversibleEmbedding"),
    "recurrent": ("LSTM GRU SimpleRNN"),
    "cells": ("RNN StackedRNNCells LSTMCell GRUCell SimpleRNNCell"),
    "conv_recurrent": ("ConvLSTM1D ConvLSTM2D ConvLSTM3D"),
    "wrappers": ("TimeDistributed Bidirectional"),
    "convolution": (
        "Conv1D Convolution1D Conv2D Convolution2D Conv3D Convolution3D Conv1DTranspose "
        "Convolution1DTranspose Conv2DTranspose Convolution2DTranspose Conv3DTranspose "
        "Convolution3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D "
        "SeparableConvolution1D SeparableConv2D SeparableConvolution2D"
    ),
    "pooling": (
        "MaxPooling1D MaxPool1D MaxPooling2D MaxPool2D MaxPooling3D MaxPool3D "
        "AveragePooling1D AvgPool1D AveragePooling2D AvgPool2D AveragePooling3D AvgPool3D "
        "GlobalMaxPooling1D GlobalMaxPool1D GlobalMaxPooling2D GlobalMaxPool2D "
        "GlobalMaxPooling3D GlobalMaxPool3D GlobalAveragePooling1D GlobalAvgPool1D "
        "GlobalAveragePooling2D GlobalAvgPool2D GlobalAveragePooling3D GlobalAvgPool3D "
        "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D "
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D"
    ),
    "attention": (
        "MultiHeadAttention GroupQueryAttention GroupedQueryAttention Attention AdditiveAttention"
    ),
    "normalization": (
        "BatchNormalization LayerNormalization RMSNormalization UnitNormalization "
        "GroupNormalization SpectralNormalization"
    ),
    "regularization": (
        "Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D "
        "SpatialDropout2D SpatialDropout3D ActivityRegularization"
    ),
    "reshaping": ("Flatten Reshape Permute RepeatVector"),
    "margins": (
        "Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D "
        "UpSampling1D UpSampling2D UpSampling3D"
    ),
    "merging": ("Add Subtract Multiply Average Maximum Minimum Concatenate Dot"),
    "activation": ("ReLU LeakyReLU ELU PReLU Softmax"),
    "preprocessing": ("Rescaling Normalization CategoryEncoding Discretization"),
    "images": ("Resizing CenterCrop RandomCrop"),
    "augmentation": (
        "RandomFlip RandomRotation RandomTranslation RandomZoom RandomBrightness RandomContrast "
        "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix "
        "Equalization MixUp RandAugment RandomColorDegeneration RandomColorJitter "
        "RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale "
        "RandomHue RandomInvert RandomPerspective RandomPosterization RandomSaturation "
        "RandomSharpness RandomShear Solarization MaxNumBoundingBoxes"
    ),
    "hashing": ("Hashing HashedCrossing"),
    "signals": ("STFTSpectrogram MelSpectrogram"),
    "pipeline": ("Pipeline"),
}
"""Class names and aliases by module, in the order in which they are listed to a reader."""

MODULES = {name: module for module, names in CLASSES.items() for name in names.split()}
"""The module of every class name and alias."""

LEGACY_CLASSES = frozenset(
    "CuDNNLSTM CustomScaleLayer Highway LayerScale LocallyConnected1D LocallyConnected2D"
    " MaxoutDense ParametricSoftplus RandomHeight RandomWidth SReLU".split()
)
"""Classes that Keras 3 has no more, or not among its layers: configs hold them, specs cannot."""

SEQUENTIAL = "Sequential"
FUNCTIONAL = "Functional"
MODELS = frozenset({SEQUENTIAL, FUNCTIONAL})
"""Layer types that are models themselves: they have layers of their own and no rule."""

MODEL_NAMES = (FUNCTIONAL, SEQUENTIAL, "Model")
"""What a model may be called; Model is a Functional."""


def model_class(name: str) -> str:
    """Return the class of a model that may be called Model."""
    return name if name in MODELS else FUNCTIONAL


INPUT_LAYER = "InputLayer"
INPUT_NAMES = ("Input", INPUT_LAYER)
"""What an input may be called among layers."""

DENSE, FLATTEN, RESHAPE, REPEAT_VECTOR = "Dense", "Flatten", "Reshape", "RepeatVector"
"""The classes that remedies put into a model."""

CONCATENATE, CROPPING = "Concatenate", "Cropping1D"
"""The classes that lay a new step behind those that a twin keeps, and let go of the first."""

TIME_DISTRIBUTED = "TimeDistributed"
"""The class of a layer that is applied to each step by itself, to make one."""
