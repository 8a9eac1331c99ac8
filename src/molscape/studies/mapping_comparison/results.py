"""What a comparison of mappings knows: each mapping and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from molscape.core.mapping import Mapping
from molscape.studies.blocks.atoms import Atoms
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.mapping_comparison.decoded import Decoders
from molscape.studies.mapping_comparison.measures import Measures
from molscape.studies.mapping_comparison.recipe import ComparisonRecipe
from molscape.studies.study import Study


@dataclass(eq=False)
class ComparisonStudy(Study):
    """What a running comparison knows so far."""

    recipe: ComparisonRecipe
    atoms: Atoms = field(init=False)


@dataclass(frozen=True)
class Learned:
    """Errors (nm) that every seed found, and the processor time (s) it took.

    `annealed` are those before single atoms were moved, `seeds` those after it.
    """

    seeds: tuple[float, ...]
    annealed: tuple[float, ...]
    processor_time: float


@dataclass(frozen=True, eq=False)
class Compared:
    """One mapping, what was measured of it, and how it was learned if it was.

    `decoders` are what decoders make of its beads, where that was asked for.
    """

    name: str
    block: MappingBlock
    mapping: Mapping
    measures: Measures
    decoders: Decoders | None = None
    learned: Learned | None = None

    @property
    def family(self) -> str:
        """What mappings that differ in the number of beads alone have in common; else its name."""
        graph, learned = self.block.graph, self.block.autoencoder
        if graph is not None:
            return "graph" if graph.weights == "mass" else f"graph, {graph.weights}"
        if learned is not None:
            weight = learned.force_weight
            return "autoencoder" if weight == 0 else f"autoencoder, force weight {weight:g}"
        return self.name
