"""LAMMPS against molscape, both in double precision: charges, angles, dihedrals and tables."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core import terms
from molscape.core.frames import Frames
from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.export.lammps_coulomb import coulomb_style
from molscape.potentials import (
    BondedPotential,
    Coulomb,
    HarmonicAngles,
    HarmonicBonds,
    LennardJones,
    PeriodicDihedrals,
    Sum,
)
from molscape.simulate import Lammps
from molscape.simulate.lammps_process import find_lammps

CHAIN = 6


@pytest.fixture(autouse=True)
def _needs_lammps():
    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))


class Curve(BondedPotential):
    """A smooth function of a bond, angle or dihedral that lowers to a table."""

    kind: ClassVar[str] = "curve"

    coordinate: str = eqx.field(static=True)
    types: tuple[str, ...] = eqx.field(static=True)

    def curve(self, x):
        if self.coordinate == "bond":
            return 800 * (x - 0.35) ** 2 + 3000 * (x - 0.35) ** 3
        if self.coordinate == "angle":
            return 20 * jnp.cos(2 * x + 0.5) + 8 * jnp.cos(x)
        return 5 * jnp.sin(x + 0.3) + 3 * jnp.cos(2 * x - 1)

    def bonded_energy(self, value, row):
        return self.curve(value) * (1 + row)

    def lower(self):
        ends = {"bond": (0.1, 0.8), "angle": (0.0, np.pi), "dihedral": (-np.pi, np.pi)}
        x = np.linspace(*ends[self.coordinate], 1001)
        found = []
        for name in self.types:
            energy, force = self.tabulate(x, name)
            found.append(terms.BondedTable(tuple(name.split("-")), x, energy, force))
        return tuple(found)

    def settings(self):
        return {}

    def arrays(self):
        return {}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls("bond", ())


def chains(skew=0.2, exclude_within=1):
    """36 chains A-B-B-A-C-B along the third vector of a box; C has no charge."""
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    box = 0.36 * 6 * np.array([[1, 0, 0], [skew, 1, 0], [-0.5 * skew, skew, 1]])
    positions = grid / 6 @ box + 0.2 + 0.05 * np.random.default_rng(0).normal(size=(216, 3))
    first = np.arange(216).reshape(-1, CHAIN)

    def runs(length):
        return np.concatenate([first[:, k : k + length] for k in range(CHAIN + 1 - length)])

    topology = Topology.build(
        np.tile(list("ABBACB"), 36), masses=np.full(216, 20.0), molecules=np.arange(216) // CHAIN,
        bonds=runs(2), angles=runs(3), dihedrals=runs(4), exclude_within=exclude_within,
        charges=np.tile([0.5, -0.5, 0.2, 0.1, 0.0, -0.3], 36),
    )  # fmt: skip
    return topology, positions, box


@eqx.filter_jit
def numbers(potential, system, x, box, near):
    return potential(system, x, box, near), potential.forces(system, x, box, near)


def check_agreement(potential, topology, positions, box):
    """The second frame is the first one moved as a whole: nothing may change."""
    frames = Frames(np.stack([positions, positions + 0.01]), np.stack([box] * 2))
    found = Lammps().evaluate(potential, topology, frames)
    energies, forces = found.energies, found.forces
    with jax.enable_x64(True):
        system, x, cell = System.build(topology, 300.0), jnp.asarray(positions), jnp.asarray(box)
        _, near = allocate(system, x, cell, potential.reach)
        energy, force = (np.asarray(v) for v in numbers(potential, system, x, cell, near))
    scale = np.sqrt(np.mean(force**2))
    assert scale > 1.0
    for k in range(2):
        assert energies[k] == pytest.approx(energy, rel=1e-6)
        assert np.sqrt(np.mean((forces[k] - force) ** 2)) < 1e-6 * scale


def lennard_jones(smooth="force"):
    """Interacts A-A and A-B only."""
    return LennardJones(
        epsilon=[0.5, 0.8], sigma=[0.3, 0.3], pairs=(("A", "A"), ("A", "B")), cutoff=0.8,
        smooth=smooth,
    )  # fmt: skip


def double(build):
    with jax.enable_x64(True):
        return build()


@pytest.mark.parametrize("outside", [30.0, float("inf")])
def test_reaction_field_with_charges_that_differ_within_a_type(outside):
    topology, positions, box = chains()
    potential = double(
        lambda: Sum(
            Coulomb(cutoff=1.0, dielectric=2.0, reaction_field_dielectric=outside),
            lennard_jones("shift"),
        )
    )
    check_agreement(potential, topology, positions, box)


@pytest.mark.parametrize("smooth", ["force", "shift"])
def test_ewald_with_exclusions_beside_pairs(smooth):
    topology, positions, box = chains(exclude_within=2)
    coulomb = Coulomb(cutoff=0.9, method="ewald", dielectric=3.0, accuracy=1e-7, box=box)
    potential = double(lambda: Sum(coulomb, lennard_jones(smooth)))
    check_agreement(potential, topology, positions, box)


def test_one_dielectric_for_the_sum_alone_and_a_mesh_for_many(monkeypatch):
    topology, positions, box = chains(skew=0.0)
    potential = double(lambda: Coulomb(cutoff=0.9, method="ewald", accuracy=1e-6, box=box))
    monkeypatch.setattr("molscape.export.lammps_coulomb.MESH", 100)
    check_agreement(potential, topology, positions, box)


def test_angles_dihedrals_and_tables_in_a_triclinic_box():
    topology, positions, box = chains()

    def build():
        return Sum(
            HarmonicBonds(types=("A-B", "B-B"), stiffness=[2000.0, 1000.0], length=[0.3, 0.35]),
            HarmonicAngles(types=("A-B-B", "A-C-B"), stiffness=[100.0, 50.0], angle=[2.0, 1.8]),
            PeriodicDihedrals(
                types=("A-B-B-A", "A-B-B-A", "B-A-C-B"), stiffness=[4.0, 2.0, 3.0],
                multiplicity=[1, 3, 2], phase=[0.5, 0.2, -1.1],
            ),
        )  # fmt: skip

    tables = (
        Curve("bond", ("A-C", "B-B")),
        Curve("angle", ("B-A-C", "A-B-B")),
        Curve("dihedral", ("B-B-A-C",)),
    )
    check_agreement(double(build), topology, positions, box)
    check_agreement(Sum(*tables), topology, positions, box)


def test_terms_of_one_type_become_one_table():
    topology, positions, box = chains()
    names = ("A-B", "A-B-B", "A-B-B-A")

    def build():
        return Sum(
            HarmonicBonds(types=names[:1], stiffness=2000.0, length=0.3),
            HarmonicAngles(types=names[1:2], stiffness=100.0, angle=2.0),
            PeriodicDihedrals(types=names[2:], stiffness=4.0, multiplicity=3, phase=0.5),
            *(Curve(kind, (name,)) for kind, name in zip(("bond", "angle", "dihedral"), names)),  # noqa: B905
        )

    check_agreement(double(build), topology, positions, box)


def test_excluded_charges_beyond_the_cutoff_are_refused():
    topology, positions, box = chains(exclude_within=3)
    potential = Coulomb(cutoff=0.9, method="ewald", box=box)
    with pytest.raises(ValueError, match=r"beyond the cutoff 0\.9 nm, where LAMMPS"):
        Lammps().evaluate(potential, topology, Frames(positions[None], box[None]))


def test_a_net_charge_and_two_coulomb_terms_are_refused():
    topology, positions, box = chains()
    frames = Frames(positions[None], box[None])
    ewald = Coulomb(cutoff=0.9, method="ewald", box=box)
    charged = topology.replace(charges=topology.charges + 0.1)
    with pytest.raises(ValueError, match="add counter-ions"):
        Lammps().evaluate(ewald, charged, frames)
    with pytest.raises(ValueError, match="LAMMPS takes one"):
        Lammps().evaluate(Sum(ewald, Coulomb(cutoff=0.9)), topology, frames)


def test_the_style_names_the_pairs_of_charged_types_alone():
    topology, _, _ = chains()
    term = terms.Coulomb(0.9, dielectric=3.0)
    style = coulomb_style(term, topology, ("A", "B", "C"))
    assert style.pairs == ((1, 1), (1, 2), (2, 2))
    assert style.commands == ("dielectric 3",)
    assert style.cutoff == "9"
    k, c = (float(word.strip(')"')) for word in (style.text.split()[2][:-4], style.text.split()[4]))
    assert (k, c) == pytest.approx((0.5 / 9**3, 1.5 / 9))
    ewald = coulomb_style(terms.Coulomb(0.9, method="ewald"), topology, ("A", "B", "C"))
    assert ewald.name == "coul/long"
    assert ewald.commands[0].startswith("kspace_style ewald ")
    assert coulomb_style(term, topology.replace(charges=np.zeros(216)), ("A",)).pairs == ()
