from pathlib import Path

import pytest

from molscape.core.state import State
from molscape.mapping import by_preset
from molscape.studies.blocks.atoms import Atoms
from molscape.studies.parts.state_points import MAIN, StatePoint
from support.beads import TOPOLOGY, placed


@pytest.mark.parametrize(
    ("name", "label", "words"), [(MAIN, "", "312.5 K"), ("hot", "hot.", "hot (312.5 K)")]
)
def test_a_state_is_called_by_its_name_and_temperature(name, label, words):
    beads = placed(TOPOLOGY)
    state = State(312.5)
    atoms = Atoms(beads, state, (Path("conf.gro"),), {})
    mapping = by_preset(TOPOLOGY, "atoms")
    point = StatePoint(name, state, beads, atoms, mapping, measured=True, fit=True)
    assert (point.label, point.words) == (label, words)
