"""Force fields of GROMACS, AMBER and CHARMM, read by OpenMM."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.topology import Topology, VirtualSites
from molscape.io.formats import recognise
from molscape.io.guessing import with_molecules
from molscape.io.mdanalysis_topologies import read_mdanalysis_topology
from molscape.reference.engine import load_openmm

Box = Float[np.ndarray, "3 3"] | None


@dataclass(frozen=True)
class Nonbonded:
    """How non-bonded interactions are treated; lengths in nm.

    `method`: "pme" (Coulomb by particle mesh Ewald, Lennard-Jones cut), "lj-pme" (both by mesh),
    "reaction-field" (both cut, dielectric constant 78.3) or "none" (nothing cut, no box); "auto"
    is "pme" with a box. `cutoff` and `switch` (where the Lennard-Jones part begins to be
    switched off) default to what is usual for the force field: 1.0 and none for GROMACS, 0.8 and
    none for AMBER, 1.2 and 1.0 for CHARMM. They should be those of the simulation.
    """

    method: str = "auto"
    cutoff: float | None = None
    switch: float | None = None
    ewald_tolerance: float = 1e-5

    METHODS = ("auto", "pme", "lj-pme", "reaction-field", "none")

    def __post_init__(self) -> None:
        if self.method not in self.METHODS:
            raise ValueError(
                f"unknown method {self.method!r}: use one of {', '.join(self.METHODS)}"
            )
        for name in ("cutoff", "switch", "ewald_tolerance"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be positive, got {value}")

    def settled(self, family: str, box: Box) -> Nonbonded:
        """Return the same with everything decided.

        Raises:
            ValueError: if the method does not go with the box, or the cutoff exceeds half of it.
        """
        method = self.method
        if method == "auto":
            method = "none" if box is None else "pme"
        if (method == "none") != (box is None):
            there = "has no box" if box is None else "has a box"
            raise ValueError(
                f"the trajectory {there}, and method {self.method!r} needs the other: use 'auto'"
            )
        if box is None:
            return Nonbonded("none", None, None, self.ewald_tolerance)
        usual, usual_switch = _USUAL[family]
        cutoff = self.cutoff or usual
        half = float(np.diagonal(box).min()) / 2
        if cutoff > half:
            raise ValueError(
                f"cutoff {cutoff:g} nm exceeds half the box ({half:.3f} nm): use the `cutoff` of "
                "the simulation"
            )
        switch = self.switch or (usual_switch if self.cutoff is None else None)
        if switch is not None and switch >= cutoff:
            raise ValueError(f"switch {switch:g} nm is not below the cutoff {cutoff:g} nm")
        return Nonbonded(method, cutoff, switch, self.ewald_tolerance)


_USUAL: dict[str, tuple[float, float | None]] = {
    "GROMACS": (1.0, None),
    "AMBER": (0.8, None),
    "CHARMM": (1.2, 1.0),
}


@dataclass(frozen=True, eq=False)
class ForceField:
    """Particles by name, and a function that makes an `openmm.System` of settled nonbonded.

    No bond is constrained in the system, save those that a GROMACS file constrains itself.
    """

    path: Path
    family: str
    topology: Topology
    build: Callable[[Nonbonded, Box], Any]
    parameters: tuple[Path, ...] = ()


def load_force_field(
    path: str | Path,
    *,
    parameters: Sequence[str | Path] = (),
    include_dir: str | Path | None = None,
) -> ForceField:
    """Read a GROMACS .top, an AMBER .prmtop or a CHARMM .psf.

    Args:
        path: the file.
        parameters: CHARMM's parameter files (.prm, .rtf, .str), in their order.
        include_dir: where a .top finds what it includes; by default GMXLIB, then an installed
            GROMACS, after the folder of the file.

    Raises:
        ImportError: if OpenMM, or MDAnalysis for AMBER and CHARMM files, is not installed.
        FileNotFoundError: if a file is missing, included ones too.
        ValueError: if a file cannot be read.
    """
    load_openmm()
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: check the path")
    if path.suffix in (".top", ".itp"):
        return _gromacs(path, include_dir)
    kind = recognise(path).name
    if kind == "prmtop":
        return _amber(path)
    if kind == "psf":
        return _charmm(path, parameters)
    raise ValueError(
        f"{path} is no force field: give a GROMACS .top, an AMBER .prmtop or a CHARMM .psf with "
        "its parameters (a .tpr file cannot be read for its forces)"
    )


def completed(topology: Topology, system: Any) -> Topology:
    """Return the topology with masses, charges, constraints and virtual sites of a system.

    A constraint is a bond too, unless it holds two hydrogens at their distance: GROMACS' rigid
    waters have no other.
    """
    n = system.getNumParticles()
    masses = np.array([system.getParticleMass(k)._value for k in range(n)])
    pairs = [system.getConstraintParameters(k) for k in range(system.getNumConstraints())]
    charges = topology.charges
    for force in system.getForces():
        if type(force).__name__ == "NonbondedForce":
            charges = np.array([force.getParticleParameters(k)[0]._value for k in range(n)])
    held = np.array([[i, j] for i, j, _ in pairs], dtype=np.int64).reshape(-1, 2)
    bonding = held[~(topology.elements[held] == "H").all(axis=1)]
    bonds = np.sort(np.concatenate([topology.bonds, bonding]), axis=1)
    return topology.replace(
        masses=masses,
        charges=charges,
        elements=np.where(masses > 0, topology.elements, ""),
        bonds=np.unique(bonds, axis=0),
        constraints=held,
        constraint_lengths=np.array([length._value for _, _, length in pairs], dtype=np.float64),
        virtual_sites=_virtual_sites(system),
    )


def _virtual_sites(system: Any) -> VirtualSites | None:
    """All sites with the linear part of their weights, which sum to one."""
    found = [
        (k, *_parents(system.getVirtualSite(k)))
        for k in range(system.getNumParticles())
        if system.isVirtualSite(k)
    ]
    if not found:
        return None
    width = max(len(parents) for _, parents, _ in found)
    # A missing parent is the first one with no weight.
    return VirtualSites(
        np.array([k for k, _, _ in found], dtype=np.int64),
        np.array([p + (width - len(p)) * p[:1] for _, p, _ in found], dtype=np.int64),
        np.array([w + (width - len(w)) * [0.0] for _, _, w in found], dtype=np.float64),
    )


def _parents(site: Any) -> tuple[list[int], list[float]]:
    parents = [site.getParticle(p) for p in range(site.getNumParticles())]
    kind = type(site).__name__
    if kind == "OutOfPlaneSite":
        w12, w13 = site.getWeight12(), site.getWeight13()
        return parents, [1 - w12 - w13, w12, w13]
    if kind == "LocalCoordinatesSite":
        return parents, list(site.getOriginWeights())
    return parents, [site.getWeight(p) for p in range(len(parents))]


def _methods(nonbonded: Nonbonded) -> dict[str, Any]:
    """Arguments of OpenMM's createSystem; flexible, since the trajectory says what is rigid."""
    from openmm import app

    methods = {
        "pme": app.PME,
        "lj-pme": app.LJPME,
        "reaction-field": app.CutoffPeriodic,
        "none": app.NoCutoff,
    }
    found: dict[str, Any] = {
        "nonbondedMethod": methods[nonbonded.method],
        "constraints": None,
        "rigidWater": False,
        "removeCMMotion": False,
        "ewaldErrorTolerance": nonbonded.ewald_tolerance,
    }
    if nonbonded.cutoff is not None:
        found["nonbondedCutoff"] = nonbonded.cutoff
    if nonbonded.switch is not None:
        found["switchDistance"] = nonbonded.switch
    return found


