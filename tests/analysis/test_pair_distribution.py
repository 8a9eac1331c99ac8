import numpy as np
import pytest
from scipy import stats

from molscape.analysis.pair_distribution import rdf, rdf_blocks
from molscape.core.space import largest_cutoff
from molscape.io import open as open_files

CUBE = 2.0 * np.eye(3)
TRICLINIC = np.array([[2.0, 0, 0], [0.7, 1.8, 0], [-0.6, 0.5, 1.9]])


def expected_counts(pairs, frames, edges, volume):
    return frames * pairs * 4 / 3 * np.pi * np.diff(edges**3) / volume


@pytest.mark.parametrize("box", [CUBE, TRICLINIC, np.diag([2.0, 2.6, 2.2])])
@pytest.mark.parametrize("count", [60, 400])
def test_ideal_gas_counts_are_poisson_around_one(ideal_gas, box, count):
    frames = 40 if count == 60 else 6
    trajectory = ideal_gas(frames, count, box, seed=3)
    curve = rdf(trajectory, spacing=0.02)
    edges = 0.02 * np.arange(len(curve.x) + 1)
    assert len(curve.x) == int(largest_cutoff(box) / 0.02 + 1e-9)
    expected = expected_counts(count * (count - 1) / 2, frames, edges, np.prod(np.diagonal(box)))
    assert np.allclose(curve.y, curve.samples / expected)
    used = expected > 5
    chi_squared = np.sum((curve.samples - expected)[used] ** 2 / expected[used])
    assert 1e-4 < stats.chi2.sf(chi_squared, used.sum()) < 1 - 1e-4


def test_two_types_and_pairs_that_are_bonded(ideal_gas):
    types = ["A"] * 50 + ["B"] * 70
    bonds = np.stack([np.arange(50), np.arange(50) + 50], axis=1)
    trajectory = ideal_gas(60, 120, TRICLINIC, seed=5, types=types, bonds=bonds)
    for pair in (("A", "B"), ("B", "A")):
        curve = rdf(trajectory, pair, spacing=0.02)
        edges = 0.02 * np.arange(len(curve.x) + 1)
        expected = expected_counts(50 * 70 - 50, 60, edges, np.prod(np.diagonal(TRICLINIC)))
        used = expected > 5
        chi_squared = np.sum((curve.samples - expected)[used] ** 2 / expected[used])
        assert 1e-4 < stats.chi2.sf(chi_squared, used.sum()) < 1 - 1e-4
        assert np.allclose(curve.y, curve.samples / expected)
    everything = rdf(trajectory, ("A", "B"), spacing=0.02, exclude_bonded=False)
    assert everything.samples.sum() > curve.samples.sum()


def test_bonded_pairs_do_not_count(particles):
    positions = np.array([[[0.0, 0, 0], [0.12, 0, 0], [0.53, 0, 0], [3.88, 0, 0]]])
    trajectory = particles(positions, 4 * np.eye(3), bonds=np.array([[0, 1], [2, 3]]))
    curve = rdf(trajectory, maximum=1.0, spacing=0.05)
    found = np.repeat(np.round(curve.x, 3), curve.samples.astype(int))
    assert found.tolist() == [0.125, 0.225, 0.425, 0.525]
    everything = rdf(trajectory, maximum=1.0, spacing=0.05, exclude_bonded=False)
    assert everything.samples.sum() == 6


