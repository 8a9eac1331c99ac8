import numpy as np
import pytest

from molscape.analysis.pair_counting import PairCounter

TRICLINIC = np.array([[2.0, 0, 0], [0.9, 1.8, 0], [-0.9, 0.8, 1.9]])
NONE = np.zeros((0, 2), dtype=np.int64)


def brute_force(positions, box, first, second, excluded, spacing, bins):
    """Distances over all 27 images, one pair at a time."""
    shifts = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3) @ box
    inside = positions - np.floor(positions @ np.linalg.inv(box)) @ box
    left_out = {tuple(pair) for pair in excluded.tolist()}
    found = []
    for i in first:
        for j in second:
            if i == j or (first is second and i > j) or (min(i, j), max(i, j)) in left_out:
                continue
            found.append(np.linalg.norm(inside[j] - inside[i] + shifts, axis=1).min())
    return np.histogram(found, bins=bins, range=(0, bins * spacing))[0]


@pytest.mark.parametrize("box", [np.diag([1.9, 2.3, 2.0]), TRICLINIC])
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("bonded", [False, True])
def test_against_all_images(box, mixed, bonded):
    random = np.random.default_rng(11)
    positions = random.normal(size=(40, 3)) * 3
    first = np.arange(0, 40, 2)
    second = np.arange(1, 40, 2) if mixed else first
    step = 1 if mixed else 2
    pairs = np.stack([np.arange(0, 30, 2), np.arange(0, 30, 2) + step], axis=1)
    excluded = pairs if bonded else NONE
    counter = PairCounter(first, second, excluded, 0.09, 10)
    counts = counter(positions, box)
    expected = brute_force(positions, box, first, second, excluded, 0.09, 10)
    assert counts.tolist() == expected.tolist()
    everything = 400 if mixed else 190
    assert counter.n_pairs == everything - len(excluded)