def _gromacs(path: Path, include_dir: str | Path | None) -> ForceField:
    from openmm import app

    folders = [include_dir] if include_dir is not None else os.environ.get("GMXLIB", "").split(":")
    folder = next((str(each) for each in folders if each), None)

    def read(box: Box) -> Any:
        try:
            return app.GromacsTopFile(
                str(path), periodicBoxVectors=_vectors(box), includeDir=folder
            )
        except ValueError as error:
            raise _gromacs_error(path, folder, error) from None

    top = read(None)
    names, residue_names = [], []
    for molecule, count in top._molecules:
        rows = top._moleculeTypes[molecule].atoms
        names += count * [fields[4] for fields in rows]
        residue_names += count * [fields[3] for fields in rows]
    atoms = list(top.topology.atoms())
    residues = np.array([atom.residue.index for atom in atoms], dtype=np.int64)
    bonds = [[bond[0].index, bond[1].index] for bond in top.topology.bonds()]
    # The readers of OpenMM rename water; the file's own names are kept.
    topology = Topology.build(
        names,
        masses=np.zeros(len(names)),
        elements=[atom.element.symbol if atom.element else "" for atom in atoms],
        residue_names=residue_names,
        residues=residues,
        molecules=residues,
        bonds=np.array(bonds, dtype=np.int64).reshape(-1, 2),
    )

    def build(nonbonded: Nonbonded, box: Box) -> Any:
        return read(box).createSystem(**_methods(nonbonded))

    return ForceField(path, "GROMACS", with_molecules(topology), build)


