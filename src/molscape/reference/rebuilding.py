"""The all-atom system of a reference made here, built again from its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.io.trr import TrrSource
from molscape.reference.assembly import Interactions, assemble
from molscape.reference.force_field import template
from molscape.reference.peptide import alanine_dipeptide
from molscape.reference.system import AllAtomSystem


def rebuild(folder: str | Path, frame: int = 0) -> AllAtomSystem:
    """Build the system that a reference was made with, at one of its frames.

    Args:
        folder: with reference.json and traj.trr, as `make_reference` wrote them.
        frame: the index of the frame whose positions and box are taken.

    Returns:
        The system; massless sites are particles of it, placed anew.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the folder holds a system that was not made from known molecules.
    """
    folder = Path(folder)
    about = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    composition, chosen = about.get("composition"), dict(about.get("interactions", {}))
    if not composition:
        raise ValueError(
            f"{folder} does not say what molecules it is made of: only systems of "
            "`make_reference` can be built again"
        )
    source = TrrSource.scan(folder / "traj.trr")
    number = range(source.n_frames)[frame]
    found = source.read(range(number, number + 1))
    positions = np.asarray(found.positions[0], np.float64)
    box = None if found.box is None else np.asarray(found.box[0], np.float64)
    implicit = chosen.pop("implicit", False)
    interactions = Interactions(**chosen)
    if "alanine-dipeptide" not in composition:
        return assemble(composition, _with_sites(composition, positions), box, interactions)
    waters = composition.get("tip3p", 0)
    made = alanine_dipeptide(waters, implicit=implicit, interactions=interactions)
    return made.at(positions, box)


def _with_sites(
    composition: dict[str, int], atoms: Float[np.ndarray, "atom 3"]
) -> Float[np.ndarray, "particle 3"]:
    """Give massless sites the position of the atom before them; OpenMM places them."""
    rows: list[int] = []
    atom = -1
    for name, count in composition.items():
        for _, _, element in count * template(name).atoms:
            atom += bool(element)
            rows.append(atom)
    return atoms[rows]
