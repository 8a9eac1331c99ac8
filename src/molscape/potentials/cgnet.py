"""CGnet, a network on invariants of a molecule: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._cgnet import CGnet as CGnet

_NAMES = {"CGnet": "_cgnet"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class CgnetBlock(PotentialBlock):
    """A network on distances, angles and dihedrals of the molecule; add harmonic priors."""

    kind: Literal["cgnet"]
    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[160] * 5, min_length=1)
    activation: Literal["tanh", "silu", "softplus", "gelu"] = "tanh"

    def build(self, making: Making) -> list[Potential]:
        """Return a network with random weights, its inputs standardised by the reference."""
        import jax

        from molscape.core.state import State
        from molscape.features import MoleculeGeometry
        from molscape.potentials._cgnet import CGnet

        network = CGnet.draw(
            MoleculeGeometry.of(making.beads.topology),
            [(making.beads, State(making.temperature))],
            jax.random.key(making.seed),
            hidden=tuple(self.hidden),
            activation=self.activation,
        )
        return [network]
