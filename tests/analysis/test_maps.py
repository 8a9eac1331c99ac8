"""Maps of two dihedrals with known statistics."""

import numpy as np
import pytest

from molscape.analysis import divergence, divergence_floor, map_of
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

KAPPA = 1.5


def peptides(frames, seed, kappa=KAPPA, centre=(0.5, -1.0), count=1):
    """Chains of five particles, straight angles bent by 1.9 rad, with von Mises dihedrals."""
    random = np.random.default_rng(seed)
    phi = random.vonmises(centre, kappa, (frames * count, 2))
    x = np.zeros((frames * count, 5, 3))
    x[:, 1, 0] = 0.15
    for k in range(2, 5):
        back = x[:, k - 2] - x[:, k - 1]
        back /= np.linalg.norm(back, axis=1, keepdims=True)
        before = x[:, k - 3] - x[:, k - 2] if k > 2 else np.tile([0.0, 1.0, 0.0], (len(x), 1))
        side = before - back * np.sum(before * back, axis=1, keepdims=True)
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        turn = phi[:, k - 3, None] if k > 2 else np.zeros((len(x), 1))
        around = np.cos(turn) * side - np.sin(turn) * np.cross(back, side)
        x[:, k] = x[:, k - 1] + 0.15 * (np.cos(1.9) * back + np.sin(1.9) * around)
    first = 5 * np.arange(count)
    bonds = np.concatenate([np.stack([first + k, first + k + 1], 1) for k in range(4)])
    topology = Topology.build(
        list("ABCDE") * count,
        masses=np.ones(5 * count),
        molecules=np.repeat(np.arange(count), 5),
        bonds=bonds,
    ).with_connected_angles()
    return Trajectory.from_frames(topology, Frames(x.reshape(frames, -1, 3)))


def exact(x, centre):
    from scipy.special import i0

    return np.exp(KAPPA * np.cos(x - centre)) / (2 * np.pi * i0(KAPPA))


@pytest.mark.parametrize("count", [1, 4])
def test_free_energy_of_two_dihedrals(count):
    found = map_of(peptides(20_000, 0, count=count), "A-B-C-D", "B-C-D-E", bins=18, blocks=20)
    values, errors = found.free_energy(2.5)
    expected = -2.5 * np.log(exact(found.x, 0.5)[:, None] * exact(found.y, -1.0)[None])
    good = found.counts.sum(axis=0) > 100
    deviation = (values - expected)[good]
    weights = 1 / errors[good] ** 2
    deviation -= np.sum(deviation * weights) / weights.sum()
    assert 0.5 < np.mean((deviation / errors[good]) ** 2) < 2.0
    assert np.nanmin(values) == 0


def test_distances_and_angles_by_particles():
    trans = np.array([[0.0, 1, 0], [0, 0, 0], [1, 0, 0], [1, -1, 0.1], [2, -1, 0]])
    topology = Topology.build(list("ABCDE"), masses=np.ones(5), molecules=np.zeros(5))
    found = map_of(
        Trajectory.from_frames(topology, Frames(np.stack([trans] * 2))),
        (0, 1),
        (0, 1, 2),
        longest=2.0,
    )
    i, j = np.argwhere(found.counts.sum(axis=0))[0]
    assert (found.x[i], found.y[j]) == pytest.approx((1.0, np.pi / 2), abs=0.06)
    assert found.units == ("nm", "rad")


def test_divergence_of_known_distributions():
    a = map_of(peptides(20_000, 0), "A-B-C-D", "B-C-D-E")
    b = map_of(peptides(20_000, 1), "A-B-C-D", "B-C-D-E")
    least, _ = divergence_floor(a)
    same, error = divergence(a, b)
    # Noise of n samples in m bins raises the divergence by about m (1/n + 1/n') / 8.
    assert same == pytest.approx(np.count_nonzero(a.probability) / 8 * 2 / 20_000, rel=0.3)
    assert least == pytest.approx(2 * same, rel=0.4)
    other = map_of(peptides(20_000, 2, centre=(0.5, 1.0)), "A-B-C-D", "B-C-D-E")
    apart, error = divergence(a, other)
    grid = np.linspace(-np.pi, np.pi, 20_001)
    p, q = exact(grid, 1.0), exact(grid, -1.0)
    middle = (p + q) / 2
    mixed = (p * np.log(p / middle) + q * np.log(q / middle)) / 2
    assert apart - same == pytest.approx(np.trapezoid(mixed, grid), abs=5 * error)
    far = map_of(peptides(1000, 3, kappa=200.0, centre=(2.5, 2.5)), "A-B-C-D", "B-C-D-E")
    near = map_of(peptides(1000, 4, kappa=200.0, centre=(-0.5, 0.5)), "A-B-C-D", "B-C-D-E")
    assert divergence(far, near)[0] == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: map_of(t, "A-B-C-D", "A-C"), "no bonds of type A-C"),
        (lambda t: map_of(t, (0, 9), (0, 1)), "give two, three or four particles below 5"),
        (lambda t: map_of(t, (0, 1), (0, 1), longest=0.1), "lies beyond 0.1 nm: raise `longest`"),
        (lambda t: divergence_floor(map_of(t, (0, 1), (0, 2), blocks=1)), "cannot be halved"),
        (
            lambda t: divergence(map_of(t, (0, 1), (0, 2)), map_of(t, (0, 1), (0, 2), bins=5)),
            "the maps have different bins",
        ),
        (lambda t: map_of(t, (0, 1), (0, 2)).free_energy(0.0), "kT 0 must be positive"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(peptides(20, 0))


def test_types_in_different_numbers_make_no_pairs():
    trajectory = peptides(5, 0, count=2)
    with pytest.raises(ValueError, match="there are 2 of A-B-C-D and 1 of"):
        map_of(trajectory, "A-B-C-D", (0, 1))


def test_energies_differ_by_what_they_were_made_with():
    """Two samples of p ~ exp(-a x) on a grid: |dF| after the shift is known."""
    from molscape.analysis.maps import JointCounts, energy_deviation

    x = np.arange(4.0)

    def made(slope):
        p = np.exp(-slope * x)[None, :, None] * np.ones((1, 4, 4))
        return JointCounts(x, x, p, np.zeros(1, int), np.zeros(1, int), ("a", "b"), ("rad", "rad"))

    value, _ = energy_deviation(made(0.2), made(0.6))
    assert value == pytest.approx(0.4 * np.mean(np.abs(x - x.mean())))
    with pytest.raises(ValueError, match="same grid"):
        energy_deviation(
            made(0.1),
            JointCounts(
                x[:2],
                x[:2],
                np.ones((1, 2, 2)),
                np.zeros(1, int),
                np.zeros(1, int),
                ("", ""),
                ("", ""),
            ),
        )
