"""Linear reconstruction from second moments: against least squares on the frames themselves."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.moments import (
    SecondMoments,
    bead_force,
    best_decoder,
    encoder_of,
    reconstruction_error,
)

BEADS = np.array([0, 0, 1, 2, 2, 1])


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    topology = Topology.build(
        list("ABCDEF") * 2,
        masses=np.ones(12),
        molecules=np.repeat([0, 1], 6),
        molecule_names=["M", "M"],
        constraints=np.array([[0, 1], [6, 7]]),
        constraint_lengths=np.ones(2),
    )
    mixing = random.normal(size=(6, 6))
    x = np.einsum("ij,fmjc->fmic", mixing, random.normal(size=(40, 2, 6, 3)))
    x = (x + random.normal(scale=10.0, size=(40, 2, 1, 3))).reshape(40, 12, 3)
    frames = Frames(positions=x, forces=random.normal(size=x.shape))
    return Trajectory.from_frames(topology, frames)


def test_the_decoder_is_that_of_least_squares(data):
    moments = SecondMoments.of(data, "M")
    decoder, deviations = best_decoder(moments, encoder_of(BEADS))
    x = data.load().positions.reshape(80, 6, 3)
    z = np.einsum("bi,fic->fbc", encoder_of(BEADS), x)
    np.testing.assert_allclose(decoder.sum(axis=1), 1.0, atol=1e-12)
    left = x - np.einsum("ib,fbc->fic", decoder, z)
    np.testing.assert_allclose(deviations, np.sqrt(np.mean(np.sum(left**2, -1), 0)), rtol=1e-8)
    # Nothing is left that the beads, seen from the centre, could explain.
    seen = z - x.mean(axis=1, keepdims=True)
    assert np.abs(np.einsum("fic,fbc->ib", left, seen)).max() < 1e-8
    assert reconstruction_error(moments, BEADS) == pytest.approx(np.sqrt(np.mean(deviations**2)))


def test_as_many_beads_as_atoms_leave_nothing(data):
    moments = SecondMoments.of(data, "M")
    assert reconstruction_error(moments, np.arange(6)) < 1e-6
    one = reconstruction_error(moments, np.zeros(6, dtype=int))
    assert one == pytest.approx(np.sqrt(3 * moments.spread))


def test_the_force_of_beads_is_that_of_their_atoms_together(data):
    moments = SecondMoments.of(data, "M")
    forces = data.load().forces.reshape(80, 6, 3)
    summed = np.stack([forces[:, b == BEADS].sum(axis=1) for b in range(3)], axis=1)
    assert bead_force(moments, BEADS) == pytest.approx(np.mean(summed**2))


def test_rigid_bonds_make_groups(data):
    assert SecondMoments.of(data, "M").groups.tolist() == [0, 0, 1, 2, 3, 4]


def test_what_is_refused(data):
    with pytest.raises(ValueError, match="no molecule 'X'"):
        SecondMoments.of(data, "X")
    names = data.topology.names.copy()
    names[8] = "Z"
    with pytest.raises(ValueError, match="differ in their atoms"):
        SecondMoments.of(Trajectory(data.topology.replace(names=names), data.source), "M")
    without = Trajectory.from_frames(data.topology, data.load().replace(forces=None))
    with pytest.raises(ValueError, match="no forces"):
        bead_force(SecondMoments.of(without, "M"), BEADS)
