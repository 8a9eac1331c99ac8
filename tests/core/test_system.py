import jax
import jax.numpy as jnp
import numpy as np

from molscape.core.system import System, type_key
from molscape.core.topology import Topology

TOPOLOGY = Topology.build(
    ["b1", "a1", "a2", "b2"],
    types=["B", "A", "A", "B"],
    masses=[1, 2, 3, 4],
    charges=[0, 1, -1, 0],
    molecules=[0, 0, 0, 0],
    bonds=np.array([[0, 1], [1, 2], [2, 3]]),
    angles=np.array([[0, 1, 2], [1, 2, 3]]),
    dihedrals=np.array([[0, 1, 2, 3]]),
    exclude_within=2,
)


def test_build():
    system = System.build(TOPOLOGY, 300)
    assert system.types == ("A", "B")
    assert system.species.tolist() == [1, 0, 0, 1]
    assert system.masses.tolist() == [1, 2, 3, 4]
    assert system.charges.tolist() == [0, 1, -1, 0]
    assert {k: v.tolist() for k, v in system.bonds.items()} == {
        "A-A": [[1, 2]],
        "A-B": [[0, 1], [2, 3]],
    }
    assert {k: v.tolist() for k, v in system.angles.items()} == {"A-A-B": [[0, 1, 2], [1, 2, 3]]}
    assert list(system.dihedrals) == ["B-A-A-B"]
    assert bool(system.mask.all())
    assert system.n_particles == 4


def test_exclusions_are_padded_with_the_particle_itself():
    system = System.build(TOPOLOGY, 300)
    rows = [sorted(set(row) - {i}) for i, row in enumerate(system.exclusions.tolist())]
    assert rows == [[1, 2], [0, 2, 3], [0, 1, 3], [1, 2]]
    assert System.build(TOPOLOGY.replace(exclude_within=0), 300).exclusions.shape == (4, 0)


def test_precision_is_that_enabled():
    assert System.build(TOPOLOGY, 300).masses.dtype == jnp.float32
    with jax.enable_x64(True):
        assert System.build(TOPOLOGY, 300).masses.dtype == jnp.float64


def test_type_key_reads_from_the_end_that_sorts_first():
    assert type_key(("B", "A")) == type_key(("A", "B")) == "A-B"
    assert type_key(("C", "B", "A")) == "A-B-C"
    assert type_key(("A", "C", "A", "B")) == "A-C-A-B"
