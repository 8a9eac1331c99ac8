"""DeePCG, a network on the surroundings of each bead: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._deepcg import DeePCG as DeePCG
    from molscape.potentials._deepcg import Shape as Shape
    from molscape.potentials._deepcg_standard import standardised as standardised

_NAMES = {"DeePCG": "_deepcg", "Shape": "_deepcg", "standardised": "_deepcg_standard"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class DeepcgBlock(PotentialBlock):
    """A network on the surroundings of each bead."""

    kind: Literal["deepcg"]
    cutoff: float = Field(gt=0)
    form: Literal["smooth", "sharp"] = "smooth"
    neighbours: dict[str, tuple[int, int]] | None = None
    switch: float | None = Field(default=None, ge=0)
    wall: float = Field(default=25_000.0, ge=0, description="kJ/mol")
    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[120, 60, 30, 15], min_length=1)
    embedding: list[Annotated[int, Field(ge=1)]] = Field(default=[16, 32], min_length=1)
    axes: int = Field(default=4, ge=1)
    degree: int = Field(default=1, ge=1, le=3)
    mixed: bool = True
    activation: Literal["tanh", "silu", "softplus", "gelu"] = "tanh"

    def build(self, making: Making) -> list[Potential]:
        """Return networks with random weights, their inputs standardised by the reference."""
        import jax

        from molscape.potentials._bead_types import PRIOR_FRAMES, some_frames
        from molscape.potentials._deepcg import DeePCG, Shape
        from molscape.potentials._deepcg_standard import standardised

        hidden, embedding = tuple(self.hidden), tuple(self.embedding)
        drawn = DeePCG.draw(
            types=making.types,
            cutoff=self.cutoff,
            key=jax.random.key(making.seed),
            form=self.form,
            neighbours=self.neighbours,
            switch=self.switch,
            shape=Shape(hidden, embedding, self.axes, self.degree, self.activation),
            wall=self.wall,
        )
        few = some_frames(making.beads, PRIOR_FRAMES)
        return [standardised(drawn, [few], mixed=self.mixed)]
