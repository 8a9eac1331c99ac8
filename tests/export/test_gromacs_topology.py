"""The topology file for GROMACS: names it can read, molecules that are equal, bonded lines."""

import numpy as np
import pytest

from molscape.core.topology import Topology
from molscape.export.gromacs_topology import Interaction, Parameters, plain_names, topology_text

# Three chains A-B and one A-A of the same name, then a free bead.
BEADS = Topology.build(
    ["A", "B", "A", "B", "A", "A", "A", "B", "C-1"], masses=[1, 2, 1, 2, 1, 1, 1, 2, 3],
    charges=[0.2, -0.2, 0.2, -0.2, 0, 0, 0.2, -0.2, 0], molecules=[0, 0, 1, 1, 2, 2, 3, 3, 4],
    molecule_names=["chain"] * 4 + ["ion"], bonds=np.array([[0, 1], [2, 3], [4, 5], [6, 7]]),
    exclude_within=1,
)  # fmt: skip


def sections(text):
    """Lines of each section, without comments, in a list by name."""
    found = {}
    for part in text.split("[ ")[1:]:
        name, _, rest = part.partition(" ]")
        lines = [line for line in rest.splitlines() if line and not line.startswith(";")]
        found.setdefault(name, []).append(lines)
    return found


def test_names_are_made_plain_and_stay_apart():
    names = ["C-1", "C_1", "C 1", "2", "é"]
    assert list(plain_names(names).values()) == ["C_1", "C_1_2", "C_1_3", "T2", "T_"]


def test_equal_molecules_are_written_once_and_counted_in_runs():
    found = sections(topology_text(BEADS, [], Parameters(), "a title"))
    assert [lines[0] for lines in found["moleculetype"]] == ["chain 1", "chain__2 1", "ion 1"]
    assert found["molecules"] == [["chain 2", "chain__2 1", "chain 1", "ion 1"]]
    assert found["system"] == [["a title"]]
    assert [len(lines) for lines in found["atoms"]] == [2, 2, 1]


def test_a_bond_without_a_term_still_excludes():
    term = Interaction(("B", "A"), "1 0.3 700")
    found = sections(topology_text(BEADS, [term], Parameters(), "t"))
    assert found["bonds"] == [["1 2 1 0.3 700"], ["1 2 5"]]


def test_pair_parameters_and_charges_are_those_given():
    parameters = Parameters({("A", "B"): (0.5, 0.25)}, charge_scale=0.5)
    found = sections(topology_text(BEADS, [], parameters, "t"))
    assert found["defaults"] == [["1 1 no"]]
    rows = {tuple(row.split()[:2]): row.split()[3:] for row in found["nonbond_params"][0]}
    assert len(rows) == 6
    assert [float(number) for number in rows["A", "B"]] == [0.5, 0.25]
    assert [float(number) for number in rows["A", "C_1"]] == [0.0, 0.0]
    atom = found["atoms"][0][1].split()
    assert atom[:6] == ["2", "B", "1", "chain", "B", "2"]
    assert [float(number) for number in atom[6:]] == pytest.approx([-0.1, 2.0])
