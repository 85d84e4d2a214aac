"""The losses of Keras: their names of every era, and which last activations each one takes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from seqinspect.records import NamedTuple, dataclass

Values: TypeAlias = Literal["any", "positive", "bounded", "unit", "classes", "logs"]
"""Numbers of any size, from 0 on, between bounds below 0 and above, from 0 to 1, those that add up
to 1, and logarithms of such."""

VALUES: dict[str, Values] = {
    "exponential": "positive",
    "hard_sigmoid": "unit",
    "hard_tanh": "bounded",
    "linear": "any",
    "log_sigmoid": "logs",
    "log_softmax": "logs",
    "relu": "positive",
    "relu6": "positive",
    "sigmoid": "unit",
    "softmax": "classes",
    "softplus": "positive",
    "softsign": "bounded",
    "sparse_sigmoid": "unit",
    "sparsemax": "classes",
    "squareplus": "positive",
    "tanh": "bounded",
}
"""What an activation returns; those that are not here return nearly any number."""


Meets: TypeAlias = Literal["equal", "sparse", "broadcast", "sum", "sequences", ""]
"""How a loss meets its target. equal: it refuses another shape; sparse: it takes the number of a
class where the output has a number for each; broadcast: it lays one over the other; sum: likewise,
and makes one number of all samples; sequences: it takes a row of labels for steps of classes.
Empty: in its own way."""

Labels: TypeAlias = Literal["unit", "distribution", "classes", "positive", "signs", ""]
"""What a target holds. unit: numbers from 0 to 1; distribution: such that add up to 1 along the
last axis; classes: numbers of classes; positive: numbers from 0 on; signs: -1 and 1, or 0 and 1.
Empty: any numbers."""


class LossKind(NamedTuple):
    """What a loss is made for: a last activation (empty for none), and the values that it takes.

    Of no values nothing is said. `logits`: it can make probabilities itself (`from_logits`).
    `meets` and `labels` are of its target.
    """

    activation: str
    takes: frozenset[Values]
    logits: bool = False
    meets: Meets = "broadcast"
    labels: Labels = ""


def _kind(
    activation: str,
    *takes: Values,
    logits: bool = False,
    meets: Meets = "broadcast",
    labels: Labels = "",
) -> LossKind:
    return LossKind(activation, frozenset(takes), logits, meets, labels)


_ANY = _kind("", "any", "positive", "bounded", "unit", "logs")
_ABOVE_0 = _ANY._replace(labels="positive")
_BINARY = _kind("sigmoid", "unit", "classes", logits=True, meets="equal", labels="unit")
_CLASSES = _kind("softmax", "classes", logits=True, meets="equal", labels="distribution")
_MARGIN = _kind("tanh", "any", "positive", "bounded", "logs", labels="signs")
_OVERLAP = _kind("sigmoid", "unit", "classes", meets="sum", labels="unit")
_UNJUDGED = _kind("", meets="")

LOSSES: dict[str, LossKind] = {
    "binary_crossentropy": _BINARY,
    "binary_focal_crossentropy": _BINARY,
    "categorical_crossentropy": _CLASSES,
    "categorical_focal_crossentropy": _CLASSES._replace(meets="broadcast"),
    "sparse_categorical_crossentropy": _CLASSES._replace(meets="sparse", labels="classes"),
    "kl_divergence": _kind("softmax", "classes", "unit", labels="distribution"),
    "mean_squared_error": _ANY,
    "mean_absolute_error": _ANY,
    "mean_absolute_percentage_error": _ANY,
    "mean_squared_logarithmic_error": _ABOVE_0,
    "huber": _ANY,
    "log_cosh": _ANY,
    "poisson": _kind("softplus", "positive", "unit", "classes", labels="positive"),
    "hinge": _MARGIN,
    "squared_hinge": _MARGIN,
    "categorical_hinge": _kind("", labels="distribution"),
    "cosine_similarity": _kind(""),
    "dice": _OVERLAP,
    "tversky": _OVERLAP,
    "circle": _UNJUDGED,
    "ctc": _UNJUDGED._replace(meets="sequences"),
}
"""The losses of Keras 3, with what each one is made for."""

SHORT = {
    "bce": "binary_crossentropy",
    "cosine": "cosine_similarity",
    "cosineproximity": "cosine_similarity",
    "huberloss": "huber",
    "kld": "kl_divergence",
    "kullbackleiblerdivergence": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
"""Further names of all eras, without underscores and case."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss; `from_logits`: it makes probabilities itself, of numbers of any size.

    `from_logits` is None where that is not said. `ignore_class` is the label that a sparse loss
    leaves out; `axis` is that of the classes, None for the usual one.
    """

    name: str
    from_logits: bool | None = None
    ignore_class: int | None = None
    axis: int | None = None

    @property
    def sparse(self) -> bool:
        """Whether its target holds numbers of classes, not a probability for each."""
        return self.name.startswith("sparse_")

    @property
    def of_classes(self) -> bool:
        """Whether it compares a number for each class of one sample or step."""
        return LOSSES[self.name].activation == "softmax" and LOSSES[self.name].logits

    @property
    def of_numbers(self) -> bool:
        """Whether it measures how far a number is from another one."""
        return LOSSES[self.name]._replace(labels="") == _ANY

    @property
    def meets(self) -> Meets:
        """How it meets its target; along another axis than the last one in its own way."""
        return LOSSES[self.name].meets if self.axis in (None, -1) else ""

    @property
    def labels(self) -> Labels:
        """What its target holds."""
        return LOSSES[self.name].labels

    @property
    def activation(self) -> str:
        """The last activation that it is made for; empty for none."""
        return "" if self.from_logits else LOSSES[self.name].activation

    def takes(self, activation: str) -> bool:
        """Whether it fits what an activation returns, as far as is known of the two."""
        kind, values = LOSSES[self.name], VALUES.get(activation or "linear", "any")
        if not kind.takes or (values == "any" and kind.logits and self.from_logits is not False):
            return True
        if self.from_logits:  # softmax makes classes of their logarithms, too
            return values == "logs" and self.of_classes
        return values in kind.takes

    def __str__(self) -> str:
        return f"{self.name}(from_logits=True)" if self.from_logits else self.name


def find_loss(name: str) -> str:
    """Return the loss that a name of a function or class means (`MSE`, `MeanSquaredError`)."""
    folded = name.replace("_", "").lower()
    if folded in SHORT:
        return SHORT[folded]
    return next((known for known in LOSSES if known.replace("_", "") == folded), "")
