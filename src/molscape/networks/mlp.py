"""The multilayer perceptron, over any leading axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "gelu": jax.nn.gelu,
}
"""Activations with continuous derivatives: the force is one of them."""


class MLP(eqx.Module):
    """y = W_n a(... a(W_1 x + b_1) ...) + b_n with an activation a between layers.

    Rows are applied by one matrix product for all leading axes, which a CPU runs fastest.

    Raises:
        ValueError: if the activation is not known, or shapes of layers do not follow.
    """

    weights: tuple[Float[Array, "after before"], ...]
    biases: tuple[Float[Array, " after"], ...]
    activation: str = eqx.field(static=True)

    def __init__(
        self, weights: Sequence[Any], biases: Sequence[Any], activation: str = "tanh"
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation {activation!r}: use {', '.join(ACTIVATIONS)}")
        self.weights = tuple(jnp.asarray(w, dtype=float) for w in weights)
        self.biases = tuple(jnp.asarray(b, dtype=float) for b in biases)
        self.activation = activation
        shapes = [w.shape for w in self.weights]
        follow = all(b.shape == w.shape[:1] for w, b in zip(self.weights, self.biases, strict=True))
        if not shapes or not follow or any(a[0] != b[1] for a, b in pairwise(shapes)):
            raise ValueError(f"layers of shapes {shapes} do not follow one another")

    @classmethod
    def draw(cls, sizes: Sequence[int], key: Array, activation: str = "tanh") -> MLP:
        """Return a network with layers of these sizes, input first and output last.

        Weights are uniform in +-sqrt(6 / (before + after)), biases zero (Glorot and Bengio,
        AISTATS 2010, equation 16).

        Raises:
            ValueError: if there is no layer, or one is empty.
        """
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"layer sizes {tuple(sizes)}: give at least an input and an output")
        weights = []
        for before, after in pairwise(sizes):
            key, draw = jax.random.split(key)
            limit = float(np.sqrt(6 / (before + after)))
            weights.append(
                jax.random.uniform(draw, (after, before), float, minval=-limit, maxval=limit)
            )
        return cls(weights, [jnp.zeros(size) for size in sizes[1:]], activation)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Width of each layer, input first and output last."""
        return (self.weights[0].shape[1], *(w.shape[0] for w in self.weights))

    def __call__(self, x: Float[Array, "*rows before"]) -> Float[Array, "*rows after"]:
        """Return the output for each row."""
        activate = ACTIVATIONS[self.activation]
        if x.size == x.shape[-1]:
            # One row: as a vector the weights need no transposing in each step of a run, which
            # would take three times as long as the products.
            z = x.reshape(-1)
            for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
                z = activate(weight @ z + bias)
            return (self.weights[-1] @ z + self.biases[-1]).reshape(*x.shape[:-1], -1)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = activate(x @ weight.T + bias)
        return x @ self.weights[-1].T + self.biases[-1]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return weights and biases by name: "weights.0", "biases.0", ..."""
        named = {"weights": self.weights, "biases": self.biases}
        return {
            f"{name}.{k}": np.asarray(array, dtype=np.float64)
            for name, arrays in named.items()
            for k, array in enumerate(arrays)
        }

    @classmethod
    def rebuild(cls, activation: str, arrays: dict[str, np.ndarray]) -> MLP:
        """Rebuild from `arrays()` and the activation."""
        layers = range(len(arrays) // 2)
        return cls(
            [arrays[f"weights.{k}"] for k in layers],
            [arrays[f"biases.{k}"] for k in layers],
            activation,
        )
