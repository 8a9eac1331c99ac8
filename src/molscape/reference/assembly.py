"""Liquids, solutions, clusters and single molecules as OpenMM systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from molscape.core.space import box_from_lengths
from molscape.core.topology import Topology, VirtualSites
from molscape.core.units import GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.engine import load_openmm
from molscape.reference.force_field import constants, template
from molscape.reference.lattice import place_on_lattice
from molscape.reference.mixing import mix_geometrically
from molscape.reference.molecules import FORCE_FIELDS, known
from molscape.reference.system import AllAtomSystem, Published

Held = Literal["none", "h-bonds", "all-bonds"]


@dataclass(frozen=True)
class Interactions:
    """How forces are computed: cutoff of Lennard-Jones and of the direct Ewald sum in nm.

    `ewald_tolerance` is the relative error of forces that OpenMM chooses its mesh for.
    `constraints` says which bonds are held at their lengths; water is rigid in any case.
    `hydrogen_mass` (u) makes hydrogens heavier and the atoms they are bonded to lighter, water
    aside: structure stays, motion slows a little, and 3 u bears a time step of 0.004 ps.
    """

    cutoff: float = 0.9
    ewald_tolerance: float = 5e-4
    constraints: Held = "h-bonds"
    hydrogen_mass: float | None = None


def assemble(
    composition: Mapping[str, int],
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None = None,
    interactions: Interactions | None = None,
) -> AllAtomSystem:
    """Build molecules at given positions.

    Charges interact by smooth particle mesh Ewald, and the Lennard-Jones part is cut with a
    correction of energy and pressure for the tail; without a box nothing is cut. Lennard-Jones
    parameters mix geometrically where an OPLS-AA molecule is present, else by the rule of
    Lorentz and Berthelot.

    Args:
        composition: molecule names (keys of `MOLECULES`) and how many of each.
        positions: of all particles, molecules in the order of the composition, nm.
        box: box vectors as rows, nm; None for a cluster or a single molecule.
        interactions: cutoff, mesh and constraints; None: the defaults.

    Returns:
        The system; massless sites are particles of it, and are left out of written files.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a molecule is not known, counts or positions do not fit, the total charge
            is not zero in a box, force fields do not mix, or the box is small.
    """
    interactions = interactions or Interactions()
    mixing = _mixing(composition)
    openmm = load_openmm()
    from openmm import app

    topology, templates = _openmm_topology(composition)
    if len(positions) != topology.getNumAtoms():
        wanted = ", ".join(f"{count} {name}" for name, count in composition.items())
        raise ValueError(
            f"{len(positions)} positions were given, {wanted} have {topology.getNumAtoms()}: give "
            "every atom of each molecule in turn"
        )
    if box is not None:
        _check_box(box, interactions.cutoff)
        topology.setPeriodicBoxVectors(box.tolist())
    held = {"none": None, "h-bonds": app.HBonds, "all-bonds": app.AllBonds}
    system = _field(app).createSystem(
        topology,
        nonbondedMethod=app.NoCutoff if box is None else app.PME,
        nonbondedCutoff=interactions.cutoff,
        ewaldErrorTolerance=interactions.ewald_tolerance,
        constraints=held[interactions.constraints],
        rigidWater=True,
        removeCMMotion=False,
        residueTemplates=templates,
    )
    ours = molscape_topology(openmm, topology, system, _residues(composition))
    total = float(ours.charges.sum())
    if box is not None and abs(total) > 1e-6:
        raise ValueError(
            f"the molecules carry a charge of {total:+g} e together: a periodic box must be "
            "neutral, change the numbers of ions"
        )
    if mixing == "geometric":
        mix_geometrically(system)
    if interactions.hydrogen_mass is not None:
        repartition(system, ours, interactions.hydrogen_mass)
    name = "-".join(composition)
    numbers = _constants(composition, mixing, interactions, box is not None)
    return AllAtomSystem(
        name,
        ours,
        system,
        np.asarray(positions, float),
        box,
        numbers,
        dict(composition),
        asdict(interactions),
    )


def lattice_box(
    composition: Mapping[str, int],
    *,
    density: float | None = None,
    seed: int = 0,
    interactions: Interactions | None = None,
) -> AllAtomSystem:
    """Place molecules on a cubic lattice, mixed at random, with random orientations.

    Args:
        composition: see `assemble`.
        density: mass density in g/cm^3, which sets the cubic box; None: that of the pure
            liquids, their volumes added.
        seed: of orientations and lattice sites.
        interactions: see `assemble`.

    Returns:
        The system; minimise before moving it, neighbours may touch.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: see `assemble`.
    """
    _mixing(composition)
    volume = 0.0
    shapes = []
    for name, count in composition.items():
        molecule = known(name)
        if count < 1:
            raise ValueError(f"{count} molecules of {name} were asked for: give at least 1")
        volume += (
            count
            * template(name).mass
            / ((density or molecule.density) * GRAM_PER_CUBIC_CENTIMETRE)
        )
        shapes += count * [molecule.positions()]
    edge = volume ** (1 / 3)
    positions = place_on_lattice(shapes, edge, seed)
    return assemble(composition, positions, box_from_lengths([edge] * 3), interactions)


def _residues(composition: Mapping[str, int]) -> list[str]:
    return [known(name).residue for name, count in composition.items() for _ in range(count)]


def _mixing(composition: Mapping[str, int]) -> str:
    """The rule for sigma that all molecules agree on."""
    if not composition:
        raise ValueError("no molecules were given: name at least one, such as {'methanol': 200}")
    rules = {known(name).mixing for name in composition} - {"either"}
    if len(rules) > 1:
        raise ValueError(
            f"{', '.join(composition)} do not mix: ions were fitted with Lorentz-Berthelot mixing "
            "and OPLS-AA with geometric mixing: leave one of them out"
        )
    return rules.pop() if rules else "arithmetic"


def _check_box(box: Float[np.ndarray, "3 3"], cutoff: float) -> None:
    half = float(np.min(np.diagonal(box))) / 2
    if cutoff > half:
        raise ValueError(
            f"cutoff {cutoff:g} nm exceeds half the box ({half:.3f} nm): use more molecules or a "
            "smaller `cutoff`"
        )


def _field(app: Any) -> Any:
    return app.ForceField(*(str(FORCE_FIELDS / f"{name}.xml") for name in _FILES))


_FILES = ("opls", "water", "ions")


def _openmm_topology(composition: Mapping[str, int]) -> tuple[Any, dict[Any, str]]:
    """An OpenMM topology, and the template of each residue; water is called HOH to be rigid."""
    from openmm.app import Element, Topology

    topology = Topology()
    templates: dict[Any, str] = {}
    for name, count in composition.items():
        pattern = template(name)
        for _ in range(count):
            residue = topology.addResidue(
                "HOH" if known(name).file == "water" else name, topology.addChain()
            )
            templates[residue] = name
            atoms = {
                atom: topology.addAtom(atom, Element.getBySymbol(e) if e else None, residue)
                for atom, _, e in pattern.atoms
            }
            for a, b in pattern.bonds:
                topology.addBond(atoms[a], atoms[b])
    return topology, templates


def molscape_topology(openmm: Any, topology: Any, system: Any, residues: list[str]) -> Topology:
    """Return the topology of an OpenMM topology and system; each chain is one molecule.

    Args:
        openmm: the module.
        topology: of `openmm.app`.
        system: the `openmm.System` made from it.
        residues: a name for each residue.
    """
    force = next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))
    atoms = list(topology.atoms())
    bonds = np.array([[a.index, b.index] for a, b in topology.bonds()], dtype=np.int64)
    held = sorted(
        (system.getConstraintParameters(k) for k in range(system.getNumConstraints())),
        key=lambda constraint: tuple(constraint[:2]),
    )
    index = np.array([atom.residue.index for atom in atoms])
    chains = np.array([atom.residue.chain.index for atom in atoms])
    names: list[list[str]] = [[] for _ in topology.chains()]
    for residue, name in zip(topology.residues(), residues, strict=True):
        names[residue.chain.index].append(name)
    return Topology.build(
        [atom.name for atom in atoms],
        molecule_names=["-".join(each) for each in names],
        masses=[system.getParticleMass(k)._value for k in range(len(atoms))],
        elements=["" if atom.element is None else atom.element.symbol for atom in atoms],
        charges=[force.getParticleParameters(k)[0]._value for k in range(len(atoms))],
        residue_names=np.array(residues)[index],
        residues=index,
        molecules=chains,
        bonds=bonds.reshape(-1, 2),
        constraints=np.array([h[:2] for h in held], dtype=np.int64).reshape(-1, 2),
        constraint_lengths=np.array([h[2]._value for h in held], dtype=np.float64),
        virtual_sites=_sites(system),
    )


def repartition(system: Any, topology: Topology, hydrogen_mass: float) -> None:
    """Give hydrogens a mass (u) taken from the atoms they are bonded to, in place, water aside.

    The topology keeps the true masses: centres of mass are those of the real molecule.

    Source: K. A. Feenstra, B. Hess, H. J. C. Berendsen, J. Comput. Chem. 20, 786 (1999).
    """
    masses = topology.masses.copy()
    is_hydrogen = topology.elements == "H"
    for pair in topology.bonds[topology.residue_names[topology.bonds[:, 0]] != "SOL"].tolist():
        for hydrogen, heavy in (pair, pair[::-1]):
            if is_hydrogen[hydrogen] and not is_hydrogen[heavy]:
                masses[heavy] -= hydrogen_mass - masses[hydrogen]
                masses[hydrogen] = hydrogen_mass
    if masses.min(initial=1.0, where=topology.masses > 0) <= 0:
        raise ValueError(
            f"hydrogen_mass {hydrogen_mass:g} u leaves an atom without mass: 3 u is usual"
        )
    for k, mass in enumerate(masses.tolist()):
        system.setParticleMass(k, mass)


def _sites(system: Any) -> VirtualSites | None:
    sites = [k for k in range(system.getNumParticles()) if system.isVirtualSite(k)]
    if not sites:
        return None
    found = [system.getVirtualSite(k) for k in sites]
    return VirtualSites(
        np.array(sites),
        np.array([[site.getParticle(p) for p in range(3)] for site in found]),
        np.array([[site.getWeight(p) for p in range(3)] for site in found]),
    )


def _constants(
    composition: Mapping[str, int], mixing: str, interactions: Interactions, periodic: bool
) -> dict[str, Published]:
    """The published numbers, and how interactions are mixed and cut."""
    numbers = constants(composition)
    if mixing == "geometric":
        rule = "OPLS-AA: geometric mixing of sigma and epsilon"
        numbers["1-4 scale"] = Published(0.5, "", rule)
    if periodic:
        cut = "chosen here: particle mesh Ewald, Lennard-Jones cut with a correction for the tail"
        numbers["cutoff"] = Published(interactions.cutoff, "nm", cut)
        numbers["ewald_tolerance"] = Published(interactions.ewald_tolerance, "", cut)
    return numbers
