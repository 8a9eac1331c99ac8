"""A study that knows its states without having read a file."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import by_preset
from molscape.studies.blocks.atoms import Atoms
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.parts.state_points import StatePoint

TOPOLOGY = Topology.build(["W"] * 8, masses=np.full(8, 18.0), elements=["O"] * 8)


def boxed(edges) -> Trajectory:
    """Return eight beads on a grid in cubes of these edges (nm), one a frame."""
    edges = np.asarray(edges, dtype=float)
    grid = np.array(list(itertools.product((0.25, 0.75), repeat=3)))
    frames = Frames(
        positions=grid[None] * edges[:, None, None],
        box=np.eye(3)[None] * edges[:, None, None],
        whole=True,
    )
    return Trajectory.from_frames(TOPOLOGY, frames)


def state_point(beads: Trajectory, name: str = "", temperature: float = 300.0, **more):
    """Return a state whose atoms are its beads."""
    atoms = Atoms(beads, State(temperature), (Path("conf.gro"),), {})
    mapping = by_preset(beads.topology, "atoms")
    told = {"measured": True, "fit": True, **more}
    return StatePoint(name, State(temperature), beads, atoms, mapping, **told)


@pytest.fixture
def made_study(tmp_path, display):
    """Return make(points, **simulate): a study of these states."""

    def make(points, **simulate) -> CoarseGrainingStudy:
        recipe = Recipe.model_validate(
            {
                "molscape": 1,
                "title": "Grid",
                "reference": {"topology": "conf.gro", "temperature": 300},
                "mapping": {"preset": "com"},
                "models": {"pair": {"potential": [{"kind": "pair_spline", "start": 0.2,
                                                   "cutoff": 0.8, "spacing": 0.1}]}},
                "simulate": simulate,
            }
        )  # fmt: skip
        study = CoarseGrainingStudy(recipe, tmp_path, tmp_path, display)
        study.points = points
        return study

    return make


@pytest.fixture(scope="session")
def boxes():
    return boxed


@pytest.fixture(scope="session")
def point():
    return state_point
