import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import LennardJones
from molscape.simulate.evaluation import evaluate

BOX = np.array([[1.56, 0, 0], [0.3, 1.56, 0], [-0.2, 0.25, 1.56]])
ARGON = Topology.build(["A"] * 64, masses=np.full(64, 39.95))
MODEL = LennardJones(epsilon=0.996, sigma=0.34, pairs=(("A", "A"),), cutoff=0.7, smooth="force")


def jittered():
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid / 4 @ BOX + np.random.default_rng(2).normal(0, 0.02, (64, 3))


def test_pressures_can_be_left_out():
    one = Trajectory.from_frames(ARGON, Frames(jittered()[None], box=BOX[None]))
    whole, part = evaluate(MODEL, one), evaluate(MODEL, one, pressures=False)
    np.testing.assert_array_equal(part.energies, whole.energies)
    np.testing.assert_array_equal(part.forces, whole.forces)
    assert np.isfinite(whole.pressures).all()
    assert np.isnan(part.pressures).all()


def test_evaluate_is_plain_lennard_jones():
    x = jittered()
    frames = Frames(np.stack([x, x * 1.01]), box=np.stack([BOX, BOX * 1.01]))
    found = evaluate(MODEL, Trajectory.from_frames(ARGON, frames), chunk=1)
    energies, forces = found.energies, found.forces
    shifts = np.stack(np.meshgrid(*[(-1, 0, 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    for k in range(2):
        images = frames.positions[k][:, None] + shifts @ frames.box[k]
        d = images[None] - frames.positions[k][:, None, None]
        r = np.linalg.norm(d, axis=-1)
        r[r < 1e-9] = np.inf
        bare = 4 * 0.996 * ((0.34 / r) ** 12 - (0.34 / r) ** 6)
        slope = 4 * 0.996 * (-12 * 0.34**12 / r**13 + 6 * 0.34**6 / r**7)
        end = 4 * 0.996 * ((0.34 / 0.7) ** 12 - (0.34 / 0.7) ** 6)
        end_slope = 4 * 0.996 * (-12 * 0.34**12 / 0.7**13 + 6 * 0.34**6 / 0.7**7)
        shifted = np.where(r < 0.7, bare - end - (r - 0.7) * end_slope, 0.0)
        assert energies[k] == pytest.approx(0.5 * np.sum(shifted), rel=1e-6)
        pull = np.where(r < 0.7, (slope - end_slope) / r, 0.0)
        expected = np.einsum("ijs,ijsa->ia", pull, np.where(np.isfinite(r)[..., None], d, 0))
        np.testing.assert_allclose(forces[k], expected, atol=1e-6 * np.max(np.abs(expected)))


def test_without_a_box_there_is_no_pressure():
    dimer = Topology.build(["A", "A"], masses=np.ones(2))
    frames = Frames(np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 0.4]]]))
    found = evaluate(MODEL, Trajectory.from_frames(dimer, frames))
    energies, forces, pressures = found.energies, found.forces, found.pressures
    energy, force = MODEL.tabulate(np.array([0.4]), ("A", "A"))
    assert energies[0] == pytest.approx(energy[0])
    assert forces[0, 1, 2] == pytest.approx(force[0])
    assert np.isnan(pressures[0])
