"""Least noise where the answer is known: a molecule of springs, and independent forces."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import by_hand, force_variance, minimise_noise

SPRINGS = [(0, 1, 500.0), (1, 2, 80.0), (2, 3, 300.0), (1, 3, 40.0), (3, 4, 200.0)]
BEADS = {
    "A": {"molecule": "MOL", "atoms": ["a0", "a1"], "weights": [0.3, 0.7]},
    "B": {"molecule": "MOL", "atoms": ["a2", "a3"], "weights": "equal"},
}
KT = 2.5


def hessian():
    matrix = 5.0 * np.eye(5)
    for i, j, stiffness in SPRINGS:
        matrix[[i, j], [i, j]] += stiffness
        matrix[[i, j], [j, i]] -= stiffness
    return matrix


def molecules(frames=400, count=6, seed=0):
    """Tethered molecules of five atoms on springs, drawn from the exact distribution.

    The draws are whitened, so that covariances are exact too. A solvent atom without beads
    stands between the molecules.
    """
    random = np.random.default_rng(seed)
    root = np.linalg.cholesky(KT * np.linalg.inv(hessian()))
    draws = random.normal(size=(5, frames * count * 3))
    white = np.linalg.inv(np.linalg.cholesky(draws @ draws.T / draws.shape[1])) @ draws
    x = (root @ white).reshape(5, frames, count, 3).transpose(1, 2, 0, 3)
    f = -np.einsum("ij,fmjk->fmik", hessian(), x)
    solvent = random.normal(size=(frames, count, 1, 3))
    x, f = (np.concatenate([v, solvent], axis=2).reshape(frames, -1, 3) for v in (x, f))
    names = [*(f"a{k}" for k in range(5)), "S"] * count
    molecule = np.repeat(np.arange(2 * count), [5, 1] * count)
    topology = Topology.build(
        names, masses=np.ones(6 * count), molecules=molecule, molecule_names=["MOL", "SOL"] * count
    )
    return Trajectory.from_frames(topology, Frames(x, forces=f))


def valid(mapping, topology):
    product = (mapping.force_weights @ mapping.position_weights.T).toarray()
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-9)
    for i, j in topology.constraints:
        np.testing.assert_allclose(
            mapping.force_weights[:, [i]].toarray(),
            mapping.force_weights[:, [j]].toarray(),
            atol=1e-12,
        )


def test_springs_lose_all_noise():
    trajectory = molecules()
    mapping = by_hand(trajectory.topology, BEADS)
    least = minimise_noise(trajectory, mapping)
    valid(least, trajectory.topology)
    # Forces are linear in the positions: W = (C H^-1 C^T)^-1 C H^-1 gives the mean force itself.
    place = mapping.position_weights[:2, :5].toarray()
    soft = np.linalg.inv(hessian())
    stiffness = np.linalg.inv(place @ soft @ place.T)
    np.testing.assert_allclose(
        least.force_weights[2:4, 6:11].toarray(), stiffness @ place @ soft, atol=1e-8
    )
    beads = least(trajectory).load()
    expected = -np.einsum("ij,fmjk->fmik", stiffness, beads.positions.reshape(400, 6, 2, 3))
    np.testing.assert_allclose(beads.forces.reshape(expected.shape), expected, atol=1e-8)
    assert least.force_weights[:, 5].nnz == 0


def test_the_mean_force_stays():
    trajectory = molecules(2000)
    mapping = by_hand(trajectory.topology, BEADS)
    tied = trajectory.topology.replace(
        constraints=np.array([[3, 4]]), constraint_lengths=np.array([0.1])
    )
    least = minimise_noise(Trajectory(tied, trajectory.source), by_hand(tied, BEADS))
    valid(least, tied)
    place = mapping.position_weights[:2, :5].toarray()
    stiffness = np.linalg.inv(place @ np.linalg.inv(hessian()) @ place.T)
    slopes, scatters = [], []
    for projection in (mapping, least):
        beads = projection(trajectory).load()
        x = beads.positions[:, :2].reshape(2000, 2, 3).transpose(1, 0, 2).reshape(2, -1)
        f = beads.forces[:, :2].reshape(2000, 2, 3).transpose(1, 0, 2).reshape(2, -1)
        slopes.append(-f @ x.T @ np.linalg.inv(x @ x.T))
        scatters.append(np.std(f + slopes[-1] @ x))
        error = scatters[-1] / np.sqrt(x.shape[1] * np.linalg.eigvalsh(x @ x.T)[0] / x.shape[1])
        np.testing.assert_allclose(slopes[-1], stiffness, atol=5 * error)
    assert scatters[1] < 0.9 * scatters[0]


def test_independent_forces_weigh_by_their_variance():
    random = np.random.default_rng(0)
    deviation = np.array([1.0, 2.0, 3.0])
    noise = random.normal(size=(20_000, 3, 3)) * deviation[:, None]
    topology = Topology.build(
        list("abc"), masses=np.ones(3), molecules=np.zeros(3), molecule_names=["X"]
    )
    trajectory = Trajectory.from_frames(topology, Frames(np.zeros_like(noise), forces=noise))
    mapping = by_hand(topology, {"A": {"molecule": "X", "atoms": ["a", "b"]}})
    least = minimise_noise(trajectory, mapping)
    # Minimise w_a^2 + 4 w_b^2 with (w_a + w_b)/2 = 1: the noisier gets a quarter of the other.
    np.testing.assert_allclose(least.force_weights.toarray()[0], [1.6, 0.4, 0.0], atol=0.02)
    before, after = (force_variance(trajectory, m)["A"] for m in (mapping, least))
    assert before[0] == pytest.approx(5.0, abs=5 * before[1])
    assert after[0] == pytest.approx(3.2, abs=5 * after[1])
    assert 0.005 < after[1] < 0.05
    note = least.notes[-1]
    assert note.startswith("least noise: force variance of bead A of X")
    assert float(note.split()[-2]) == pytest.approx(-36.0, abs=2)


def test_rigid_molecules_have_nothing_to_gain():
    trajectory = molecules()
    pairs = [(6 * m, 6 * m + k) for m in range(6) for k in range(1, 5)]
    rigid = trajectory.topology.replace(
        constraints=np.array(pairs), constraint_lengths=np.ones(len(pairs))
    )
    mapping = by_hand(rigid, {"A": {"molecule": "MOL"}})
    least = minimise_noise(Trajectory(rigid, trajectory.source), mapping)
    np.testing.assert_allclose(
        least.force_weights.toarray(), mapping.force_weights.toarray(), atol=1e-12
    )
    assert "rigid bonds leave no weight of MOL free" in least.notes[-1]


def test_what_is_refused():
    trajectory = molecules(3, 1)
    mapping = by_hand(trajectory.topology, BEADS)
    with pytest.raises(ValueError, match="3 molecules MOL times frames for 3 free weights"):
        minimise_noise(trajectory, mapping)
    bare = trajectory.map(
        lambda frames: frames.replace(forces=None), fields=frozenset({"positions"})
    )
    for function in (minimise_noise, force_variance):
        with pytest.raises(ValueError, match="no forces to project"):
            function(bare, mapping)
    with pytest.raises(ValueError, match="have no error of the variance"):
        force_variance(trajectory[:1], mapping)
    spanning = by_hand(trajectory.topology, {"S": {"molecule": "SOL"}})
    wide = spanning.position_weights.tolil()
    wide[0, 0] = 0.5
    spanning = type(spanning)(wide.tocsr(), spanning.force_weights, spanning.topology)
    with pytest.raises(ValueError, match=r"bead S .* spans 2 molecules"):
        minimise_noise(trajectory, spanning)
