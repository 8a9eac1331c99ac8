"""What a series knows: the study of each of its mappings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molscape.core.record import Record
from molscape.studies.mapping_series.recipe import SeriesRecipe
from molscape.studies.parts.models import load_model
from molscape.studies.study import Study


@dataclass(eq=False)
class SeriesStudy(Study):
    """What a running series knows so far."""

    recipe: SeriesRecipe


@dataclass(frozen=True, eq=False)
class SeriesMember:
    """The study of one mapping."""

    folder: Path
    record: Record

    @property
    def beads(self) -> float:
        """Beads of a molecule, the mean over all of them, as its models have them."""
        first = sorted(self.folder.glob("models/*/model.json"))[0].parent
        topology = load_model(first).topology
        return len(topology) / topology.n_molecules
