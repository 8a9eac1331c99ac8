import numpy as np

from molscape.core.topology import Topology
from molscape.mapping.force_weights import rigid_clusters, unit_force_weights


def test_weights_spread_over_rigid_bonds():
    topology = Topology.build(["A"] * 6, masses=np.ones(6)).replace(
        constraints=np.array([[0, 3], [3, 5], [1, 2]]), constraint_lengths=np.ones(3)
    )
    assert rigid_clusters(topology).tolist() == [0, 1, 1, 0, 2, 0]
    weights, tied = unit_force_weights(
        topology, np.array([5, 4]), np.array([0, 1]), np.array(["X", "Y"])
    )
    assert weights.toarray().tolist() == [[1, 0, 0, 1, 0, 1], [0, 0, 0, 0, 1, 0]]
    assert tied == 2
