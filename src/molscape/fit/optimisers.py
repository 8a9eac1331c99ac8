"""How a step is taken: optimisers behind one interface, each a pair of `init` and `step`."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from molscape.fit.problem import Problem


class Optimiser(eqx.Module):
    """Takes steps downhill; `rate` is the factor that a schedule gives."""

    kind: ClassVar[str]

    @abstractmethod
    def init(self, free: Any) -> Any:
        """Return the state before the first step.

        Raises:
            ValueError: if the parameters are too many for the method.
        """

    @abstractmethod
    def step(
        self, problem: Problem, free: Any, state: Any, batch: Any, rate: Array
    ) -> tuple[Any, Any, Array]:
        """Return parameters and state after a step, and the loss before it."""


class FirstOrder(Optimiser):
    """What the gradient of each batch is turned into by a transformation of optax."""

    @abstractmethod
    def transformation(self) -> optax.GradientTransformation:
        """Return optax's own form of the method."""

    def init(self, free: Any) -> Any:
        """Return the state before the first step."""
        return self.transformation().init(free)

    def step(
        self, problem: Problem, free: Any, state: Any, batch: Any, rate: Array
    ) -> tuple[Any, Any, Array]:
        """Return parameters and state after a step, and the loss before it."""

        def total(parameters: Any) -> tuple[Array, Array]:
            loss = problem.loss(parameters, batch)
            return jnp.sum(loss), loss

        (_, loss), slope = jax.value_and_grad(total, has_aux=True)(free)
        updates, state = self.transformation().update(slope, state, free)
        return _moved(free, updates, rate), state, loss


def _moved(free: Any, updates: Any, rate: Array) -> Any:
    return jax.tree.map(lambda p, u: p + rate.astype(p.dtype) * u, free, updates)


class SGD(FirstOrder):
    """Stochastic gradient descent with momentum (Polyak)."""

    kind: ClassVar[str] = "sgd"

    learning_rate: float = eqx.field(static=True, default=0.01)
    momentum: float = eqx.field(static=True, default=0.9)

    def transformation(self) -> optax.GradientTransformation:
        """Return optax.sgd."""
        return optax.sgd(self.learning_rate, momentum=self.momentum)


class Adam(FirstOrder):
    """Adam: steps of the size of the learning rate (Kingma and Ba, ICLR 2015)."""

    kind: ClassVar[str] = "adam"

    learning_rate: float = eqx.field(static=True, default=0.003)

    def transformation(self) -> optax.GradientTransformation:
        """Return optax.adam."""
        return optax.adam(self.learning_rate)


class RPROP(FirstOrder):
    """Steps by the sign of the gradient only, each parameter with a size of its own.

    Made for gradients without noise: use batches of all frames, or nearly. Sizes grow by 1.2
    and shrink by 0.5 (Riedmiller and Braun, IEEE ICNN 1993).
    """

    kind: ClassVar[str] = "rprop"

    learning_rate: float = eqx.field(static=True, default=0.001)

    def transformation(self) -> optax.GradientTransformation:
        """Return optax.rprop."""
        return optax.rprop(self.learning_rate, min_step_size=1e-6, max_step_size=50.0)


class LBFGS(Optimiser):
    """Limited-memory BFGS with a line search that meets the strong Wolfe conditions.

    Each step looks at its batch several times; made for large batches (Liu and Nocedal, Math.
    Program. 45, 503 (1989)).
    """

    kind: ClassVar[str] = "lbfgs"

    memory: int = eqx.field(static=True, default=20)

    def init(self, free: Any) -> Any:
        """Return the state before the first step."""
        state = optax.lbfgs(memory_size=self.memory).init(free)
        # Weak types turn strong in the first step, and every loop would compile a second time.
        return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, leaf.dtype), state)

    def step(
        self, problem: Problem, free: Any, state: Any, batch: Any, rate: Array
    ) -> tuple[Any, Any, Array]:
        """Return parameters and state after a step, and the loss before it."""

        def function(parameters: Any) -> Array:
            return problem.loss(parameters, batch)

        # The value kept from the last step belongs to another batch.
        loss, slope = jax.value_and_grad(function)(free)
        updates, state = optax.lbfgs(memory_size=self.memory).update(
            slope, state, free, value=loss, grad=slope, value_fn=function
        )
        return _moved(free, updates, rate), state, loss
