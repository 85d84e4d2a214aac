"""The same with Flax and its tabulate."""

import sys

import flax.linen as nn
import jax
import jax.numpy as jnp


class Question(nn.Module):
    """An LSTM on every step, and a Dense."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Apply both."""
        return nn.Dense(8)(nn.RNN(nn.OptimizedLSTMCell(8))(x))


class Autoencoder(nn.Module):
    """The autoencoder of ten layers."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Apply all ten."""
        x = nn.Conv(64, (3,))(x)
        x = nn.RNN(nn.OptimizedLSTMCell(64))(x)
        x = nn.Dropout(0.1, deterministic=True)(x)
        x = nn.RNN(nn.OptimizedLSTMCell(8))(x)
        x = jnp.repeat(x[:, -1:], 50, axis=1)
        x = nn.RNN(nn.OptimizedLSTMCell(64))(x)
        x = nn.Dropout(0.1, deterministic=True)(x)
        x = nn.RNN(nn.OptimizedLSTMCell(64))(x)
        return nn.Dense(16)(nn.LayerNorm()(x))


module, shape = (
    (Question(), (1, 10, 8)) if sys.argv[1] == "question" else (Autoencoder(), (1, 50, 16))
)
print(nn.tabulate(module, jax.random.key(0))(jnp.ones(shape)))
