"""CGnet, a network on invariants of a molecule: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._cgnet import CGnet as CGnet

__getattr__ = defer("molscape.potentials", {"CGnet": "_cgnet"})


class CgnetBlock(PotentialBlock):
    """A network on distances, angles and dihedrals of the molecule; add harmonic priors."""

    kind: Literal["cgnet"] = Field(
        description="add `harmonic_bonds` and `harmonic_angles` to hold the molecule together"
    )
    hidden: list[Annotated[int, Field(ge=1)]] = Field(
        default=[160] * 5, min_length=1, description="width of each hidden layer"
    )
    activation: Literal["tanh", "silu", "softplus", "gelu"] = Field(
        default="tanh", description="between layers"
    )

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
