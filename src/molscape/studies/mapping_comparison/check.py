"""What can be found wrong with a comparison of mappings without running it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from molscape.studies.blocks.atoms import Place
from molscape.studies.mapping_comparison.decoded import torsion_rows
from molscape.studies.mapping_comparison.recipe import ComparisonRecipe
from molscape.studies.parts.checking import check_mapping


def check_comparison(recipe: ComparisonRecipe, base: Path) -> Iterator[str]:
    """Open the reference and build every mapping that is not learned, line by line.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
    """
    yield f"recipe: {recipe.title}"
    opened = yield from recipe.reference.check(Place(base, seed=recipe.seed))
    for name, block in recipe.mappings.items():
        yield from check_mapping(block, opened, f" {name}")
    for name, torsion in recipe.torsions.items():
        topology = opened.atoms.topology
        names = topology.names[torsion_rows(topology, name, torsion)[0]]
        yield f"torsion {name}: {'-'.join(names)} of {torsion.molecule}"
    if "forces" not in opened.fields:
        yield (
            "warning: the reference has no forces: their variance, their noise and what splines "
            "explain of them will not be measured"
        )
