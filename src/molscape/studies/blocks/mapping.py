"""Blocks of a recipe that say how atoms become beads, by hand, preset, graph or learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Protocol, runtime_checkable

from pydantic import Field, model_validator

from molscape.core.block import Block, Name, unit

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

    molecule: Name = Field(description="name of the molecules, as `molscape inspect` prints it")
    atoms: list[str] = Field(
        default=["*"],
        description=(
            "atoms of the bead, as `CA` or with their residue, as `ALA:CA`; `*` and `?` are "
            "wildcards"
        ),
    )
    weights: Literal["mass", "equal"] | list[float] = Field(
        default="mass",
        description="centre of mass, centre of geometry, or one weight per atom that sum to one",
    )
    residues: list[str] = Field(
        default=["*"], description="only atoms of residues with these names"
    )
    type: Name | None = Field(
        default=None,
        description="beads of one type share their interactions; without it the bead's name",
    )

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

    level: Level | dict[str, Level] | None = Field(
        default=None,
        description=(
            "level of the hierarchy: 0 has a bead for each heavy atom with its hydrogens; one "
            "number for all molecules, or a table by molecule, as `{TOL: 2, SOL: 0}`"
        ),
    )
    beads: Count | dict[str, Count] | None = Field(
        default=None, description="the level that has so many beads; this or `level`"
    )
    weights: Literal["mass", "difference", "none", "degree"] = Field(
        default="mass",
        description=(
            "what ranks the atoms: masses on the diagonal, their differences or nothing there; "
            "or the number of bonds in place of ranks"
        ),
    )
    max_mass: float | None = Field(
        default=None, gt=0, description="no bead grows heavier", json_schema_extra=unit("u")
    )

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

    molecule: Name = Field(
        description="name of the molecules, as `molscape inspect` prints it; others are left out"
    )
    beads: Count = Field(
        description=(
            "beads of each molecule; at most its atoms, those that rigid bonds tie counting once"
        )
    )
    force_weight: float = Field(
        default=0.0,
        ge=0,
        description=(
            "of the mean squared force of the beads beside the reconstruction; needs forces"
        ),
    )
    epochs: int = Field(default=2000, ge=10, description="steps of the annealing")
    seeds: int = Field(
        default=5,
        ge=1,
        description=(
            "trainings from different random numbers; the best is taken, and the notes have "
            "the errors of all"
        ),
    )

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

    beads: dict[str, BeadBlock] | None = Field(default=None, description="beads by name")
    preset: Literal["com", "residue", "atoms"] | None = Field(
        default=None,
        description=(
            "one bead for each molecule, or for each residue, at its centre of mass; or every "
            "atom a bead of its own, its type the element, with the energies of the frames"
        ),
    )
    graph: GraphBlock | None = Field(
        default=None,
        description=(
            "a level of the hierarchy that each molecule's [graph](mapping.md#from-the-graph) gives"
        ),
    )
    autoencoder: AutoencoderBlock | None = Field(
        default=None,
        description="beads [learned](mapping.md#learned) from how the atoms move together",
    )
    exclude_within: int = Field(
        default=3,
        ge=0,
        description="pairs up to so many bonds apart have no non-bonded interaction",
    )
    forces: Literal["aggregate", "least_noise"] = Field(
        default="aggregate",
        description=(
            "the sum of the forces on the bead's atoms, or the [projection of least "
            "noise](mapping.md#the-projection-of-least-noise)"
        ),
    )

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


Mappings = Annotated[
    dict[str, MappingBlock],
    Field(
        min_length=1,
        description=(
            "[mappings](#mapping) by name (letters, digits, - and _; not `reference` or `all-atom`)"
        ),
    ),
]
"""The key `mappings` of a study of several."""
