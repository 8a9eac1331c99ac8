"""Proposed recipes: valid as they are, with what their user is to look at."""

import numpy as np
import pytest
import yaml

from molscape.app.loading import load_recipe
from molscape.app.proposed_recipe import propose_recipe
from molscape.core.topology import Topology
from molscape.io import open as open_files
from molscape.studies.coarse_graining.check import check_study


def test_a_proposed_recipe_can_be_checked_as_it_is(fluid):
    atoms = open_files(fluid / "conf.gro", fluid / "traj.trr")
    text = propose_recipe(
        atoms,
        {"topology": "conf.gro", "trajectory": "traj.trr", "temperature": 130.0},
        "A fluid: mine",
    )
    file = fluid / "mine.yaml"
    file.write_text(text)
    plain = yaml.safe_load(text)
    (spline,) = plain["models"]["forces"]["potential"]
    assert 0.26 < spline["start"] < 0.34
    assert spline["cutoff"] <= 1.0
    lines = list(check_study(*load_recipe(str(file))))
    assert any("216 beads" in line for line in lines)
    assert "memory" in lines[-1]


def test_without_forces_the_structure_is_fitted(fluid):
    atoms = open_files(fluid / "conf.gro")
    text = propose_recipe(atoms, {"topology": "conf.gro", "temperature": 130.0}, "A fluid")
    plain = yaml.safe_load(text)
    assert plain["models"]["structure"]["fit"] == {"objective": "structure"}
    assert "molscape rerun" in text


def test_names_that_yaml_would_misread_are_quoted_and_a_lone_bead_is_refused(tmp_path):
    from molscape.core.frames import Frames
    from molscape.core.trajectory import Trajectory

    topology = Topology.build(
        ["N", "O"], masses=[14.0, 16.0], molecules=[0, 0], molecule_names=["NO"],
        bonds=np.array([[0, 1]]),
    )  # fmt: skip
    positions = np.array([[[0.0, 0.0, 0.0], [0.12, 0.0, 0.0]]])
    alone = Trajectory.from_frames(topology, Frames(positions=positions, whole=True))
    with pytest.raises(ValueError, match="nothing to interact with"):
        propose_recipe(alone, {"topology": "no.gro", "temperature": 300.0}, "NO")
    many = Topology.build(
        ["N", "O"] * 8, masses=[14.0, 16.0] * 8, molecules=np.repeat(np.arange(8), 2),
        molecule_names=["NO"] * 8, bonds=np.arange(16).reshape(8, 2),
    )  # fmt: skip
    places = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float)
    positions = np.repeat(places, 2, axis=0)[None] + np.tile(positions, (1, 8, 1))
    frames = Frames(positions=positions, box=2 * np.eye(3)[None], whole=True)
    many = Trajectory.from_frames(many, frames)
    text = propose_recipe(many, {"topology": "no.gro", "temperature": 300.0}, "NO")
    plain = yaml.safe_load(text)
    assert plain["mapping"]["beads"] == {"NO": {"molecule": "NO"}}
    assert plain["title"] == "NO"


def test_guessed_bonds_between_beads_are_asked_for_where_one_sees_it():
    from molscape.core.frames import Frames
    from molscape.core.trajectory import Trajectory

    chain = np.stack([0.15 * np.arange(8), np.zeros(8), np.zeros(8)], axis=1)
    topology = Topology.build(
        [f"C{k}" for k in range(8)], masses=[14.0] * 8, molecules=[0] * 8,
        molecule_names=["CHN"], bonds=np.stack([np.arange(7), np.arange(1, 8)], axis=1),
        bonds_guessed=True,
    )  # fmt: skip
    atoms = Trajectory.from_frames(topology, Frames(positions=chain[None], whole=True))
    text = propose_recipe(atoms, {"topology": "chn.gro", "temperature": 300.0}, "Chain")
    assert yaml.safe_load(text)["reference"]["guess_bonds"] is True
    assert len(yaml.safe_load(text)["mapping"]["beads"]) == 2