def test_lattice_shells(particles):
    """Face-centred cubic: 12, 6, 24, 12 neighbours at a sqrt(k / 2)."""
    cell, repeats = 0.4123, 4
    corners = np.stack(np.meshgrid(*[np.arange(repeats)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    basis = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    sites = ((corners + basis) * cell).reshape(1, -1, 3)
    curve = rdf(particles(sites, cell * repeats * np.eye(3)))
    per_particle = 2 * curve.samples / sites.shape[1]
    bins = (cell * np.sqrt(np.arange(1, 5) / 2) / 0.005).astype(int)
    assert per_particle[bins].tolist() == [12, 6, 24, 12]
    assert per_particle[: bins[3] + 1].sum() == 54
    assert np.isnan(curve.error).all()


def test_density_of_every_frame_counts(ideal_gas):
    boxes = np.eye(3) * np.linspace(1.6, 2.4, 40)[:, None, None]
    curve = rdf(ideal_gas(40, 150, boxes, seed=2), spacing=0.05)
    assert len(curve.x) == 16, "the default range ends at half of the smallest box"
    used = curve.samples > 200
    assert np.abs((curve.y - 1)[used] * np.sqrt(curve.samples[used])).max() < 4.5


def test_same_counts_as_mdanalysis(ideal_gas):
    pytest.importorskip("MDAnalysis")
    from MDAnalysis.lib.distances import self_capped_distance

    trajectory = ideal_gas(4, 250, TRICLINIC, seed=8)
    curve = rdf(trajectory, maximum=0.8, spacing=0.01)
    frames = trajectory.load()
    theirs = np.zeros(80)
    for k in range(4):
        a, b, c = TRICLINIC
        lengths = [np.linalg.norm(v) for v in (a, b, c)]
        angles = [
            np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))
            for u, v in ((b, c), (a, c), (a, b))
        ]
        fractional = frames.positions[k] @ np.linalg.inv(TRICLINIC)
        wrapped = (fractional - np.floor(fractional)) @ TRICLINIC
        _, distances = self_capped_distance(
            wrapped.astype(np.float32), 0.8, box=np.array(lengths + angles, dtype=np.float32)
        )
        theirs += np.histogram(distances, bins=80, range=(0, 0.8))[0]
    assert np.abs(np.cumsum(curve.samples) - np.cumsum(theirs)).max() <= 3


def test_error_bars_cover_the_truth(ideal_gas):
    """Deviation over error follows Student's t with blocks - 1 degrees of freedom."""
    scores = []
    for seed in range(40):
        curve = rdf(ideal_gas(20, 40, CUBE, seed=seed), spacing=0.1)
        scores.append((curve.y - 1)[3:] / curve.error[3:])
    assert stats.kstest(np.concatenate(scores), stats.t(df=9).cdf).pvalue > 1e-3


def test_replicas_are_divided_by_themselves(ideal_gas):
    trajectory = ideal_gas(40, 30, CUBE, replicas=np.tile(np.arange(4), 10))
    blocks = rdf_blocks(trajectory, blocks=10)
    assert len(blocks) == 12
    assert blocks.replica.tolist() == np.repeat(np.arange(4), 3).tolist()
    assert np.allclose(blocks.curve().y, rdf(trajectory, blocks=1).y)


def test_mistakes_are_named(ideal_gas, particles):
    trajectory = ideal_gas(2, 20, CUBE)
    with pytest.raises(ValueError, match="exceeds half the box"):
        rdf(trajectory, maximum=1.1)
    with pytest.raises(ValueError, match="no particle of type 'X'"):
        rdf(trajectory, ("W", "X"))
    with pytest.raises(ValueError, match="has no box"):
        rdf(particles(np.zeros((1, 2, 3))))
    with pytest.raises(ValueError, match="no frames"):
        rdf(trajectory[:0])
    with pytest.raises(ValueError, match="holds no bin"):
        rdf(trajectory, maximum=0.001)
    with pytest.raises(ValueError, match="must be positive"):
        rdf(trajectory, spacing=0.0)
    with pytest.raises(ValueError, match="is left"):
        rdf(particles(np.zeros((1, 1, 3)), CUBE))


def test_ab_initio_water(shared_data):
    """First peak 2.81 at 0.275 nm and first minimum 0.70, as published with the data."""
    folder = shared_data / "water-aimd"
    if not folder.is_dir():
        pytest.skip("the ab initio water data set is not there")
    curve = rdf(open_files(folder), ("O", "O"), spacing=0.01)
    published = curve.y * 63 / 64  # divided by N^2 there, by N (N - 1) here
    peak = np.argmax(published)
    assert curve.x[peak] == pytest.approx(0.275)
    assert published[peak] == pytest.approx(2.81, abs=0.01)
    assert published[(curve.x > 0.3) & (curve.x < 0.4)].min() == pytest.approx(0.70, abs=0.01)
