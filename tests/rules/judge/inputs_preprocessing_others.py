"""Hints for hashing, spectrograms, and pipelines of layers."""

from __future__ import annotations

from tests.rules.judge.draw import DRAWINGS, Draft, Draw, draw_any, draws

UNKNOWN_TO_ITS_CONSTRUCTOR = ("trainable", "activity_regularizer")

INSIDE = ("Dense", "Conv1D", "LSTM", "Flatten", "BatchNormalization")
"""What a pipeline is tried of."""


@draws("Hashing")
def hashing(draw: Draw, layer: str) -> Draft:
    options = draw.options(
        layer,
        mask_value=lambda: draw.choice([None, 0, 2]),
        salt=lambda: draw.choice([None, 3, [1, 2]]),
        dtype=lambda: draw.choice([None, "int32", "int64", "float32", "float16", "mixed_float16"]),
        num_bins=997 if draw.real else lambda: draw.choice([draw.number(), 5.0]),
        never=("sparse",),
    )
    if draw.real:
        options.pop("dtype", None)
    x = draw.any_tensor(low=1, high=4, dtype=draw.choice(["int32", "int64"]))
    if options.get("output_mode") == "one_hot" and x.fold is None and not draw.wrong():
        x = x.to(*x.shape[:-1], 1, time=None if x.time == x.rank - 1 else x.time)
    return Draft(layer, options, {"inputs": x}, below=1000)


@draws("HashedCrossing")
def crossing(draw: Draw, layer: str) -> Draft:
    options = draw.options(
        layer, num_bins=997 if draw.real else draw.number, never=("sparse", "dtype")
    )
    for refused in UNKNOWN_TO_ITS_CONSTRUCTOR:
        options.pop(refused, None)
    if draw.real or draw.chance(0.8):
        options.pop("dtype", None)
    shape = [draw.named(1)] if draw.chance(0.7) else []
    count = 2 if not draw.wrong(0.05) else draw.choice([1, 3])
    dtypes = [draw.choice(["int32", "int64"]) for _ in range(count)]
    tensors = tuple(draw.tensor(*shape, dtype=dtype) for dtype in dtypes)
    return Draft(layer, options, {"inputs": tensors}, below=1000)


@draws("STFTSpectrogram")
def stft(draw: Draw, layer: str) -> Draft:
    length = draw.integer(2, 6)
    options = draw.options(
        layer,
        frame_length=length,
        frame_step=lambda: draw.integer(1, length + (1 if draw.wrong() else 0)),
        fft_length=lambda: draw.choice([8, 16, 2 if draw.wrong() else 8]),
        # Keras makes named windows with scipy, which need not be there.
        window=lambda: draw.choice([None, None, None, "hann"]) if not draw.real else None,
        always=("window",),
        never=("dtype",),
    )
    if draw.real:
        options.pop("data_format", None)
    first = options.get("data_format") == "channels_first"
    time = draw.choice([2 if first else 1] * 3 + [1 if first else 2, None])
    steps, channels = draw.steps(20), draw.size(3)
    shape = (channels, steps) if first else (steps, channels)
    return Draft(layer, options, {"inputs": draw.tensor(*shape, time=time)})


@draws("MelSpectrogram")
def mel(draw: Draw, layer: str) -> Draft:
    options = draw.options(
        layer,
        fft_length=lambda: draw.choice([16, 32]),
        sequence_stride=lambda: draw.integer(4, 16),
        sequence_length=lambda: draw.choice([None, 8, 16]),
        window=lambda: draw.choice(["hann", "hamming"]),
        sampling_rate=lambda: draw.choice([8000, 16000, 16000.0]),
        max_freq=lambda: draw.choice([None, 3000.0]),
        always=("fft_length", "sequence_stride"),
        never=("dtype",),
    )
    if draw.real:
        options["power_to_db"] = False  # in float64 Keras has no decibels
        options |= {"sequence_length": 16, "sequence_stride": draw.integer(4, 8)}  # no gaps
    steps = (
        draw.named(None) if not draw.real and draw.chance(0.2) else draw.named(draw.integer(40, 60))
    )
    shape = [] if draw.wrong(0.1) else [steps]
    return Draft(layer, options, {"inputs": draw.tensor(*shape, time=1 if shape else None)})


@draws("Pipeline")
def pipeline(draw: Draw, layer: str) -> Draft:
    first = draw.choice(INSIDE)
    drawn = DRAWINGS.get(first, draw_any)(draw, first)
    (_, _, x), *_ = drawn.tensors()
    # These are judged by themselves; within another layer, Keras finds out later.
    hidden = (
        "lora_rank",
        "dropout",
        "recurrent_dropout",
        "return_state",
        "stateful",
        "dtype",
        "unroll",
    )
    own = {name: value for name, value in drawn.options.items() if name not in hidden}
    exact = {"dtype": "float64"} if draw.real else {}
    layers: list[object] = [{first: own | exact}]
    for _ in range(draw.integer(0, 2)):
        name = draw.choice(["Dense", "Identity"])
        layers.append({name: draw.options(name, never=hidden) | exact})
    options: dict[str, object] = {"layers": [] if draw.wrong(0.03) else layers}
    return Draft(layer, options, {"inputs": x}, spoiled="within" if drawn.spoiled else "")
