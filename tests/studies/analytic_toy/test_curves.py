import numpy as np
import pytest

from molscape.potentials import HarmonicCoordinate
from molscape.studies.analytic_toy.curves import along, curve_of

SPRING = HarmonicCoordinate(stiffness=10.0)


def test_energy_and_force_of_a_spring_at_every_point_whatever_the_chunk():
    positions = np.zeros((7, 3))
    positions[:, 0] = np.arange(-3.0, 4.0)
    for chunk in (100, 3):
        energies, forces = along(SPRING, positions, chunk)
        assert np.diff(energies) == pytest.approx(np.diff(5 * positions[:, 0] ** 2))
        assert forces[:, 0] == pytest.approx(-10 * positions[:, 0])
        assert np.all(forces[:, 1:] == 0)


def test_curves_are_in_units_of_kT():
    x = np.array([-0.5, 0.0, 2.0])
    energy, force = curve_of(SPRING, x, 2.5)
    assert energy - energy[1] == pytest.approx([0.5, 0.0, 8.0])
    assert force == pytest.approx([2.0, 0.0, -8.0])
