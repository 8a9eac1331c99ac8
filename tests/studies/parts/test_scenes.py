"""Scenes of a mapping: one for each kind of molecule, with one colour for each type of bead."""

import numpy as np

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import Bead, by_hand
from molscape.studies.parts.scenes import mapping_scenes


def test_types_keep_their_order_in_every_molecule():
    topology = Topology.build(
        ["A", "B", "C", "B"],
        masses=np.ones(4),
        molecules=[0, 0, 1, 1],
        molecule_names=["ONE", "TWO"],
        elements=["C", "N", "O", "N"],
        bonds=np.array([[0, 1], [2, 3]]),
    )
    frames = Frames(np.arange(12.0).reshape(1, 4, 3), whole=True)
    beads = {
        "A": Bead(molecule="ONE", atoms=("A",)),
        "B1": Bead(molecule="ONE", atoms=("B",), type="B"),
        "C": Bead(molecule="TWO", atoms=("C",)),
        "B2": Bead(molecule="TWO", atoms=("B",), type="B"),
    }
    atoms = Trajectory.from_frames(topology, frames)
    one, two = mapping_scenes(atoms, by_hand(topology, beads))
    assert (one.title, two.title) == ("ONE: 2 atoms, 2 beads", "TWO: 2 atoms, 2 beads")
    assert (list(one.types), list(two.types)) == (["A", "B"], ["C", "B"])
    assert list(one.palette) == list(two.palette) == ["A", "B", "C"]
