import numpy as np
import pytest
from vesin import NeighborList

from molscape.analysis.sweep import sweep_distances

NONE = np.zeros((0, 2), dtype=np.int64)


@pytest.mark.parametrize("lengths", [[2.0, 2.0, 2.0], [1.9, 2.6, 2.2], [5.0, 1.8, 1.9]])
@pytest.mark.parametrize("count", [5, 64, 200])
def test_same_distances_as_a_cell_list(lengths, count):
    lengths = np.array(lengths)
    positions = np.random.default_rng(count).normal(size=(count, 3)) * 4
    found = np.sort(sweep_distances(positions, None, NONE, lengths, 0.9))
    (expected,) = NeighborList(cutoff=0.9, full_list=False).compute(
        positions, np.diag(lengths), True, "d"
    )
    assert len(found) == len(expected)
    assert np.allclose(found, np.sort(expected), rtol=0, atol=1e-6)


@pytest.mark.parametrize("sizes", [(1, 1), (70, 3), (40, 150)])
def test_two_groups_at_the_largest_cutoff(sizes):
    lengths = np.array([1.8, 1.8, 2.4])
    random = np.random.default_rng(0)
    first, second = (random.random((size, 3)) * lengths for size in sizes)
    difference = second[None] - first[:, None]
    difference -= lengths * np.round(difference / lengths)
    expected = np.linalg.norm(difference, axis=-1)
    expected = np.sort(expected[expected < 0.9])
    found = np.sort(sweep_distances(first, second, NONE, lengths, 0.9))
    assert np.allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("mixed", [False, True])
def test_excluded_pairs_are_left_out(mixed):
    lengths = np.array([2.0, 2.2, 2.1])
    random = np.random.default_rng(1)
    first = random.random((150, 3)) * lengths
    second = random.random((150, 3)) * lengths if mixed else first
    excluded = np.stack([np.arange(0, 140), np.arange(0, 140) + 7], axis=1)
    difference = second[None] - first[:, None]
    difference -= lengths * np.round(difference / lengths)
    expected = np.linalg.norm(difference, axis=-1)
    expected[tuple(excluded.T)] = 9
    if not mixed:
        expected = expected[np.triu_indices(150, 1)]
    expected = np.sort(expected[expected < 1.0])
    found = np.sort(sweep_distances(first, second if mixed else None, excluded, lengths, 1.0))
    assert np.allclose(found, expected, rtol=0, atol=1e-6)
