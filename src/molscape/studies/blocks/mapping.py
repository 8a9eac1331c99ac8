"""Blocks of a recipe that say how atoms become beads: by hand, preset, graph or learned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block

Level = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]

WAYS = ("beads", "preset", "graph", "autoencoder")
"""Keys of which a mapping has exactly one."""


class BeadBlock(Block):
    """One bead of each molecule of a kind."""

    molecule: str
    atoms: list[str] = ["*"]
    weights: Literal["mass", "equal"] | list[float] = "mass"
    residues: list[str] = ["*"]
    type: str | None = None


class GraphBlock(Block):
    """A level of the hierarchy that the graph of each molecule gives."""

    level: Level | dict[str, Level] | None = None
    beads: Count | dict[str, Count] | None = None
    weights: Literal["mass", "difference", "none", "degree"] = "mass"
    max_mass: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> GraphBlock:
        if (self.level is None) == (self.beads is None):
            raise ValueError(
                "give either `level` or `beads`: a number, or a table of numbers by molecule"
            )
        return self


class AutoencoderBlock(Block):
    """Beads of one kind of molecule, learned from how its atoms move together."""

    molecule: str
    beads: Count
    force_weight: float = Field(default=0.0, ge=0)
    epochs: int = Field(default=2000, ge=10)
    seeds: int = Field(default=5, ge=1)


class MappingBlock(Block):
    """Atoms to beads: by hand, by preset, from the molecular graph, or learned."""

    beads: dict[str, BeadBlock] | None = None
    preset: Literal["com", "residue", "atoms"] | None = None
    graph: GraphBlock | None = None
    autoencoder: AutoencoderBlock | None = None
    exclude_within: int = Field(default=3, ge=0)
    forces: Literal["aggregate", "least_noise"] = "aggregate"

    @property
    def way(self) -> str:
        """Which of `WAYS` this mapping is."""
        return next(name for name in WAYS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one(self) -> MappingBlock:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            told = f", got {' and '.join(given)}" if given else ""
            raise ValueError(f"give one of {', '.join(f'`{name}`' for name in WAYS)}{told}")
        return self
