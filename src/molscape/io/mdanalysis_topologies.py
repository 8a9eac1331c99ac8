"""Topologies that MDAnalysis reads: GROMACS TPR, CHARMM PSF, AMBER PRMTOP and PDB files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.elements import MASSES, element_of_mass
from molscape.io.formats import Format, Head, NoFrames, Options
from molscape.io.guessing import Masses, particles_by_name, with_molecules
from molscape.io.optional import load_reader

# What a kind is called, and the parser's module and class.
_PARSERS = {
    "tpr": ("GROMACS TPR", "MDAnalysis.topology.TPRParser", "TPRParser"),
    "psf": ("CHARMM/NAMD PSF", "MDAnalysis.topology.PSFParser", "PSFParser"),
    "prmtop": ("AMBER PRMTOP", "MDAnalysis.topology.TOPParser", "TOPParser"),
    "pdb": ("PDB", "MDAnalysis.topology.PDBParser", "PDBParser"),
}


def read_mdanalysis_topology(
    path: str | Path, kind: str, masses: Masses | None = None
) -> tuple[Topology, tuple[Note, ...]]:
    """Read names, types, masses, charges, residues, molecules and connections of a file.

    Molecules are those of a TPR file; elsewhere residues, joined where bonds do so. Bonds
    between the hydrogens of a rigid water are left out: they stand for constraints. Constraints
    are not handed on by MDAnalysis; `open` finds them in the trajectory.

    Args:
        path: the file.
        kind: "tpr", "psf", "prmtop" or "pdb".
        masses: masses in u by name, which take precedence over those of the file.

    Returns:
        The topology, and notes on what was read.

    Raises:
        ImportError: if MDAnalysis is not installed.
        ValueError: if the file is damaged or of a version that cannot be read.
    """
    path, masses = Path(path), masses or {}
    atoms = _parse(path, kind)
    names = _strings(atoms, "names")
    residue_names = _strings(atoms, "resnames")
    residues = np.asarray(atoms.resindices, dtype=np.int64)
    if kind == "pdb":
        topology, notes = particles_by_name(
            path, names, residue_names, residues, masses, _stated_elements(atoms)
        )
        return topology.replace(bonds=_connections(atoms, "bonds", 2)), notes
    # Rounded, since single precision turns 12.011 into 12.01099968.
    stated = np.round(np.asarray(atoms.masses, dtype=np.float64), 6).tolist()
    weights = np.array([masses.get(n, m) for n, m in zip(names.tolist(), stated, strict=True)])
    topology = Topology.build(
        names,
        types=_strings(atoms, "types"),
        elements=_elements(atoms, weights),
        masses=weights,
        charges=np.round(np.asarray(atoms.charges, dtype=np.float64), 6),
        residue_names=residue_names,
        residues=residues,
        molecules=residues,
        bonds=_connections(atoms, "bonds", 2),
        angles=_connections(atoms, "angles", 3),
        dihedrals=_connections(atoms, "dihedrals", 4),
    )
    stated_there = (
        f"{path.name}: masses, charges (sum {_plain(topology.charges.sum())} e) and "
        f"{len(topology.bonds)} bonds from the file"
    )
    topology, notes = _without_hydrogen_pairs(path, topology)
    topology = with_molecules(topology)
    if kind == "tpr":
        topology = _with_file_molecules(topology, atoms)
    return topology, (Note(stated_there, Code.PARTICLES), *notes)


def _parse(path: Path, kind: str) -> Any:
    """Return the atoms of a file as an MDAnalysis AtomGroup, nothing guessed."""
    title, module, name = _PARSERS[kind]
    parser = getattr(load_reader(module, f"{title} files"), name)
    universe = load_reader("MDAnalysis", "topologies").Universe
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return universe(parser(str(path)).parse(), to_guess=()).atoms
    # The parsers raise whatever the damage leads to: StopIteration, KeyError, struct.error...
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as {title} ({type(error).__name__}: {error}): is "
            "it complete? a newer MDAnalysis may know a newer version of the format"
        ) from error


def _strings(atoms: Any, attribute: str) -> np.ndarray:
    values = getattr(atoms, attribute, None)
    return np.full(len(atoms), "") if values is None else np.array(values, dtype=np.str_)


def _stated_elements(atoms: Any) -> np.ndarray:
    stated = [str(symbol).capitalize() for symbol in _strings(atoms, "elements")]
    return np.array([symbol if symbol in MASSES else "" for symbol in stated], dtype=np.str_)


def _elements(atoms: Any, masses: np.ndarray) -> np.ndarray:
    """Elements as the file states them, else those of the masses."""
    stated = _stated_elements(atoms).tolist()
    known = {mass: element_of_mass(mass) if mass > 0 else "" for mass in set(masses.tolist())}
    symbols = [s or known[m] for s, m in zip(stated, masses.tolist(), strict=True)]
    return np.where(masses > 0, np.array(symbols, dtype=np.str_), "")


def _connections(atoms: Any, attribute: str, columns: int) -> np.ndarray:
    try:
        found = np.asarray(getattr(atoms, attribute).indices, dtype=np.int64)
    except AttributeError:
        found = np.zeros((0, columns), dtype=np.int64)
    return found.reshape(-1, columns)


def _without_hydrogen_pairs(path: Path, topology: Topology) -> tuple[Topology, tuple[Note, ...]]:
    """Leave out bonds between two hydrogens of one oxygen, which make a water rigid."""
    hydrogen = topology.elements == "H"
    both = hydrogen[topology.bonds].all(axis=1)
    heavy = np.full(len(topology), -1)
    one = topology.bonds[hydrogen[topology.bonds].sum(axis=1) == 1]
    for a, b in ((0, 1), (1, 0)):
        rows = one[hydrogen[one[:, a]]]
        heavy[rows[:, a]] = rows[:, b]
    ends = heavy[topology.bonds]
    stiff = both & (ends[:, 0] == ends[:, 1]) & (ends[:, 0] >= 0)
    if not stiff.any():
        return topology, ()
    kept = topology.replace(bonds=topology.bonds[~stiff])
    left_out = f"{path.name}: {int(stiff.sum())} H-H bonds of rigid water left out of the bonds"
    return kept, (Note(left_out, Code.LEFT_OUT),)


def _with_file_molecules(topology: Topology, atoms: Any) -> Topology:
    """Take the molecules of a TPR file; a name is its residue's, or its type's there."""
    molecules: Int[np.ndarray, " particle"] = np.asarray(atoms.molnums, dtype=np.int64)
    molecules = np.unique(molecules, return_inverse=True)[1].astype(np.int64)
    first = np.unique(molecules, return_index=True)[1]
    pairs = np.unique(np.stack([molecules, topology.residues], axis=1), axis=0)
    single = np.bincount(pairs[:, 0]) == 1
    kinds = _strings(atoms, "moltypes")[first]
    names = np.where(single, topology.residue_names[first], kinds)
    return topology.replace(molecules=molecules, molecule_names=names)


def _plain(charge: float) -> str:
    return f"{charge + 0.0:.3g}" if abs(charge) > 1e-4 else "0"


def _declare(kind: str, recognise: Callable[[Head], bool]) -> Format:
    """Return a format of particles without frames."""
    title = _PARSERS[kind][0]

    def read_topology(path: Path, options: Options) -> Trajectory:
        topology, notes = read_mdanalysis_topology(path, kind, options.masses)
        return Trajectory(topology, NoFrames(title), notes, path.stem)

    return Format(kind, title, recognise, read_topology)


FORMATS = (
    _declare("tpr", lambda head: head.start[:2] == bytes(2) and b"VERSION " in head.start[:20]),
    _declare("psf", lambda head: head.text.startswith("PSF")),
    _declare("prmtop", lambda head: head.text.startswith("%VERSION")),
)
