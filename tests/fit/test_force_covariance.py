"""Forces mixed within molecules vary alike, and a fit to them is not drowned by bonds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.fit import LinearOptions, linear
from molscape.fit.force_covariance import mixed, whitening
from molscape.objectives import ForceMatching
from molscape.potentials import PairSpline

EDGE, FRAMES = 2.0, 40


def made(chains, frames=FRAMES, bond_noise=0.0, seed=0):
    """Molecules with forces -20 (r - 0.5) of all pairs A-A closer than 0.5 nm, and bond noise."""
    random = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains])
    topology = Topology.build(
        list("".join(chains)), masses=np.ones(len(owner)), molecules=owner,
        bonds=np.array([[k, k + 1] for k in range(len(owner) - 1) if owner[k] == owner[k + 1]])
        .reshape(-1, 2).astype(int),
    )  # fmt: skip
    x = random.uniform(0, EDGE, (frames, len(owner), 3))
    follows = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    for k in follows:
        step = random.normal(size=(frames, 3))
        x[:, k] = x[:, k - 1] + 0.25 * step / np.linalg.norm(step, axis=1, keepdims=True)
    d = x[:, None] - x[:, :, None]
    d -= EDGE * np.round(d / EDGE)
    r = np.linalg.norm(d, axis=-1)
    near = (r > 0) & (r < 0.5) & (owner[:, None] != owner)
    size = np.where(near, 20 * (r - 0.5) / np.where(r > 0, r, 1), 0.0)
    forces = np.sum(size[..., None] * d, axis=2)
    for k in follows:
        pull = bond_noise * random.normal(size=(frames, 3))
        forces[:, k] += pull
        forces[:, k - 1] -= pull
    box = np.broadcast_to(np.eye(3) * EDGE, (frames, 3, 3)).copy()
    return Trajectory.from_frames(topology, Frames(x, box=box, forces=forces))


def test_after_mixing_all_combinations_vary_alike():
    data = made(["AA"] * 30 + ["B"] * 10, bond_noise=50.0)
    forces = data.load().forces
    (matrices,) = whitening([data])
    with jax.enable_x64(True):
        new = np.asarray(mixed(matrices, jnp.asarray(forces)))
    size = np.mean(forces**2)
    pairs = new[:, :60].reshape(-1, 2, 3)
    covariance = np.einsum("mak,mbk->ab", pairs, pairs) / (3 * len(pairs))
    np.testing.assert_allclose(covariance, size * np.eye(2), atol=1e-9 * size)
    before = forces[:, :60].reshape(-1, 2, 3)
    covariance = np.einsum("mak,mbk->ab", before, before) / (3 * len(before))
    assert covariance[0, 1] < -0.5 * covariance[0, 0]
    # Molecules of the same kind share a matrix whatever trajectory they are in.
    more = made(["B", "AA"], bond_noise=50.0, seed=3)
    first, second = whitening([data, more])
    for kind in (0, 1):
        np.testing.assert_array_equal(first[kind][1], second[1 - kind][1])
    np.testing.assert_array_equal(second[1][0], [[1, 2]])


def test_forces_of_single_beads_of_one_kind_stay():
    data = made(["A"] * 40)
    (matrices,) = whitening([data])
    assert matrices[0][1] == pytest.approx(1.0)


def test_forces_that_always_cancel_count_as_small_not_as_infinitely_exact():
    data = made(["AA"], bond_noise=50.0)
    (matrices,) = whitening([data])
    values = np.linalg.eigvalsh(matrices[0][1])
    assert values[1] / values[0] == pytest.approx(1e-3**-0.5, rel=1e-6)


def test_no_forces_are_an_error():
    data = made(["A"] * 2, frames=3)
    frames = data.load()
    silent = frames.replace(forces=np.zeros_like(frames.forces))
    with pytest.raises(ValueError, match="all forces are zero"):
        whitening([Trajectory.from_frames(data.topology, silent)])


def spline():
    return PairSpline(pairs=(("A", "A"),), start=0.1, cutoff=0.5, spacing=0.05)


def deviation(fit):
    """Root mean square error of the pair force from 0.2 to 0.5 nm."""
    r = np.linspace(0.2, 0.5, 61)
    return np.sqrt(np.mean((fit.potential.tabulate(r, ("A", "A"))[1] - 20 * (0.5 - r)) ** 2))


def test_without_noise_both_weights_are_exact():
    data = [(made(["AA"] * 30), State(300.0))]
    for weights in ("equal", "molecules"):
        fit = linear(spline(), ForceMatching(), data, LinearOptions(ridge=0.0, weights=weights))
        assert deviation(fit) < 1e-6
        assert fit.force_loss.fit < 1e-9


def test_noise_along_bonds_does_not_drown_the_neighbours():
    """Five seeds: errors are a fifth of those of plain squares, and losses are told plainly."""
    errors, losses = {}, {}
    for weights in ("equal", "molecules"):
        found = [
            linear(
                spline(), ForceMatching(), [(made(["AA"] * 30, bond_noise=100.0, seed=seed),
                State(300.0))], LinearOptions(ridge=0.0, weights=weights),
            )
            for seed in range(5)
        ]  # fmt: skip
        errors[weights] = np.sqrt(np.mean([deviation(fit) ** 2 for fit in found]))
        losses[weights] = found[0].force_loss
    print(errors)
    assert errors["molecules"] < 0.4 * errors["equal"]
    assert losses["molecules"].zero == losses["equal"].zero
    assert losses["molecules"].fit >= losses["equal"].fit
    assert losses["molecules"].validation < losses["equal"].validation


def test_other_weights_are_named():
    with pytest.raises(ValueError, match="weights 'mass': use 'equal' or 'molecules'"):
        linear(
            spline(),
            ForceMatching(),
            [(made(["A"] * 30), State(300.0))],
            LinearOptions(weights="mass"),
        )
