"""DeePCG, a network on the surroundings of each bead: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._deepcg import DeePCG as DeePCG
    from molscape.potentials._deepcg import Shape as Shape
    from molscape.potentials._deepcg_standard import standardised as standardised

__getattr__ = defer(
    "molscape.potentials",
    {"DeePCG": "_deepcg", "Shape": "_deepcg", "standardised": "_deepcg_standard"},
)


class DeepcgBlock(PotentialBlock):
    """A network on the surroundings of each bead."""

    kind: Literal["deepcg"]
    cutoff: float = Field(gt=0, description="of the surroundings", json_schema_extra=unit("nm"))
    form: Literal["smooth", "sharp"] = Field(
        default="smooth",
        description="smooth: no jumps; sharp: the local frames of the paper, whose forces jump",
    )
    neighbours: dict[str, tuple[int, int]] | None = Field(
        default=None,
        description=(
            "sharp form: for each type how many neighbours give full features and how many "
            "1/R, as `{W: [16, 16]}`"
        ),
    )
    switch: float | None = Field(
        default=None,
        ge=0,
        description="where the switch to zero begins; smooth form: half the cutoff if not given",
        json_schema_extra=unit("nm"),
    )
    wall: float = Field(
        default=25_000.0,
        ge=0,
        description=(
            "[walls](learned.md#the-force-outside-the-data) for pairs closer than any in the "
            "data, w (1 − r/r₀)³, and bonded pairs farther apart, w (r/r₁ − 1)³; 0 for none"
        ),
        json_schema_extra=unit("kJ/mol"),
    )
    hidden: list[Annotated[int, Field(ge=1)]] = Field(
        default=[120, 60, 30, 15], min_length=1, description="width of each hidden layer"
    )
    embedding: list[Annotated[int, Field(ge=1)]] = Field(
        default=[16, 32], min_length=1, description="smooth form: layers of the embedding"
    )
    axes: int = Field(
        default=4, ge=1, description="smooth form: columns of the embedding in the second factor"
    )
    degree: int = Field(
        default=1,
        ge=1,
        le=3,
        description=(
            "smooth form: highest degree of the tensors; 1 is DeepPot-SE, 2 and 3 add [squares "
            "and cubes of cosines](learned.md#tensors-of-higher-degree)"
        ),
    )
    mixed: bool = Field(
        default=True,
        description=(
            "smooth form: features mixed so that displacements change them alike, and "
            "distances told apart sharply; false: each scaled for itself, for [few data "
            "without noise](learned.md#networks-of-atoms)"
        ),
    )
    activation: Literal["tanh", "silu", "softplus", "gelu"] = Field(
        default="tanh", description="between layers"
    )

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
        ).with_wall(self.wall)
        few = some_frames(making.beads, PRIOR_FRAMES)
        return [standardised(drawn, [few], mixed=self.mixed)]
