"""What a file calls a force, checked before anything is learned from it.

A force in a file may be in other units, hold a thermostat or constraint forces, sit on massless
sites, or not sum to zero. Bounds: root mean square of the force on an atom within 100 to 10,000
kJ/mol/nm, net force of a frame below 1 % of that times the root of the number of atoms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Source
from molscape.core.units import ANGSTROM, ELECTRONVOLT, KILOCALORIE
from molscape.io.formats import Format
from molscape.io.whole import MoleculeTrees

LOWEST_FORCE, HIGHEST_FORCE = 100.0, 10_000.0
LARGEST_NET_FORCE = 0.01
_HARTREE_PER_BOHR = 2625.4996 / 0.0529177

_FACTORS = {
    "kcal/mol/Å taken for kJ/mol/nm": KILOCALORIE / ANGSTROM,
    "eV/Å taken for kJ/mol/nm": ELECTRONVOLT / ANGSTROM,
    "kJ/mol/Å taken for kJ/mol/nm": 1 / ANGSTROM,
    "hartree/bohr taken for kJ/mol/nm": _HARTREE_PER_BOHR,
    "a conversion from kcal/mol/Å made twice": ANGSTROM / KILOCALORIE,
    "a conversion from eV/Å made twice": ANGSTROM / ELECTRONVOLT,
}
_UNKNOWN_CAUSE = Note("external forces, or a subset of the atoms", Code.NET_FORCE)


def root_mean_square_force(
    topology: Topology, forces: Float[np.ndarray, "frame particle 3"]
) -> float:
    """Return sqrt(<|f|^2>) in kJ/mol/nm over frames and particles with mass."""
    squares = np.einsum("fpk,fpk->p", forces, forces)[topology.masses > 0]
    return math.sqrt(float(squares.mean()) / len(forces)) if len(squares) else 0.0


def check_force_size(
    topology: Topology, frames: Frames, origin: Format | None = None, units_known: bool = False
) -> list[Note]:
    """Warn where forces are too small or too large, with the units that would explain it.

    Args:
        topology: the particles.
        frames: frames, forces of massless sites already dealt with.
        origin: format of the file that the forces are from, None where there is none.
        units_known: whether the user or a file stated the units; then they are no cause.
    """
    if frames.forces is None:
        return []
    size = root_mean_square_force(topology, frames.forces)
    if LOWEST_FORCE <= size <= HIGHEST_FORCE:
        return []
    warning = (
        f"the root mean square force on an atom is {size:.4g} kJ/mol/nm, usual are "
        f"{LOWEST_FORCE:g} to {HIGHEST_FORCE:g}"
    )
    if units_known:
        told = (
            f"{warning}, in the units that were stated: are these right, and are all forces there?"
        )
        return [Note(told, Code.FORCE_SIZE)]
    known = _FACTORS if origin is None or origin.unit_mistakes is None else origin.unit_mistakes
    fits = [
        f"{cause}, times {factor:.5g} makes {size * factor:.4g}"
        for cause, factor in known.items()
        if LOWEST_FORCE <= size * factor <= HIGHEST_FORCE
    ]
    if not fits:
        return [Note(f"{warning}: check the units of the file", Code.FORCE_SIZE)]
    return [Note(f"{warning}: likely {'; or '.join(fits)}", Code.FORCE_SIZE)]


def net_force_share(topology: Topology, frames: Frames) -> Float[np.ndarray, " frame"]:
    """Return |sum of forces| / (root mean square force x sqrt(atoms)) of each frame."""
    assert frames.forces is not None, "a net force needs forces"
    atoms = int(np.count_nonzero(topology.masses > 0))
    size = root_mean_square_force(topology, frames.forces)
    net = np.linalg.norm(frames.forces.sum(axis=1), axis=1)
    return net / (size * math.sqrt(atoms)) if size > 0 else np.zeros(len(frames))


def check_net_force(topology: Topology, frames: Frames, origin: Format | None = None) -> list[Note]:
    """Warn where the forces of a frame do not sum to zero, with the likely cause.

    Args:
        topology: the particles.
        frames: frames, forces of massless sites already dealt with.
        origin: format of the file that the forces are from, None where there is none.
    """
    if frames.forces is None or frames.n_particles < 2:
        return []
    share = float(net_force_share(topology, frames).max())
    if share <= LARGEST_NET_FORCE:
        return []
    cause = _UNKNOWN_CAUSE if origin is None or origin.net_force is None else origin.net_force
    warning = (
        f"the net force of a frame is up to {100 * share:.3g} % of the root mean square force "
        f"times the root of the number of atoms (expected below {100 * LARGEST_NET_FORCE:g} %): "
        f"{cause}"
    )
    return [Note(warning, cause.code)]


def site_forces(topology: Topology, frames: Frames) -> str:
    """Say what the forces on massless sites are: "none", "drop" or "fold".

    An engine that has passed them on to the parents and yet lists them counts them twice (drop);
    one that has not leaves the parents without them (fold). Whichever makes the net force
    smaller is right.

    Raises:
        ValueError: if they must be folded and the topology does not say onto which parents.
    """
    massless = topology.masses <= 0
    if frames.forces is None or not np.any(frames.forces[:, massless]):
        return "none"
    with_sites = np.linalg.norm(frames.forces.sum(axis=1), axis=1).mean()
    without = np.linalg.norm(frames.forces[:, ~massless].sum(axis=1), axis=1).mean()
    if without <= with_sites:
        return "drop"
    if topology.virtual_sites is None:
        raise ValueError(
            f"forces on massless particles (such as {topology.names[massless][0]!r}) belong to "
            "their parents, but the topology does not say which these are: set "
            "Topology.virtual_sites, or write forces that are already spread"
        )
    return "fold"


def settle_site_forces(topology: Topology, frames: Frames, how: str) -> Frames:
    """Return the frames with zero forces on massless sites, passed to their parents by "fold"."""
    if frames.forces is None or how == "none":
        return frames
    forces = frames.forces.copy()
    sites = topology.virtual_sites
    if how == "fold":
        assert sites is not None, "site_forces asks for parents before it says fold"
        shares = sites.weights[:, :, None, None] * forces.transpose(1, 0, 2)[sites.sites, None]
        np.add.at(forces.transpose(1, 0, 2), sites.parents, shares)
    forces[:, topology.masses <= 0] = 0.0
    return frames.replace(forces=forces)


def without_net_force(topology: Topology, frames: Frames) -> Frames:
    """Return the frames with the mean force of each taken from every particle with mass."""
    if frames.forces is None:
        return frames
    massive = (topology.masses > 0)[:, None]
    mean = frames.forces.sum(axis=1, keepdims=True) / np.count_nonzero(massive)
    return frames.replace(forces=frames.forces - mean * massive)


def check_finite(frames: Frames, numbers: range, origin: str, topology: Topology) -> None:
    """Raise ValueError naming the frame and the atom of the first number that is not finite."""
    for name in ("positions", "velocities", "forces", "box", "energies"):
        values = getattr(frames, name)
        if values is None or np.isfinite(values).all():
            continue
        where = np.argwhere(~np.isfinite(values))[0]
        atom = ""
        if name in ("positions", "velocities", "forces"):
            atom = f" of atom {where[1]} ({topology.names[where[1]]})"
        raise ValueError(
            f"{origin}: {name}{atom} in frame {numbers[int(where[0])]} hold "
            f"{values[tuple(where)]}: the run that wrote it broke down; leave out the frames from "
            "there on"
        )


@dataclass(frozen=True, eq=False)
class CheckedSource:
    """A source whose blocks are checked, corrected and made whole when they are read.

    `origin` is the file's path or what stands for it, `format` the file's; `units_known` says
    whether somebody stated its units.
    """

    base: Source
    topology: Topology
    origin: str
    format: Format | None = None
    units_known: bool = False
    check: bool = True
    sites: str = "none"
    remove_net_force: bool = False
    trees: MoleculeTrees | None = None

    @property
    def n_frames(self) -> int:
        """Number of frames of the base."""
        return self.base.n_frames

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields of the base."""
        return self.base.fields

    def read(self, frames: range) -> Frames:
        """Read from the base and apply what was asked for.

        Raises:
            ValueError: if a number is not finite, or a molecule cannot be made whole.
        """
        block = self.base.read(frames)
        if self.check:
            check_finite(block, frames, self.origin, self.topology)
        block = settle_site_forces(self.topology, block, self.sites)
        if self.remove_net_force:
            block = without_net_force(self.topology, block)
        return block if self.trees is None else self.trees(block)
