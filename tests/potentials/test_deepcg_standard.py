"""What DeePCG takes from data: features, scales, and the closest and farthest pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.trajectory import Trajectory
from molscape.features import Surroundings
from molscape.potentials import DeePCG
from molscape.potentials.deepcg import standardised
from support.fluids import COUNT, EDGE, fluid

FORMS = {"smooth": {}, "sharp": {"neighbours": {"W": (10, 6)}, "switch": 0.3}}


@pytest.mark.parametrize(("form", "mixed"), [("smooth", True), ("smooth", False), ("sharp", True)])
def test_standardised_features_forces_and_energies(form, mixed):
    data = fluid(6, 2, energies=True)
    with jax.enable_x64(True):
        potential = standardised(
            DeePCG.draw(types=("W",), cutoff=0.55, key=jax.random.key(0), form=form, **FORMS[form]),
            [data],
            mixed=mixed,
        )
        frames = data.load()
        system = System.build(data.topology, 300.0)
        search = NeighbourSearch(cutoff=0.55, skin=0.0, capacity=40, cells=None, cell_capacity=0)

        @jax.jit
        def evaluate(x):
            box = jnp.eye(3) * EDGE
            where = (system, x, box, search(system, x, box))
            around = Surroundings.of(("W",), *where)
            return potential.features(around), potential.forces(*where), potential(*where)

        results = [evaluate(jnp.asarray(x)) for x in frames.positions]
        rows, forces, energies = (np.array(each) for each in zip(*results, strict=True))
    known = jax.tree.map(np.asarray, potential.standard)
    scaled = (np.concatenate(rows) - known.means[0]) @ known.whitening[0]
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-7)
    plain = np.linalg.eigvalsh(np.corrcoef(np.concatenate(rows).T))
    after = np.linalg.eigvalsh(scaled.T @ scaled / len(scaled))
    if form == "sharp" or not mixed:
        spread = scaled.std(axis=0)
        assert np.all((np.abs(spread - 1) < 1e-6) | (spread < 1e-6))
        assert np.sum(spread > 0.5) > 20
    else:
        assert np.sqrt(after[-1]) == pytest.approx(2.0, rel=1e-6)
        # What is told by a thousandth of the variance at least, after and before.
        assert np.sum(after > 1e-3 * after[-1]) > 1.5 * np.sum(plain > 1e-3 * plain[-1])
    np.testing.assert_allclose(np.mean(np.square(forces)), np.mean(frames.forces**2), rtol=1e-6)
    assert np.mean(energies) == pytest.approx(frames.energies.mean(), rel=1e-9)
    assert not any(jax.tree.leaves(potential.trainable().standard))
    assert all(jax.tree.leaves(potential.trainable().networks))


def test_closest_pairs_are_those_of_each_two_types():
    data = fluid(2, seed=2, types=("A", "B"))
    potential = DeePCG.draw(types=("A", "B"), cutoff=0.55, key=jax.random.key(0))
    closest = np.asarray(standardised(potential, [data]).standard.closest)[0]
    kinds = np.array([0, 1])[np.arange(COUNT) % 2]
    frames = data.load().positions
    for a in (0, 1):
        for b in (0, 1):
            found = []
            for x in frames:
                delta = (x[kinds == a][:, None] - x[kinds == b][None] + EDGE / 2) % EDGE - EDGE / 2
                apart = np.linalg.norm(delta, axis=-1)
                found.append(apart[apart > 1e-9].min())
            assert closest[a, b] == pytest.approx(min(found), rel=2e-4)


def test_bonds_as_long_as_the_cutoff_are_not_held():
    data = fluid(2, seed=3)
    x = data.load().positions
    apart = np.linalg.norm((x[0] - x[0, 0] + EDGE / 2) % EDGE - EDGE / 2, axis=-1)
    far = int(np.flatnonzero((apart > 0.92 * 0.55) & (apart < 0.55))[0])
    bonded = data.topology.replace(bonds=np.array([[0, far]]), molecules=np.arange(COUNT))
    potential = DeePCG.draw(types=("W",), cutoff=0.55, key=jax.random.key(0))
    known = standardised(potential, [Trajectory.from_frames(bonded, data.load())]).standard
    assert np.isinf(float(known.farthest[0, 0]))
