"""Shares of what beads know, against what can be worked out by hand."""

import numpy as np
import pytest

from molscape.mapping.content import content
from molscape.mapping.moments import SecondMoments, encoder_of, reconstruction_error


def moments_of(positions):
    """Second moments of a single molecule in frames x atoms x 3."""
    x = positions - positions.mean(axis=1, keepdims=True)
    second = np.einsum("fic,fjc->ij", x, x) / (3 * len(x))
    atoms = positions.shape[1]
    return SecondMoments(second, None, np.arange(atoms), np.arange(atoms)[None])


@pytest.fixture
def positions():
    random = np.random.default_rng(3)
    return np.cumsum(random.normal(size=(400, 7, 3)), axis=1)


def test_one_bead_keeps_nothing_and_all_atoms_keep_everything(positions):
    moments = moments_of(positions)
    one = content(moments, np.full((1, 7), 1 / 7))
    assert one.kept == pytest.approx(0.0, abs=1e-12)
    assert one.modes == pytest.approx(0.0, abs=1e-12)
    assert one.error == pytest.approx(np.sqrt(3 * moments.spread))
    every = content(moments, np.eye(7))
    assert (every.kept, every.modes) == (pytest.approx(1.0), pytest.approx(1.0))
    assert every.error < 1e-6


@pytest.mark.parametrize("beads", [[0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 2, 1, 0, 0]])
def test_centres_of_geometry_agree_with_the_decoder_of_the_search(positions, beads):
    moments, beads = moments_of(positions), np.array(beads)
    found = content(moments, encoder_of(beads))
    assert found.error == pytest.approx(reconstruction_error(moments, beads), rel=1e-9)
    assert found.kept == pytest.approx(1 - found.error**2 / (3 * moments.spread))
    assert np.sqrt(np.mean(found.by_atom**2)) == pytest.approx(found.error)


def test_any_weights_agree_with_least_squares_on_the_frames(positions):
    """A decoder whose rows sum to one, found frame by frame by `lstsq`."""
    random = np.random.default_rng(5)
    encoder = random.random((3, 7))
    encoder /= encoder.sum(axis=1, keepdims=True)
    z = np.einsum("bi,fic->fbc", encoder, positions)
    inputs = (z[:, 1:] - z[:, :1]).transpose(0, 2, 1).reshape(-1, 2)
    targets = (positions - z[:, :1]).transpose(0, 2, 1).reshape(-1, 7)
    solved = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    left = targets - inputs @ solved
    found = content(moments_of(positions), encoder)
    assert found.error == pytest.approx(np.sqrt(3 * np.mean(left**2)), rel=1e-9)
    x = positions - positions.mean(axis=1, keepdims=True)
    flat = x.transpose(0, 2, 1).reshape(-1, 7)
    _, values, modes = np.linalg.svd(flat, full_matrices=False)
    lost = np.sum((left @ modes[:2].T) ** 2) / np.sum(values[:2] ** 2)
    assert found.modes == pytest.approx(1 - lost, rel=1e-8)


def test_no_beads_keep_more_of_the_widest_modes_than_these_modes(positions):
    """Signed weights along the widest mode: two beads a distance apart that measures it."""
    moments = moments_of(positions)
    widest = np.linalg.eigh(moments.positions)[1][:, -1]
    best = content(moments, np.stack([np.full(7, 1 / 7), np.full(7, 1 / 7) + widest]))
    assert best.modes == pytest.approx(1.0)
    halves = content(moments, encoder_of(np.array([0, 0, 0, 1, 1, 1, 1])))
    assert 0.8 < halves.modes < 1.0
    assert halves.kept < best.kept


def test_two_rigid_halves_are_kept_by_two_beads():
    """Two triples on lines through their centres that never turn: two centres tell all of it."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(200, 2, 3))
    triple = np.array([-1.0, 0.0, 1.0])[:, None] * np.array([0.1, 0.0, 0.0])
    moments = moments_of((centres[:, :, None] + 0 * triple).reshape(200, 6, 3))
    found = content(moments, encoder_of(np.repeat([0, 1], 3)))
    assert found.kept == pytest.approx(1.0)
    # A bead at one atom of each half knows as much here.
    assert content(moments, np.eye(6)[[0, 5]]).error < 1e-7


def test_weights_that_do_not_sum_to_one_are_refused(positions):
    with pytest.raises(ValueError, match="each must be one"):
        content(moments_of(positions), np.full((1, 7), 0.5))
