"""Tables against the function they were made from."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.potentials import TabulatedPair
from molscape.potentials.tabulated_pair import TabulatedPairBlock


def energy_of(r):
    return 5 * (1 - (r / 0.8) ** 2) ** 3


def force_of(r):
    return 30 * r / 0.64 * (1 - (r / 0.8) ** 2) ** 2


def make(points=41, **changes):
    r = np.linspace(0.2, 0.8, points)
    scale = np.array([[1.0], [-2.0]])
    options = {"energy": scale * energy_of(r), "force": scale * force_of(r)}
    return TabulatedPair(
        start=0.2, cutoff=0.8, pairs=(("A", "A"), ("A", "B")), **{**options, **changes}
    )


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def test_values_and_slopes_at_the_grid_and_fourth_order_between():
    grid = jnp.asarray(np.linspace(0.2, 0.8, 41))
    table = make()
    np.testing.assert_allclose(table.pair_energy(grid, 1), -2 * energy_of(grid), atol=1e-12)
    np.testing.assert_allclose(-table.pair_slope(grid, 0), force_of(grid), atol=1e-10)
    r = jnp.asarray(np.linspace(0.2, 0.7999, 500))
    errors = [
        np.max(np.abs(np.asarray(make(points).pair_energy(r, 0)) - energy_of(np.asarray(r))))
        for points in (21, 41)
    ]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)


def test_a_tangent_goes_on_below_the_start():
    r = jnp.asarray([0.01, 0.1, 0.19])
    expected = energy_of(0.2) - force_of(0.2) * (np.asarray(r) - 0.2)
    np.testing.assert_allclose(make().pair_energy(r, 0), expected, rtol=1e-12)
    np.testing.assert_allclose(make().pair_slope(r, 0), -force_of(0.2), rtol=1e-12)


def test_lower_gives_back_the_table():
    first, second = make().lower()
    assert (first.types, second.types) == (("A", "A"), ("A", "B"))
    np.testing.assert_allclose(second.force, -2 * force_of(second.distance), atol=1e-12)


def test_errors():
    with pytest.raises(ValueError, match="same two or more points"):
        make(force=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="ends with energy or force 1 at the cutoff: shift it"):
        make(energy=np.ones((2, 41)))
    with pytest.raises(ValueError, match="2 type pairs but 1 rows"):
        make(energy=np.zeros(41), force=np.zeros(41))


def test_unknown_types_and_bad_tables_are_named(build, tmp_path):
    pair = {"kind": "lennard_jones", "epsilon": 1, "sigma": 1, "cutoff": 1, "pairs": [["W", "A"]]}
    with pytest.raises(ValueError, match="no bead type W"):
        build(pair)
    np.savetxt(tmp_path / "bad.txt", [[0.1, 1, 1], [0.2, 1, 1], [0.5, 0, 0]])
    with pytest.raises(ValueError, match="uniform grid"):
        build({"kind": "tabulated_pair", "file": "bad.txt"})


def test_the_path_of_a_table_can_be_moved():
    block = TabulatedPairBlock(kind="tabulated_pair", file="a.txt")
    moved = block.moved(lambda path: f"up/{path}")
    assert (block.files(), moved.files()) == (("a.txt",), ("up/a.txt",))
