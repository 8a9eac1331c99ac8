"""The recipe of a comparison of mappings: one reference, many ways to make beads of its atoms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from molscape.core.block import Block
from molscape.studies.blocks.head import Quick, RecipeHead, checked_names
from molscape.studies.blocks.mapping import Mappings
from molscape.studies.blocks.reference import Reference


class TorsionBlock(Block):
    """A dihedral of four atoms of a molecule, by their names."""

    molecule: str = Field(description="its name")
    atoms: list[str] = Field(
        min_length=4,
        max_length=4,
        description="names of four different atoms, as `ALA:CA` where residues share them",
    )


class ComparisonRecipe(RecipeHead):
    """A study of mappings: what each keeps of the atoms; no model is fitted to be run."""

    places: ClassVar[dict[str, str]] = {"map": "mappings", "fit": "mappings", "run": "report.html"}

    kind: Literal["mapping_comparison"] = Field(description="kind of study")
    reference: Reference = Field(description="as in any [study](#the-study)")
    mappings: Mappings
    torsions: dict[str, TorsionBlock] = Field(
        default={},
        description=(
            "dihedrals of atoms by name, measured in the reference and in what decoders make "
            "of the beads"
        ),
    )
    network_decoder: bool = Field(
        default=False,
        description=(
            "whether a [network](mapping.md#back-to-the-atoms) is trained beside each "
            "mapping's linear decoder"
        ),
    )
    spline_frames: int = Field(
        default=500,
        ge=20,
        le=500,
        description=(
            "frames to which splines are fitted, to see what simple terms explain of the forces"
        ),
    )
    noise_floor: Literal["neighbours", "none"] = Field(
        default="neighbours",
        description="whether the [noise of the forces](numbers.md#forces) is estimated",
    )
    quick: Quick = {}

    @field_validator("mappings", mode="before")
    @classmethod
    def _one_for_each_count(cls, named: Any) -> Any:
        """Make a mapping NAME-4 for each number in a list of `beads`."""
        if not isinstance(named, dict):
            return named
        rows = [row for name, block in named.items() for row in _counted(str(name), block)]
        names = [name for name, _ in rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several mappings are called {', '.join(twice)}: name them apart")
        return dict(rows)

    @field_validator("mappings", "torsions")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)


def _counted(name: str, block: Any) -> Iterator[tuple[str, Any]]:
    """Yield a mapping, or one for each number of beads if it gives a list of them."""
    way = next((way for way in ("autoencoder", "graph") if _counts(block, way) is not None), None)
    if way is None:
        yield name, block
        return
    counts = _counts(block, way)
    if not counts:
        raise ValueError(f"{name}.{way}.beads: the list is empty, give numbers of beads")
    for count in counts:
        yield f"{name}-{count}", {**block, way: {**block[way], "beads": count}}


def _counts(block: Any, way: str) -> list[Any] | None:
    inner = block.get(way) if isinstance(block, dict) else None
    beads = inner.get("beads") if isinstance(inner, dict) else None
    return beads if isinstance(beads, list) else None
