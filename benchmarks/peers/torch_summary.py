"""The same with PyTorch and torchinfo."""

import sys

import torch
from torch import nn
from torchinfo import summary


class Steps(nn.Module):
    """A recurrent layer whose sequence alone goes on, or its last step, repeated."""

    def __init__(self, layer: nn.Module, repeat: int = 0) -> None:
        super().__init__()
        self.layer, self.repeat = layer, repeat

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Leave out the state."""
        y = self.layer(x)[0]
        return y[:, -1:].expand(-1, self.repeat, -1) if self.repeat else y


def lstm(features: int, units: int, repeat: int = 0) -> nn.Module:
    """Return an LSTM of so many units."""
    return Steps(nn.LSTM(features, units, batch_first=True), repeat)


if sys.argv[1] == "question":
    summary(nn.Sequential(lstm(8, 8), nn.Linear(8, 8)), input_size=(1, 10, 8))
else:
    turned = nn.Sequential(nn.Conv1d(50, 50, 3, padding="same"))
    model = nn.Sequential(
        turned, lstm(16, 64), nn.Dropout(0.1), lstm(64, 8, 50), lstm(8, 64), nn.Dropout(0.1),
        lstm(64, 64), nn.LayerNorm(64), nn.Linear(64, 16),
    )  # fmt: skip
    summary(model, input_size=(1, 50, 16))
