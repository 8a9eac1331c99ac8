"""What an H5MD file says of its particles: masses, charges, species and bonds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.io.bonds import describe_molecules, join_molecules, number_names
from molscape.io.elements import element_of_mass
from molscape.io.guessing import Masses, particles_by_element


@dataclass(frozen=True, eq=False)
class Particles:
    """Properties of the particles in the order of the frames; None where the file has none.

    Masses are in the file's unit until they are converted; bonds are indices of particles.
    """

    masses: Float[np.ndarray, " particle"]
    charges: Float[np.ndarray, " particle"] | None
    species: Num[np.ndarray, " particle"] | None
    bonds: Int[np.ndarray, "bond 2"] | None


def read_particles(file: Any, group: str, sort: bool) -> Particles | None:
    """Read the properties of the particles, at the first step where they vary; None without masses.

    Args:
        file: the open file.
        group: path of the particles in it, such as "particles/all".
        sort: whether the order of the particles is that of their numbers, `id`, which bonds then
            refer to.
    """
    place = file[group]
    masses = _read_first(place, "mass")
    if masses is None:
        return None
    charges, species = _read_first(place, "charge"), _read_first(place, "species")
    bonds = _read_bonds(file, group)
    if sort:
        numbers = _read_first(place, "id")
        order = np.argsort(numbers, kind="stable")
        masses = masses[order]
        charges, species = (None if v is None else v[order] for v in (charges, species))
        bonds = None if bonds is None else np.searchsorted(numbers[order], bonds)
    charges = None if charges is None else charges.astype(np.float64)
    return Particles(masses.astype(np.float64), charges, species, bonds)


def _read_first(place: Any, name: str) -> Any:
    """Values that are fixed in time, or the first of those that vary, which are groups."""
    if name not in place:
        return None
    varies = hasattr(place[name], "keys")
    return np.asarray(place[name]["value"][0] if varies else place[name][()])


def _read_bonds(file: Any, group: str) -> Int[np.ndarray, "bond 2"] | None:
    """Pairs of the format's `connectivity/bonds`, or of the element that ESPResSo names so."""
    place = file.get("connectivity", {})
    for name in ("bonds", group.removeprefix("particles/")):
        if name in place:
            return _read_first(place, name).astype(np.int64).reshape(-1, 2)
    return None


def describe_particles(
    path: Path, found: Particles, first: Frames, masses: Masses
) -> tuple[Topology, tuple[Note, ...]]:
    """Return atoms where every mass is an element's, else particles named by their species.

    Args:
        path: the file, for messages.
        found: what the file says, masses in u.
        first: the first frame, from which bonds of atoms are guessed where the file has none.
        masses: masses in u by name, which take precedence over those of the file.
    """
    weights = found.masses
    known = {mass: element_of_mass(mass) if mass > 0 else "" for mass in set(weights.tolist())}
    elements = [known[mass] for mass in weights.tolist()]
    by_mass = f"{path.name}: elements from the masses in the file"
    notes: tuple[Note, ...] = (Note(by_mass, Code.GUESSED_ELEMENTS),)
    if all(elements) and found.bonds is None:
        topology, more = particles_by_element(path, elements, first, masses)
        weights = np.where(np.isin(elements, list(masses)), topology.masses, weights)
        notes = (*notes, *more)
    else:
        topology = _name_particles(elements, found)
        names = topology.names.tolist()
        weights = np.array([masses.get(n, m) for n, m in zip(names, weights.tolist(), strict=True)])
    charges = topology.charges if found.charges is None else found.charges
    return topology.replace(masses=weights, charges=charges), notes


def _name_particles(elements: list[str], found: Particles) -> Topology:
    """Particles numbered within the molecules that the bonds make."""
    count = len(found.masses)
    species = np.zeros(count) if found.species is None else found.species
    labels = [e or f"S{int(s)}" for e, s in zip(elements, species.tolist(), strict=True)]
    bonds = np.zeros((0, 2), dtype=np.int64) if found.bonds is None else found.bonds
    molecules = join_molecules(np.arange(count), bonds)
    topology = Topology.build(
        number_names(np.array(labels), molecules),
        masses=found.masses,
        types=labels,
        elements=elements,
        molecules=molecules,
        bonds=bonds,
    )
    names = describe_molecules(topology)
    return topology.replace(molecule_names=names, residue_names=names[molecules])
