import numpy as np
import pytest

from molscape.analysis import free_energy
from molscape.analysis.blocks import Blocks

KT = 2.5


def blocks_of(values, edges, blocks=20):
    step = edges[1] - edges[0]
    counts = np.stack([np.histogram(v, edges)[0] for v in np.array_split(values, blocks)]).astype(
        float
    )
    total = counts.sum(axis=1, keepdims=True) * step
    return Blocks(
        x=(edges[1:] + edges[:-1]) / 2,
        numerator=counts,
        denominator=np.broadcast_to(total, counts.shape).copy(),
        replica=np.zeros(blocks, dtype=np.int64),
        part=np.arange(blocks),
        x_label="x",
        x_unit="nm",
        y_label="p(x)",
        y_unit="1/nm",
        samples=counts,
    )


def within_errors(curve, expected, reach):
    """Agree up to a constant: mean square of the deviation in errors is one."""
    good = (expected < reach * KT) & (curve.samples > 50)
    deviation = (curve.y - expected)[good]
    weight = 1 / curve.error[good] ** 2
    deviation = deviation - np.sum(weight * deviation) / weight.sum()
    assert 0.4 < np.mean((deviation / curve.error[good]) ** 2) < 2.2
    assert good.sum() > 15


def test_harmonic_well():
    stiffness = 800.0
    x = np.random.default_rng(0).normal(0.5, np.sqrt(KT / stiffness), 200_000)
    curve = free_energy(blocks_of(x, np.linspace(0, 1, 101)), KT)
    within_errors(curve, stiffness / 2 * (curve.x - 0.5) ** 2, 5)
    assert curve.y[np.argmax(curve.samples)] == 0
    assert curve.y_label == "F(x)"
    assert np.isnan(curve.y[0])
    assert np.isnan(curve.error[0])


def test_harmonic_well_in_space_needs_the_shell():
    stiffness = 60.0
    points = np.random.default_rng(1).normal(0, np.sqrt(KT / stiffness), (200_000, 3))
    r = np.linalg.norm(points, axis=1)
    curve = free_energy(blocks_of(r, np.linspace(0, 1.2, 61)), KT, jacobian="length")
    # The density over the bins themselves, r^2 exp(-k r^2 / 2kT), against their volume.
    edges = np.linspace(0, 1.2, 61)
    fine = edges[:-1, None] + 0.02 * (np.arange(50) + 0.5) / 50
    weight = (fine**2 * np.exp(-stiffness / 2 * fine**2 / KT)).sum(axis=1)
    within_errors(curve, -KT * np.log(weight / (fine**2).sum(axis=1)), 5)


def test_free_rotation_is_flat():
    theta = np.arccos(np.random.default_rng(2).uniform(-1, 1, 100_000))
    curve = free_energy(blocks_of(theta, np.linspace(0, np.pi, 31)), KT, jacobian="angle")
    within_errors(curve, np.zeros(30), 1)


def test_what_is_refused():
    blocks = blocks_of(np.array([0.5, 0.6]), np.linspace(0, 1, 11), blocks=2)
    with pytest.raises(ValueError, match="kT 0 kJ/mol must be positive"):
        free_energy(blocks, 0.0)
    with pytest.raises(ValueError, match="the distribution is empty"):
        free_energy(blocks_of(np.array([5.0]), np.linspace(0, 1, 11), blocks=1), KT)
