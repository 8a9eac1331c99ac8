"""The Coulomb term in LAMMPS: an expression for the reaction field, `kspace_style` for Ewald."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from molscape.core import terms
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.space import minimum_image
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM
from molscape.potentials.coulomb import check_neutral, reaction_field, screening

MESH = 2000
"""From this many charged beads on, a mesh (pppm) is faster than the sum itself."""

STRICTER = 0.01
"""LAMMPS measures errors by the force of two charges at 1 Å, some hundred times that on a bead."""


@dataclass(frozen=True)
class CoulombStyle:
    """A pair style for pairs of charged types, and commands that go with it."""

    name: str
    cutoff: str
    text: str
    pairs: tuple[tuple[int, int], ...]
    commands: tuple[str, ...]


def coulomb_style(term: terms.Coulomb, topology: Topology, names: tuple[str, ...]) -> CoulombStyle:
    """Return how LAMMPS is to compute a Coulomb term, in units real.

    Args:
        term: the term.
        topology: charges and types.
        names: atom types in the order of their numbers.

    Returns:
        The style; without pairs if no bead is charged.

    Raises:
        ValueError: if an Ewald sum is asked for with a net charge.
    """
    charged = topology.charges != 0
    numbers = [k for k, name in enumerate(names, 1) if np.any(charged & (topology.types == name))]
    pairs = tuple(combinations_with_replacement(numbers, 2))
    cutoff = f"{term.cutoff / ANGSTROM:.15g}"
    # Both styles take the Coulomb constant over the `dielectric` from LAMMPS.
    commands = [f"dielectric {term.dielectric:.15g}"] if term.dielectric != 1 else []
    if term.method == "ewald":
        check_neutral(topology)
        solver = "pppm" if np.count_nonzero(charged) >= MESH else "ewald"
        alpha = screening(term.cutoff, term.accuracy)[0] * ANGSTROM
        commands += [
            f"kspace_style {solver} {STRICTER * term.accuracy:.15g}",
            f"kspace_modify gewald {alpha:.15g}",
        ]
        return CoulombStyle("coul/long", cutoff, "", pairs, tuple(commands))
    k, c = reaction_field(term.cutoff / ANGSTROM, term.reaction_field_dielectric)
    text = f'"qi*qj*(1/r + {k:.15g}*r^2 - {c:.15g})"'
    return CoulombStyle("lepton/coul", cutoff, text, pairs, tuple(commands))


def check_excluded(potential: Potential, topology: Topology, frames: Frames) -> None:
    """Raise ValueError if LAMMPS would let excluded charges interact in any of these frames.

    Its Ewald sums take excluded pairs out only inside the cutoff.
    """
    cutoffs = [term.cutoff for term in potential.lower() if term.long_range]
    pairs = topology.excluded_pairs()
    pairs = pairs[np.all(topology.charges[pairs] != 0, axis=1)]
    if not cutoffs or not len(pairs):
        return
    box = None if frames.box is None else frames.box[:, None]
    d = minimum_image(frames.positions[:, pairs[:, 1]] - frames.positions[:, pairs[:, 0]], box)
    longest = float(np.max(np.linalg.norm(d, axis=-1)))
    if longest >= min(cutoffs):
        raise ValueError(
            f"two charged beads excluded from each other are {longest:.3f} nm apart, beyond the "
            f"cutoff {min(cutoffs):g} nm, where LAMMPS' Ewald sum cannot exclude them: use a "
            "larger cutoff, exclude fewer bonds apart, or run the jax engine"
        )
