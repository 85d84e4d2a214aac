"""Spectrograms: a signal cut into frames that overlap, and what frequencies each frame holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, as_expr, const, minimum, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import FLOATS, Facts, Tensor, Weight
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import need_known, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import size_text, slide_windows, windowed_facts, windows
from seqinspect.time.reach import Reach, StepSpan

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import DType, Real, Size, Whole

FAMILY = "preprocessing"


@rule("STFTSpectrogram")
def stft_spectrogram(
    inputs: Tensor,
    *,
    mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log",
    frame_length: Size = 256,
    frame_step: Size | None = None,
    fft_length: Size | None = None,
    window: str | None = "hann",
    periodic: bool = False,
    scaling: Literal["density", "spectrum"] | None = "density",
    padding: Literal["valid", "same"] = "valid",
    expand_dims: bool = False,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dtype: DType | None = None,
) -> Facts:
    """Each channel cut into frames of frame_length steps, and the frequencies in each of them.

    fft_length (by default the next power of 2) gives fft_length//2 + 1 frequencies a channel.

    Source: keras.layers.STFTSpectrogram.
    """
    length = as_expr(frame_length)
    step = length // 2 if frame_step is None else as_expr(frame_step)
    transform = _next_power(length) if fft_length is None else as_expr(fft_length)
    _check_frames(length, frame_step, transform)
    _check_dtype(inputs, dtype, ("float16", "float32", "float64"))
    sliding = slide_windows(
        inputs, windows(length, step, dimensions=1, name="frame_length"), padding, data_format
    )
    need_known(sliding.channels, "the number of channels")
    frequencies = transform // 2 + 1
    used = sliding.positions * sliding.channels
    weights = [
        Weight(f"{part}_kernel", (length, 1, frequencies), used)
        for part, without in (("real", "imag"), ("imag", "real"))
        if mode != without
    ]
    bins = frequencies * 2 if mode == "stft" else frequencies
    facts = windowed_facts(sliding, bins * sliding.channels, weights, channels="mixed")
    if expand_dims:
        facts = facts._replace(
            outputs=(_expanded(facts.outputs[0], sliding.channel_axis, bins, sliding.channels),)
        )
    return facts


@rule("MelSpectrogram", traits=Traits(weightless=True))
def mel_spectrogram(
    inputs: Tensor,
    *,
    fft_length: Size = 2048,
    sequence_stride: Size = 512,
    sequence_length: Size | None = None,
    window: str | None = "hann",
    sampling_rate: Whole = 16000,
    num_mel_bins: Size = 128,
    min_freq: Real = 20.0,
    max_freq: Real | None = None,
    power_to_db: bool = True,
    top_db: Real = 80.0,
    mag_exp: Real = 2.0,
    min_power: Real = 1e-10,
    ref_power: Real = 1.0,
    dtype: DType | None = None,
) -> Facts:
    """A signal cut into frames, and how loud each of num_mel_bins bands of frequencies is in each.

    The result has the bands before the frames: (batch, num_mel_bins, frames). It runs with
    samples//sequence_stride + 1 frames; the output shape that Keras states has one more where
    samples + 1 is a multiple of sequence_stride.

    Source: keras.layers.MelSpectrogram.
    """
    if power_to_db and dtype == "float64":
        refuse(
            "computes decibels in float32, and its dtype is float64: Keras cannot mix them",
            received="dtype float64",
            expected="another dtype, or power_to_db: false",
            argument="dtype",
            about="dtype",
        )
    if sequence_length is not None:
        _check_length(as_expr(fft_length), as_expr(sequence_length))
    if inputs.rank not in (1, 2):
        refuse(
            f"needs a signal (batch, time) and receives {shape_text(inputs.shape)}",
            received=shape_text(inputs.shape),
            expected="2 axes (batch, time)",
            about="rank",
        )
    *batch, steps = inputs.shape
    frames = (steps + sequence_stride + 1) // sequence_stride
    length = as_expr(fft_length if sequence_length is None else sequence_length)
    made = steps // sequence_stride + 1  # Keras states one more where steps + 1 is a multiple
    # Frames are centred on every stride; what is left over after the last one is not read.
    last = minimum(steps - 1, (made - 1) * sequence_stride + (length - length // 2) - 1)
    output = inputs.to(*batch, num_mel_bins, frames, time=None, fold=None, time_summary="all")
    return Facts(
        outputs=(output,),
        reads="all",
        reaches=(Reach((StepSpan(0, last, inputs.steps),)),),
        products=prod((made, as_expr(fft_length) // 2 + 1, as_expr(num_mel_bins))),
        remarks=(Peculiarity.LOUDEST_OF_BATCH,) if power_to_db else (),
    )


def _check_dtype(inputs: Tensor, dtype: str | None, known: tuple[str, ...]) -> None:
    """Refuse integers, which no layer casts by itself, and a dtype to compute in."""
    compute = (dtype or "float32").removeprefix("mixed_")
    received = compute if inputs.dtype in FLOATS else inputs.dtype
    if received not in known:
        refuse(
            f"computes in decimal numbers, and receives {received}",
            received=received,
            expected=", ".join(known[:-1]) + f" or {known[-1]}",
            about="dtype",
        )


def _next_power(length: Expr) -> Expr:
    """The next power of 2: the length of a fast Fourier transform."""
    need_known(length, "frame_length")
    return const(1 << ((length.value or 1) - 1).bit_length())


def _check_frames(length: Expr, frame_step: Size | None, transform: Expr) -> None:
    step = None if frame_step is None else as_expr(frame_step)
    if step is not None and step.value is not None and step.value > (length.value or 0):
        refuse(
            f"`frame_step` {size_text(step)} is above frame_length {size_text(length)}",
            received=size_text(step),
            expected=f"at most {size_text(length)}",
            argument="frame_step",
            about="value",
        )
    if length.value == 1 and step is None:
        refuse(
            "has frames of one step, and half a step between them",
            received="frame_length 1",
            expected="a frame_step, or a frame_length above 1",
            argument="frame_length",
            about="value",
        )
    _check_length(transform, length, "frame_length")


def _check_length(transform: Expr, length: Expr, name: str = "sequence_length") -> None:
    if transform.value is not None and length.value is not None and transform.value < length.value:
        refuse(
            f"`fft_length` {size_text(transform)} is below {name} {size_text(length)}",
            received=size_text(transform),
            expected=f"at least {size_text(length)}",
            argument="fft_length",
            about="value",
        )


def _expanded(x: Tensor, channel_axis: int, bins: Expr, channels: Expr) -> Tensor:
    """The spectrogram with an axis for the frequencies and one for the channels."""
    batch, *_ = x.shape
    if channel_axis == 1:
        time = 2 if x.time == 2 else None
        return x.to(batch, channels, x.shape[2], bins, time=time)
    return x.to(batch, x.shape[1], bins, channels)
