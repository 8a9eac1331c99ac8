"""Elements, masses, bonds and molecules guessed where a format carries none; always said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.io.bonds import describe_molecules, guess_bonds, join_molecules, number_names
from molscape.io.elements import MASSES, element_of_name, united_mass

Masses = Mapping[str, float]

UNITED = 4.2
"""A united atom (CH, CH2, CH3, CH4) is at most this much heavier than its element, in u."""


def particles_by_name(
    path: Path,
    names: np.ndarray,
    residue_names: np.ndarray,
    residues: Int[np.ndarray, " particle"],
    masses: Masses,
    stated: np.ndarray | None = None,
) -> tuple[Topology, tuple[Note, ...]]:
    """Return particles with elements and masses guessed from their names, and notes saying so.

    Args:
        path: the file, for messages.
        names: of the particles.
        residue_names: of the residue of each particle.
        residues: index of the residue of each particle; each is taken for a molecule.
        masses: masses in u by name, which take precedence over the guess.
        stated: elements that the file states, "" where it does not.

    Raises:
        ValueError: if a name has no sensible element and no mass.
    """
    stated = np.full(len(names), "") if stated is None else stated
    alone = np.bincount(residues, minlength=1)[residues] == 1
    columns = (names, alone, residue_names, stated)
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    guessed = {key: _element(key, masses.get(key[0])) for key in set(keys)}
    unknown = sorted({key[0] for key, element in guessed.items() if element is None})
    if unknown:
        given = ", ".join(f"{name!r}: ..." for name in unknown[:4])
        raise ValueError(
            f"{path}: no element is known for the atom names {', '.join(unknown)}: give their "
            f"masses in u, `--masses {unknown[0]}=...`, `masses: {{{given}}}` in a recipe"
        )
    elements = [guessed[key] or "" for key in keys]
    united = _united_atoms(names, np.array(elements, dtype=np.str_), residues)
    triples = zip(names.tolist(), elements, united.tolist(), strict=True)
    weights = [
        masses.get(name) or (united_mass(name) if bare else MASSES.get(element, 0.0))
        for name, element, bare in triples
    ]
    topology = Topology.build(
        names,
        masses=np.array(weights, dtype=np.float64),
        elements=elements,
        residue_names=residue_names,
        residues=residues,
        molecules=residues,
    )
    notes = _describe_guess(path, topology, masses, stated)
    if united.any():
        text = ", ".join(sorted({str(name) for name in names[united]}))
        told = f"{path.name}: {text} taken for united atoms: no hydrogens stand beside them"
        notes = (*notes, Note(told, Code.GUESSED_ELEMENTS))
    trace = alone & (names == "CA") & (np.array(elements, dtype=np.str_) == "C")
    if trace.any() and "CA" not in masses:
        told = (
            f"{path.name}: CA stands alone in amino acids, a trace of alpha carbons: masses are "
            "those of carbon, give those of beads by `masses`"
        )
        notes = (*notes, Note(told, Code.GUESSED_ELEMENTS).as_warning())
    return topology, notes


def _united_atoms(
    names: np.ndarray, elements: np.ndarray, residues: Int[np.ndarray, " particle"]
) -> np.ndarray:
    """Mark carbons that bear their hydrogens: by name, in residues without any hydrogen."""
    bare = np.bincount(residues, elements == "H", minlength=1)[residues] == 0
    named = {name: united_mass(name) is not None for name in set(names.tolist())}
    return bare & (elements == "C") & np.array([named[name] for name in names.tolist()], dtype=bool)


def _element(key: tuple[Any, ...], mass: float | None) -> str | None:
    """The element, or "" where the mass given is neither its own nor that of a united atom."""
    name, alone, residue, stated = key
    guess = stated or element_of_name(name, alone and mass is None, residue)
    if mass is None:
        return guess
    return guess if guess and -0.1 < mass - MASSES[guess] < UNITED else ""


def _describe_guess(
    path: Path, topology: Topology, masses: Masses, stated: np.ndarray
) -> tuple[Note, ...]:
    pairs = sorted(set(zip(topology.names.tolist(), topology.elements.tolist(), strict=True)))
    silent = set(topology.names[stated == ""].tolist())
    atoms = ", ".join(f"{name}={element}" for name, element in pairs if element and name in silent)
    sites = ", ".join(n for n, element in pairs if not element and n not in masses)
    notes = []
    if atoms:
        notes.append(f"{path.name}: elements, and masses from them, guessed from names: {atoms}")
    if sites:
        notes.append(f"{path.name}: {sites} taken for massless virtual sites, by name")
    return tuple(Note(text, Code.GUESSED_ELEMENTS) for text in notes)


def with_guessed_bonds(
    path: Path, topology: Topology, frames: Frames
) -> tuple[Topology, tuple[Note, ...]]:
    """Add bonds guessed from the first frame, and join the residues between which there are some.

    Bonds that the topology has already are kept; it is marked by `bonds_guessed` if some are new.
    """
    box = None if frames.box is None else frames.box[0]
    guessed = guess_bonds(topology, frames.positions[0], box)
    bonds = np.unique(np.sort(np.concatenate([topology.bonds, guessed]), axis=1), axis=0)
    text = f"{path.name}: {len(guessed)} bonds guessed from distances; one molecule per residue"
    added = len(bonds) > len(np.unique(np.sort(topology.bonds, axis=1), axis=0))
    topology = with_molecules(topology.replace(bonds=bonds, bonds_guessed=added))
    joined = topology.n_molecules < len(np.unique(topology.residues))
    text = f"{text}, or several residues where bonds join them" if joined else text
    return topology, (Note(text, Code.GUESSED_BONDS),)


def with_molecules(topology: Topology) -> Topology:
    """Return the topology with one molecule for each set of residues that bonds join."""
    molecules = join_molecules(topology.residues, topology.bonds)
    first = np.unique(topology.residues, return_index=True)[1]
    names: list[list[str]] = [[] for _ in range(int(molecules.max(initial=-1)) + 1)]
    for particle in np.sort(first).tolist():
        label = str(topology.residue_names[particle]) or str(topology.names[particle])
        names[int(molecules[particle])].append(label)
    short = [
        "-".join(each) if len(each) <= 5 else f"{each[0]}-{each[1]}-...-{each[-1]}({len(each)})"
        for each in names
    ]
    return topology.replace(molecules=molecules, molecule_names=np.array(short, dtype=np.str_))


def particles_by_element(
    path: Path, elements: list[str], frames: Frames, masses: Masses
) -> tuple[Topology, tuple[Note, ...]]:
    """Return atoms known by their elements alone; bonds and molecules guessed from one frame.

    Atoms of one element in a molecule are numbered (O, H1, H2); a molecule is named by its
    formula.

    Raises:
        ValueError: if a symbol is no chemical element and has no mass.
    """
    unknown = sorted({e for e in elements if e not in MASSES and e not in masses})
    if unknown:
        raise ValueError(
            f"{path}: {', '.join(unknown)} are no chemical elements: give their masses in u, "
            f"open(..., masses={{{unknown[0]!r}: ...}})"
        )
    weights = [masses[e] if e in masses else MASSES[e] for e in elements]
    blank = Topology.build(elements, masses=weights, elements=elements)
    bonds = guess_bonds(blank, frames.positions[0], None if frames.box is None else frames.box[0])
    molecules = join_molecules(np.arange(len(blank)), bonds)
    topology = Topology.build(
        number_names(blank.elements, molecules),
        masses=weights,
        types=elements,
        elements=elements,
        molecules=molecules,
        bonds=bonds,
        bonds_guessed=len(bonds) > 0,
    )
    names = describe_molecules(topology)
    topology = topology.replace(molecule_names=names, residue_names=names[molecules])
    text = (
        f"{path.name}: {len(bonds)} bonds, and molecules from them, guessed from the distances "
        "of the first frame (the format carries none)"
    )
    return topology, (Note(text, Code.GUESSED_BONDS),)
