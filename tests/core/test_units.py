"""Constants against those that scipy carries (CODATA)."""

import pytest
from scipy import constants

from molscape.core import units


def test_constants_are_those_of_codata():
    per_mole = constants.N_A / 1000
    assert pytest.approx(constants.R / 1000, rel=1e-9) == units.BOLTZMANN
    assert constants.calorie == units.KILOCALORIE
    assert pytest.approx(constants.e * per_mole, rel=1e-9) == units.ELECTRONVOLT
    assert pytest.approx(constants.bar * 1e-27 * per_mole, rel=1e-9) == units.BAR
    assert pytest.approx(constants.atm * 1e-27 * per_mole, rel=1e-9) == units.ATMOSPHERE
    coulomb = constants.e**2 / (4 * constants.pi * constants.epsilon_0) * 1e9 * per_mole
    assert pytest.approx(coulomb, rel=1e-8) == units.COULOMB_CONSTANT


def test_density_and_diffusion():
    # The atomic mass constant is 1 g/mol to 1e-9, so 1 g/cm3 is N_A / 1e21 u/nm3.
    atomic_mass = constants.physical_constants["atomic mass constant"][0]
    expected = 1000 / atomic_mass * 1e-27
    assert pytest.approx(expected, rel=1e-8) == units.GRAM_PER_CUBIC_CENTIMETRE
    square_metre = 1e18  # nm^2
    assert pytest.approx(1e-4 * square_metre / 1e12) == units.SQUARE_CENTIMETRE_PER_SECOND


def test_inside_units_are_consistent():
    # 1 u nm^2/ps^2 in joules per mole is one kJ/mol.
    joule = constants.physical_constants["atomic mass constant"][0] * (1e-9 / 1e-12) ** 2
    assert joule * constants.N_A == pytest.approx(1000, rel=1e-8)


def test_thermal_energy():
    assert units.thermal_energy(300) == pytest.approx(constants.R * 0.3, rel=1e-9)


def test_file_units_derive_velocity_and_force():
    assert units.LAMMPS_REAL.velocity == pytest.approx(100.0)
    assert units.LAMMPS_REAL.force == pytest.approx(41.84)
    assert units.LAMMPS_METAL.velocity == pytest.approx(0.1)
    assert units.DEEPMD.force == pytest.approx(964.8533, rel=1e-6)
    assert (units.GROMACS.velocity, units.GROMACS.force) == (1.0, 1.0)
