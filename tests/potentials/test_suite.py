"""What every potential must do, in single and double precision."""

import equinox as eqx
import numpy as np
import pytest

from molscape import potentials


def close(case, a, b):
    """Agreement relative to the largest entry."""
    scale = max(np.max(np.abs(a)), np.max(np.abs(b)), 1.0)
    np.testing.assert_allclose(a, b, atol=case.tolerance * scale, rtol=0)


def rotation(seed):
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return q * np.sign(np.linalg.det(q))


def test_every_kind_is_here(instances):
    covered = {build().kind for build in instances.values()}
    assert covered == set(potentials.classes())


def test_forces_are_those_of_autodiff(case, positions):
    energy, forces, automatic = case(positions)
    assert np.isfinite(energy)
    assert np.max(np.abs(forces)) > 1
    close(case, forces, automatic)
    size = np.max(np.abs(forces))
    if "translation" in case.potential.symmetries:
        np.testing.assert_allclose(forces.sum(axis=0), 0, atol=case.tolerance * size)


def test_forces_are_finite_differences(case, positions):
    if not case.double:
        pytest.skip("finite differences need double precision")
    _, forces, _ = case(positions)
    h = 1e-6
    for seed in range(3):
        direction = np.random.default_rng(seed).normal(size=positions.shape)
        up, down = case(positions + h * direction)[0], case(positions - h * direction)[0]
        # No pair crosses the cutoff within h, so that jumps there do no harm.
        assert (up - down) / (2 * h) == pytest.approx(-np.sum(forces * direction), rel=1e-6)


def test_translation(case, positions):
    if "translation" not in case.potential.symmetries:
        pytest.skip("not declared")
    shifted = case(positions + np.array([0.13, -0.4, 0.2]))
    close(case, case(positions)[0], shifted[0])
    close(case, case(positions)[1], shifted[1])


def test_rotation_without_box(case, positions):
    if "rotation" not in case.potential.symmetries:
        pytest.skip("not declared")
    turn = rotation(1)
    energy, forces, _ = case(positions, box=None)
    turned_energy, turned_forces, _ = case(positions @ turn, box=None)
    close(case, energy, turned_energy)
    close(case, forces @ turn, turned_forces)


def test_permutation(case, positions):
    if "permutation" not in case.potential.symmetries:
        pytest.skip("not declared")
    order = np.random.default_rng(2).permutation(case.n)
    energy, forces, _ = case(positions)
    shuffled_energy, shuffled_forces, _ = case(positions[order], order=order)
    close(case, energy, shuffled_energy)
    close(case, forces[order], shuffled_forces)


def test_periodic_images(case, positions):
    if "periodic" not in case.potential.symmetries:
        pytest.skip("not declared")
    images = np.random.default_rng(3).integers(-2, 3, (case.n, 3)) @ case.box
    energy, forces, _ = case(positions)
    moved_energy, moved_forces, _ = case(positions + images)
    # Shifts of nm cost digits of positions in single precision.
    slack = 1 if case.double else 30
    scale = np.max(np.abs(forces)) * slack
    assert moved_energy == pytest.approx(energy, abs=case.tolerance * max(abs(energy), 1) * slack)
    np.testing.assert_allclose(moved_forces, forces, atol=case.tolerance * scale)


def test_smoothness_at_the_cutoff(case):
    if not case.double or case.potential.reach == 0:
        pytest.skip("needs a cutoff and double precision")
    mask = np.isin(np.arange(case.n), [0, 1, 2])
    cutoff = case.potential.reach

    def energy(distance):
        """A centre, one leg that stays and one that reaches for the cutoff."""
        x = 50.0 + np.arange(3 * case.n).reshape(case.n, 3)
        x[case.bonded] = 50 + 0.3 * np.arange(np.sum(case.bonded))[:, None]
        x[:3] = [[0, 0, 0], [0.27, 0, 0], [-distance * 0.8, distance * 0.6, 0]]
        return case(x, box=None, mask=mask)[0]

    beyond = energy(cutoff + 1e-9)
    first, second = (abs(energy(cutoff - step) - beyond) for step in (4e-4, 2e-4))
    # An energy with s continuous derivatives falls at least as the step to the power s + 1.
    assert second <= 1.2 * first / 2.0 ** (case.potential.smoothness + 1) + 1e-12


def test_one_trace_per_shape(case, positions):
    for k in range(3):
        case(positions * (1 + 0.01 * k), box=case.box * (1 + 0.01 * k))
    assert case.traces.count("box") == 1
    assert case.traces.count("open") <= 1


def test_round_trip(case, positions):
    back = case.rebuilt()
    assert eqx.tree_equal(back, case.potential)
    assert back.reach == case.potential.reach
    assert case(positions, potential=back)[0] == case(positions)[0]


def test_padding_takes_no_part(case, positions):
    if "permutation" not in case.potential.symmetries:
        pytest.skip("padding by single beads; its own tests pad whole molecules")
    mask = case.bonded | (np.arange(case.n) % 3 > 0)
    assert 0 < np.sum(~mask) < case.n // 2
    # Padding lies on top of real beads; without it, the others are alone in the world.
    padded = positions.copy()
    padded[~mask] = positions[mask][: np.sum(~mask)]
    energy, forces, _ = case(padded, box=None, mask=mask)
    alone = positions.copy()
    alone[~mask] = 20.0 + 10.0 * np.arange(np.sum(~mask))[:, None]
    expected_energy, expected_forces, _ = case(alone, box=None)
    assert np.all(forces[~mask] == 0)
    close(case, energy, expected_energy)
    close(case, forces[mask], expected_forces[mask])


def test_terms_are_lowered(case):
    terms = case.potential.lower()
    assert len(terms) >= len(case.potential.terms())
    assert max((term.cutoff for term in terms if hasattr(term, "cutoff")), default=0) <= (
        case.potential.reach * (1 + 1e-6)
    )