def _gromacs_error(path: Path, folder: str | None, error: ValueError) -> Exception:
    missing = "Could not locate #include file: "
    if missing in str(error):
        name = str(error).split(missing)[1]
        where = f"nor in {folder}" if folder else "nor in an installed GROMACS"
        return FileNotFoundError(
            f"{path} includes {name!r}, which is not beside it {where}: say by `include_dir`, or "
            "the environment variable GMXLIB, which folder holds it, such as "
            "/usr/share/gromacs/top"
        )
    return ValueError(f"{path} cannot be read by OpenMM: {error}")


def _amber(path: Path) -> ForceField:
    from openmm import app

    topology, _ = read_mdanalysis_topology(path, "prmtop")

    def build(nonbonded: Nonbonded, box: Box) -> Any:
        try:
            prmtop = app.AmberPrmtopFile(str(path), periodicBoxVectors=_vectors(box))
            return prmtop.createSystem(**_methods(nonbonded))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} cannot be read by OpenMM: {error}") from error

    return ForceField(path, "AMBER", topology, build)


def _charmm(path: Path, parameters: Sequence[str | Path]) -> ForceField:
    from openmm import app

    if not parameters:
        raise ValueError(
            f"{path} holds no parameters: name CHARMM's files by `parameters` (par_all36_....prm, "
            "top_all36_....rtf, toppar_water_ions.str)"
        )
    for file in parameters:
        if not Path(file).is_file():
            raise FileNotFoundError(f"there is no parameter file {file}: check the path")
    topology, _ = read_mdanalysis_topology(path, "psf")

    def build(nonbonded: Nonbonded, box: Box) -> Any:
        try:
            psf = app.CharmmPsfFile(str(path), periodicBoxVectors=_vectors(box))
            found = app.CharmmParameterSet(*[str(file) for file in parameters])
            return psf.createSystem(found, flexibleConstraints=False, **_methods(nonbonded))
        # OpenMM's readers of CHARMM files have errors of their own.
        except Exception as error:
            raise ValueError(
                f"{path} and {', '.join(str(file) for file in parameters)} cannot be read by "
                f"OpenMM: {error}"
            ) from error

    return ForceField(path, "CHARMM", topology, build, tuple(map(Path, parameters)))


def _vectors(box: Box) -> Any:
    """Box vectors as OpenMM's readers take them."""
    if box is None:
        return None
    from openmm import Vec3, unit

    return [Vec3(*row) for row in reduced(box).tolist()] * unit.nanometer


def reduced(box: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """Return vectors of the same lattice, with skews of at most half a vector, as OpenMM wants."""
    a, b, c = np.array(box, dtype=np.float64)
    b = b - a * np.round(b[0] / a[0])
    c = c - b * np.round(c[1] / b[1])
    c = c - a * np.round(c[0] / a[0])
    return np.stack([a, b, c])
