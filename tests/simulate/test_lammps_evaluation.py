"""Energies, forces and pressures of LAMMPS are those of the potentials themselves."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.neighbours import allocate
from molscape.core.potential import cast, virial
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import KILOCALORIE
from molscape.potentials import (
    HarmonicBonds,
    LennardJones,
    StillingerWeber,
    Sum,
    TabulatedPair,
)
from molscape.simulate import Lammps
from molscape.simulate.lammps_process import find_lammps
from support.fluids import MONATOMIC_WATER
from support.lattices import lattice, spline


@pytest.fixture(autouse=True, scope="module")
def _needs_lammps():
    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def two_types(count):
    return Topology.build(
        np.where(np.arange(count) % 3 == 0, "A", "B"), masses=np.full(count, 18.0)
    )


@eqx.filter_jit
def evaluate(potential, system, x, box, near):
    energy, forces = potential(system, x, box, near), potential.forces(system, x, box, near)
    if box is None:
        return energy, forces, jnp.nan
    tensor = virial(potential, system, x, box, near)
    return energy, forces, jnp.trace(tensor) / (3 * jnp.linalg.det(box))


def energy_forces_pressure(potential, topology, positions, box):
    """The same numbers from the potential itself, in double precision."""
    with jax.enable_x64(True):
        system = System.build(topology, 300.0)
        x = jnp.asarray(positions)
        box = None if box is None else jnp.asarray(box)
        _, near = allocate(system, x, box, potential.reach)
        numbers = evaluate(cast(potential, jnp.float64), system, x, box, near)
        return tuple(np.asarray(number) for number in numbers)


def check_agreement(potential, topology, positions, box):
    frames = Frames(
        np.stack([positions, positions + 0.01]), None if box is None else np.stack([box] * 2)
    )
    found = Lammps().evaluate(potential, topology, frames)
    energies, forces, pressures = found.energies, found.forces, found.pressures
    energy, force, pressure = energy_forces_pressure(potential, topology, positions, box)
    scale = np.sqrt(np.mean(force**2))
    assert scale > 1.0
    # The second frame is the first one moved as a whole: nothing may change.
    for k in range(2):
        assert abs(energies[k] - energy) < 1e-5 * abs(energy)
        assert np.sqrt(np.mean((forces[k] - force) ** 2)) < 1e-5 * scale
        if box is None:
            assert np.isnan(pressures[k])
        else:
            assert pressures[k] == pytest.approx(pressure, rel=1e-5)


@pytest.mark.parametrize("skew", [0.0, 0.2])
def test_tables_agree_with_the_spline_in_any_box(skew):
    positions, box = lattice((6, 6, 6), 0.31, 0.02, skew)
    check_agreement(spline(), two_types(len(positions)), positions, box)


@pytest.mark.parametrize("smooth", ["none", "shift", "force"])
def test_lennard_jones_agrees(smooth):
    positions, box = lattice((6, 6, 6), 0.4, 0.03)
    potential = LennardJones(
        epsilon=[0.9, 1.4], sigma=[0.34, 0.37], pairs=(("A", "A"), ("A", "B")), cutoff=1.0,
        smooth=smooth,
    )  # fmt: skip
    check_agreement(potential, two_types(len(positions)), positions, box)


def test_stillinger_weber_agrees_also_beside_other_types():
    positions, box = lattice((6, 6, 6), 0.3, 0.03)
    topology = two_types(len(positions))
    many_body = StillingerWeber(type="B", **MONATOMIC_WATER)
    check_agreement(many_body, topology, positions, box)
    check_agreement(Sum(many_body, spline((("A", "B"), ("A", "A")))), topology, positions, box)


def test_ideal_diamond_of_mw_water():
    fractions = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]]) / 4
    basis = np.concatenate([fractions, fractions + 0.25])
    edge = 0.268549 * 4 / np.sqrt(3)
    cells = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    positions = ((cells + basis).reshape(-1, 3)) * edge
    topology = Topology.build(["W"] * 64, masses=np.full(64, 18.015))
    frames = Frames(positions[None], 2 * edge * np.eye(3)[None])
    energies = (
        Lammps().evaluate(StillingerWeber(type="W", **MONATOMIC_WATER), topology, frames).energies
    )
    assert energies[0] / 64 / KILOCALORIE == pytest.approx(-12.378, abs=1e-3)


@pytest.mark.parametrize("within", [0, 2])
def test_bonds_and_exclusions_agree(within):
    positions, box = lattice((6, 6, 6), 0.4, 0.03)
    n = len(positions)
    first = np.arange(n).reshape(-1, 6)
    bonds = np.stack([first[:, :-1].ravel(), first[:, 1:].ravel()], axis=1)
    topology = Topology.build(
        np.tile(["A", "A", "B"], n // 3), masses=np.full(n, 40.0), molecules=np.arange(n) // 6,
        bonds=bonds, exclude_within=within,
    )  # fmt: skip
    bonded = HarmonicBonds(types=("A-A", "B-A"), stiffness=[2000.0, 1200.0], length=[0.38, 0.41])
    check_agreement(Sum(spline(), bonded), topology, positions, box)
    if within == 0:
        check_agreement(bonded, topology, positions, box)


def test_terms_of_one_pair_add_up():
    positions, box = lattice((6, 6, 6), 0.33, 0.02)
    pair = (("A", "A"), ("A", "B"), ("B", "B"))
    cut = LennardJones(epsilon=[0.5] * 3, sigma=[0.3] * 3, pairs=pair, cutoff=0.9, smooth="none")
    other = LennardJones(epsilon=[0.2] * 3, sigma=[0.31] * 3, pairs=pair, cutoff=0.8)
    potential = Sum(spline(), spline((("A", "A"),)), cut, other)
    check_agreement(potential, two_types(len(positions)), positions, box)


def test_coarse_tables_are_read_as_molscape_interpolates_them():
    positions, box = lattice((6, 6, 6), 0.31, 0.02)
    r = np.linspace(0.2, 0.9, 60)
    energy, force = 8 * (0.9 - r) ** 3, 24 * (0.9 - r) ** 2
    potential = TabulatedPair(
        start=0.2, cutoff=0.9, energy=energy[None], force=force[None], pairs=(("W", "W"),)
    )
    topology = Topology.build(["W"] * len(positions), masses=np.full(len(positions), 18.0))
    check_agreement(potential, topology, positions, box)


def test_without_a_box():
    positions, _ = lattice((4, 4, 4), 0.33, 0.02)
    check_agreement(spline(), two_types(len(positions)), positions, None)
