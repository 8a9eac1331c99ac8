import numpy as np

from molscape.core.topology import Topology
from molscape.io.bonds import describe_molecules, guess_bonds, join_molecules


def test_water_with_hydrogen_bonds_ions_and_a_periodic_image():
    elements = ["O", "H", "H", "O", "H", "H", "Na"]
    positions = np.array(
        [
            [0.01, 0.5, 0.5],
            [1.95, 0.57, 0.5],  # across the boundary
            [0.105, 0.5, 0.5],
            [0.235, 0.5, 0.5],  # 0.13 nm from a hydrogen of the other molecule
            [0.29, 0.58, 0.5],
            [0.29, 0.42, 0.5],
            [0.01, 0.28, 0.5],  # 0.22 nm from an oxygen: coordinated, not bonded
        ]
    )
    topology = Topology.build(elements, masses=[1.0] * 7, elements=elements)
    expected = [[0, 1], [0, 2], [3, 4], [3, 5]]
    assert guess_bonds(topology, positions, 2.0 * np.eye(3)).tolist() == expected
    assert guess_bonds(topology, positions, None).tolist() == expected[1:]


def test_ethanol_from_its_geometry():
    elements = list("CCOHHHHHH")
    positions = 0.1 * np.array(
        [
            [1.1879, -0.3829, 0.0], [0.0, 0.5526, 0.0], [-1.1867, -0.2472, 0.0],
            [-1.9237, 0.3850, 0.0], [2.0985, 0.2306, 0.0], [1.1184, -1.0093, 0.8869],
            [1.1184, -1.0093, -0.8869], [-0.0227, 1.1812, 0.8852], [-0.0227, 1.1812, -0.8852],
        ]
    )  # fmt: skip
    topology = Topology.build(elements, masses=[1.0] * 9, elements=elements)
    bonds = guess_bonds(topology, positions, None)
    assert bonds.tolist() == [[0, 1], [0, 4], [0, 5], [0, 6], [1, 2], [1, 7], [1, 8], [2, 3]]
    molecules = join_molecules(np.arange(9), bonds)
    assert molecules.tolist() == [0] * 9
    whole = topology.replace(molecules=molecules, molecule_names=np.array(["?"]))
    assert describe_molecules(whole).tolist() == ["C2H6O"]


def test_molecules_are_counted_from_their_first_particles():
    groups = np.array([5, 5, 2, 2, 9])
    assert join_molecules(groups, np.zeros((0, 2), dtype=np.int64)).tolist() == [0, 0, 1, 1, 2]
    assert join_molecules(groups, np.array([[0, 4]])).tolist() == [0, 0, 1, 1, 0]


def test_beads_are_described_by_types():
    topology = Topology.build(["A", "B", "A"], masses=[1.0] * 3, molecules=[0, 0, 1])
    assert describe_molecules(topology).tolist() == ["A+B", "A"]
