"""Blocks of a recipe that say how atoms become beads, by hand, preset, graph or learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Protocol, runtime_checkable

from pydantic import Field, model_validator

from molscape.core.block import Block

if TYPE_CHECKING:
    from molscape.core.mapping import Mapping
    from molscape.core.topology import Topology
    from molscape.core.trajectory import Trajectory
    from molscape.mapping import Bead

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

    def build(self) -> Bead:
        """Return the bead."""
        from molscape.mapping import Bead

        return Bead(
            molecule=self.molecule,
            atoms=tuple(self.atoms),
            residues=tuple(self.residues),
            weights=self.weights if isinstance(self.weights, str) else tuple(self.weights),
            type=self.type,
        )


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

    def build(self, topology: Topology, exclude_within: int) -> Mapping:
        """Return the mapping of this level of the hierarchy."""
        from molscape.mapping import by_graph

        return by_graph(topology, **self.model_dump(), exclude_within=exclude_within)


class AutoencoderBlock(Block):
    """Beads of one kind of molecule, learned from how its atoms move together."""

    molecule: str
    beads: Count
    force_weight: float = Field(default=0.0, ge=0)
    epochs: int = Field(default=2000, ge=10)
    seeds: int = Field(default=5, ge=1)

    def build(self, atoms: Trajectory, learning: Learner, exclude_within: int) -> Mapping:
        """Return the mapping, learned from all the frames of `atoms`."""
        return learning.learn(self, atoms, exclude_within)


@runtime_checkable
class Learner(Protocol):
    """What learns a mapping, or knows what was learned before."""

    def learn(self, block: AutoencoderBlock, atoms: Trajectory, exclude_within: int) -> Mapping:
        """Return the mapping that is learned from a trajectory."""
        ...


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

    def build(self, atoms: Trajectory, learning: Learner) -> Mapping:
        """Return the mapping that the recipe describes.

        Args:
            atoms: what it is for; a learned mapping is learned from all its frames.
            learning: what learns it, where it is learned.
        """
        mapping = self._beads(atoms, learning)
        if self.forces == "aggregate" or "forces" not in atoms.fields:
            return mapping
        from molscape.mapping import minimise_noise

        return minimise_noise(atoms, mapping)

    def _beads(self, atoms: Trajectory, learning: Learner) -> Mapping:
        """Return the mapping with the forces of each bead's atoms added up."""
        from molscape.mapping import by_hand, by_preset

        within = self.exclude_within
        if self.preset is not None:
            return by_preset(atoms.topology, self.preset, exclude_within=within)
        if self.graph is not None:
            return self.graph.build(atoms.topology, within)
        if self.autoencoder is not None:
            return self.autoencoder.build(atoms, learning, within)
        assert self.beads is not None
        beads = {name: bead.build() for name, bead in self.beads.items()}
        return by_hand(atoms.topology, beads, exclude_within=within)

    @model_validator(mode="after")
    def _one(self) -> MappingBlock:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            told = f", got {' and '.join(given)}" if given else ""
            raise ValueError(f"give one of {', '.join(f'`{name}`' for name in WAYS)}{told}")
        return self
