"""The leading eigenvector: an eigensolver's on small graphs, closed forms on long chains."""

import numpy as np
import pytest

from molscape.mapping.perron import leading_pair


def chain(n):
    return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)


def grown(n, rings, random):
    """A random tree with a few more edges, diagonal between 0 and 1."""
    edges = {(int(random.integers(k)), k) for k in range(1, n)}
    while len(edges) < n - 1 + rings:
        a, b = sorted(random.choice(n, 2, replace=False).tolist())
        edges.add((a, b))
    return random.uniform(size=n), np.array(sorted(edges), dtype=np.int64).reshape(-1, 2)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_an_eigensolver(seed):
    random = np.random.default_rng(seed)
    diagonal, edges = grown(int(random.integers(2, 40)), int(seed > 10), random)
    matrix = np.diag(diagonal)
    matrix[edges[:, 0], edges[:, 1]] = matrix[edges[:, 1], edges[:, 0]] = 1
    values, vectors = np.linalg.eigh(matrix)
    vector = np.abs(vectors[:, -1])
    value, logarithm = leading_pair(diagonal, edges)
    assert value == pytest.approx(values[-1], abs=1e-13)
    np.testing.assert_allclose(np.exp(logarithm), vector / vector.max(), rtol=0, atol=1e-12)


def test_one_node():
    assert leading_pair(np.array([0.7]), chain(1))[0] == pytest.approx(0.7)
    assert leading_pair(np.zeros(1), chain(1)) == (0.0, np.zeros(1))


@pytest.mark.parametrize("n", [2, 9, 10, 10_000])
def test_chain_of_equal_nodes(n):
    """Entries are sin(pi k / (n + 1)), the eigenvalue 2 cos(pi / (n + 1))."""
    value, logarithm = leading_pair(np.zeros(n), chain(n))
    closed = np.log(np.sin(np.pi * np.arange(1, n + 1) / (n + 1)))
    assert value == pytest.approx(2 * np.cos(np.pi / (n + 1)), abs=1e-14)
    # The two largest eigenvalues differ by 3e-7 at 10,000: roundings grow to 1e-9.
    np.testing.assert_allclose(logarithm, closed - closed.max(), atol=3e-9 if n > 10 else 1e-13)
    mirrored = np.abs(np.diff(logarithm) - np.diff(logarithm[::-1]))
    assert mirrored.max() < 1e-11


def test_tails_far_below_the_smallest_number():
    """A site that is higher by e binds in a chain: entries fall as exp(-k), 2 sinh(k) = e."""
    n, site, excess = 4_000, 1_500, 1.3
    diagonal = np.full(n, 0.2)
    diagonal[site] += excess
    value, logarithm = leading_pair(diagonal, chain(n))
    decay = np.arcsinh(excess / 2)
    assert value == pytest.approx(0.2 + np.sqrt(4 + excess**2), abs=1e-13)
    assert logarithm.min() < -1_000
    inside = np.arange(60, n - 60)
    closed = -decay * np.abs(inside - site)
    np.testing.assert_allclose(logarithm[inside], closed, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(np.abs(np.diff(logarithm))[inside], decay, rtol=1e-11)


def test_two_equal_centres_far_apart_are_both_positive():
    diagonal = np.full(2_000, 0.2)
    diagonal[[500, 1_499]] = 1.0
    value, logarithm = leading_pair(diagonal, chain(2_000))
    assert value == pytest.approx(0.2 + np.sqrt(4 + 0.64), abs=1e-12)
    assert abs(logarithm[500] - logarithm[1_499]) < 1
    slopes = np.diff(logarithm)
    np.testing.assert_allclose(
        slopes[[400, 600, 1_400, 1_600]], np.arcsinh(0.4) * np.array([1, -1, 1, -1]), rtol=1e-9
    )


def test_a_graph_in_pieces_is_refused():
    with pytest.raises(ArithmeticError, match="connected"):
        leading_pair(np.array([0.0, 0.0, 0.5, 0.5]), np.array([[0, 1], [2, 3]]))
