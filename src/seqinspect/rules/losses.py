"""The losses of Keras: their names of every era, and the last activation that each is made for."""

from __future__ import annotations

from dataclasses import dataclass

LOSSES = {
    "binary_crossentropy": "sigmoid",
    "binary_focal_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "categorical_focal_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "kl_divergence": "softmax",
    "mean_squared_error": "",
    "mean_absolute_error": "",
    "mean_absolute_percentage_error": "",
    "mean_squared_logarithmic_error": "",
    "huber": "",
    "log_cosh": "",
    "poisson": "",
    "hinge": "tanh",
    "squared_hinge": "tanh",
}
"""The losses of Keras, each with the last activation that it is made for; empty for none."""

SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullbackleiblerdivergence": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
"""Further names, without underscores and case."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss; `from_logits`: it makes probabilities itself, of numbers of any size."""

    name: str
    from_logits: bool = False

    @property
    def sparse(self) -> bool:
        """Whether its target holds numbers of classes, not a probability for each."""
        return self.name.startswith("sparse_")

    @property
    def activation(self) -> str:
        """The last activation that it is made for; empty for none."""
        return "" if self.from_logits else LOSSES[self.name]

    def __str__(self) -> str:
        return f"{self.name}(from_logits=True)" if self.from_logits else self.name


def find_loss(name: str) -> str:
    """Return the loss that a name of a function or class means (`MSE`, `MeanSquaredError`)."""
    folded = name.replace("_", "").lower()
    if folded in SHORT:
        return SHORT[folded]
    return next((known for known in LOSSES if known.replace("_", "") == folded), "")
