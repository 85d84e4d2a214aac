"""Bytes that a model takes in memory, as they are reported where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr


class Activations(NamedTuple):
    """Bytes of tensors that are kept at once, as a formula in `batch`; `at` is the call then."""

    bytes: Expr
    at: str = ""


class Memory(NamedTuple):
    """Bytes that a model takes, at a batch size and with an optimizer of Keras.

    `weights` by dtype; `gradients` and `state` are those of training. `forward` are the most
    activations kept at once, `training` all of them; None where that is not known.
    """

    batch: int
    optimizer: str
    weights: tuple[tuple[str, Expr], ...]
    gradients: Expr
    state: Expr
    forward: Activations | None
    training: Activations | None
