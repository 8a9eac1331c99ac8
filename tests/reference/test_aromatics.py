"""Shapes and energies of o-terphenyl and aniline, against OPLS-AA as GROMACS distributes it."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from molscape.reference.making import MakingOptions, plan_reference

openmm = pytest.importorskip("openmm", reason="openmm is not installed")
from openmm import app  # noqa: E402

TOP = Path("/usr/share/gromacs/top")


def flexible(name):
    return plan_reference({name: 1}, MakingOptions(phase="vacuum", constraints="none")).system


def context(system):
    platform = openmm.Platform.getPlatformByName("Reference")
    return openmm.Context(system, openmm.VerletIntegrator(0.001), platform)


def evaluate(system, positions):
    own = context(system)
    own.setPositions(positions)
    state = own.getState(energy=True, forces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def minimum(molecule):
    own = context(molecule.openmm_system)
    own.setPositions(molecule.positions)
    openmm.LocalEnergyMinimizer.minimize(own, 0.01)
    return np.array(own.getState(positions=True).getPositions(asNumpy=True)._value)


def dihedral(molecule, positions, *names):
    place = molecule.topology.names.tolist()
    a, b, c, d = positions[[place.index(name) for name in names]]
    u, v, w = b - a, c - b, d - c
    p, q = np.cross(u, v), np.cross(v, w)
    return np.degrees(np.arctan2(np.cross(p, q) @ v / np.linalg.norm(v), p @ q))


def length(molecule, positions, a, b):
    place = molecule.topology.names.tolist()
    return np.linalg.norm(positions[place.index(a)] - positions[place.index(b)])


def test_the_outer_rings_of_terphenyl_are_turned_alike_and_the_middle_one_is_flat():
    molecule = flexible("o-terphenyl")
    x = minimum(molecule)
    assert molecule.topology.charges.sum() == pytest.approx(0, abs=1e-12)
    first, second = (
        dihedral(molecule, x, *names)
        for names in (("C2", "C1", "C7", "C8"), ("C1", "C2", "C13", "C14"))
    )
    assert first == pytest.approx(second, abs=0.1)
    assert 50 < abs(first) < 60
    assert length(molecule, x, "C1", "C2") == pytest.approx(0.142, abs=0.001)
    assert length(molecule, x, "C1", "C7") == pytest.approx(0.148, abs=0.002)
    assert abs(dihedral(molecule, x, "C6", "C1", "C2", "C3")) < 3


@pytest.mark.skipif(not TOP.is_dir(), reason="GROMACS' force fields are not installed")
def test_aniline_has_the_forces_of_gromacs(tmp_path):
    molecule = flexible("aniline")
    theirs = app.GromacsTopFile(str(written(molecule.topology, tmp_path)), includeDir=str(TOP))
    system = theirs.createSystem(nonbondedMethod=app.NoCutoff, removeCMMotion=False)
    x = minimum(molecule)
    assert dihedral(molecule, x, "H11", "N1", "C1", "C2") == pytest.approx(28, abs=2)
    # The order of the atoms of an improper torsion, which matters little, is not the same.
    x = x + 0.002 * np.random.default_rng(0).normal(size=x.shape)
    (energy, forces), (other, others) = (
        evaluate(one, x) for one in (molecule.openmm_system, system)
    )
    assert energy == pytest.approx(other, abs=2e-3)
    assert np.abs(forces - others).max() < 2e-3 * np.sqrt(np.mean(forces**2))


def written(topology, folder):
    """Write aniline by the types of `oplsaa.ff`, as pdb2gmx would."""
    types = {"C1": "opls_916", "H11": "opls_909", "H12": "opls_909"}
    usual = {"C": "opls_145", "H": "opls_146", "N": "opls_900"}
    names = topology.names.tolist()
    near = {k: [] for k in range(len(names))}
    for a, b in topology.bonds.tolist():
        near[a].append(b)
        near[b].append(a)
    chains = [
        (i, a, b, j)
        for a, b in topology.bonds.tolist()
        for i in near[a]
        for j in near[b]
        if len({i, a, b, j}) == 4
    ]
    close = {frozenset(pair) for k in near for pair in combinations([k, *near[k]], 2)}
    ends = {frozenset((c[0], c[3])) for c in chains} - close
    flat = [(k, *near[k]) for k in near if names[k][0] == "C" and len(near[k]) == 3]
    rows = {
        "atoms": [
            f"{k + 1} {types.get(name, usual[name[0]])} 1 ANI {name} {k + 1}"
            for k, name in enumerate(names)
        ],
        "bonds": [f"{a + 1} {b + 1} 1" for a, b in topology.bonds.tolist()],
        "angles": [f"{a + 1} {k + 1} {b + 1} 1" for k in near for a, b in combinations(near[k], 2)],
        "pairs": [" ".join(str(k + 1) for k in sorted(pair)) + " 1" for pair in ends],
        "dihedrals": [" ".join(str(k + 1) for k in chain) + " 3" for chain in chains]
        + [f"{a + 1} {b + 1} {k + 1} {c + 1} 4 180 4.6024 2" for k, a, b, c in flat],
        "system": ["aniline"],
        "molecules": ["ANI 1"],
    }
    text = '#include "oplsaa.ff/forcefield.itp"\n[ moleculetype ]\nANI 3\n'
    text += "".join(f"[ {name} ]\n" + "\n".join(each) + "\n" for name, each in rows.items())
    (folder / "aniline.top").write_text(text)
    return folder / "aniline.top"
