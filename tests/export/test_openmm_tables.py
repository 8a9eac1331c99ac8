"""Tables as OpenMM expressions: cubics between the points, lines or parabolas beyond."""

import jax
import numpy as np
import pytest

from molscape.core import terms
from molscape.export.openmm_system import openmm_system
from molscape.export.openmm_tables import Grid, coefficients
from support.lowered import Lowered, beads

pytest.importorskip("openmm")


def test_too_many_intervals_for_single_precision_are_refused(monkeypatch):
    monkeypatch.setattr("molscape.export.openmm_tables.LARGEST_INDEX", 100)
    r = np.linspace(0.1, 0.9, 101)
    table = terms.PairTable(("A", "A"), r, 0 * r, 0 * r)
    with pytest.raises(ValueError, match="fewer points"):
        openmm_system(Lowered((table,)), beads("AA"))


def test_coefficients_meet_values_and_slopes_at_every_point():
    x = np.linspace(0.0, 1.0, 6)
    energy, force = np.sin(4 * x), -4 * np.cos(4 * x)
    rows = coefficients(0.2, energy, force)
    assert rows.shape == (Grid.of(x).rows, 4)
    np.testing.assert_allclose(rows.sum(axis=1), np.append(energy, energy[-1] - 0.2 * force[-1]))
    np.testing.assert_allclose(rows[1:, 0], energy)
    with jax.enable_x64(True):
        np.testing.assert_allclose(rows[1:, 1], -0.2 * force)


def test_the_ends_are_tangents_or_parabolas():
    x = np.linspace(1.0, 2.0, 5)
    energy, force = x**2, -2 * x
    straight = coefficients(0.25, energy, force)
    curved = coefficients(0.25, energy, force, curved_ends=True)
    np.testing.assert_array_equal(straight[1:-1], curved[1:-1])
    np.testing.assert_array_equal(straight[[0, -1], 2:], 0.0)
    # One spacing before the first point, and one half of it behind the last.
    assert straight[0, 0] == pytest.approx(1.0 - 0.25 * 2.0)
    assert curved[0, 0] == pytest.approx(0.75**2)
    assert curved[-1] @ 0.5 ** np.arange(4) == pytest.approx(2.125**2)


def test_grids_agree_to_rounding_only():
    grid = Grid.of(np.linspace(0.2, 0.9, 701))
    assert grid.points == 701
    assert grid.rows == 702
    assert grid.agrees(Grid.of(0.2 + 0.001 * np.arange(701)))
    assert not grid.agrees(Grid.of(np.linspace(0.2, 0.9001, 701)))
    assert not grid.agrees(Grid.of(np.linspace(0.2, 0.899, 700)))
