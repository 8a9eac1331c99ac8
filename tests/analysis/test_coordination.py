import numpy as np
import pytest

from molscape.analysis import coordination_blocks, coordination_number


def test_ideal_gas_has_the_number_of_its_density(ideal_gas):
    box = 2.0 * np.eye(3)
    gas = ideal_gas(60, 120, box, types=["A"] * 80 + ["B"] * 40)
    sphere = 4 / 3 * np.pi * 0.503**3 / 8
    for pair, others in ((("A", "A"), 79), (("A", "B"), 40), (("B", "A"), 80)):
        value, error = coordination_number(gas, pair, cutoff=0.503)
        assert abs(value - others * sphere) < 5 * error
        assert 0 < error < 0.03 * value


def test_a_lattice_has_six_neighbours(particles):
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), -1).reshape(-1, 3) * 0.4
    random = np.random.default_rng(0)
    lattice = particles(grid + random.normal(0, 0.01, (10, 125, 3)), 2.0 * np.eye(3))
    value, error = coordination_number(lattice, ("W", "W"))
    assert value == pytest.approx(6.0)
    assert error == pytest.approx(0.0, abs=1e-12)
    running = coordination_blocks(lattice, ("W", "W")).curve()
    assert running.y[np.searchsorted(running.x, 0.64)] == pytest.approx(18.0, abs=0.1)
    assert np.all(np.diff(running.y) >= 0)


def test_what_is_refused(ideal_gas):
    gas = ideal_gas(4, 20, 2.0 * np.eye(3))
    with pytest.raises(ValueError, match=r"the cutoff 1\.5 nm lies outside of 0 to 1 nm"):
        coordination_number(gas, cutoff=1.5)
