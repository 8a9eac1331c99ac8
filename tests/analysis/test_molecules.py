"""Centres and sizes of molecules against points, closed forms and MDAnalysis."""

import numpy as np
import pytest

from molscape.analysis import centre_blocks, gyration_blocks, rdf_blocks
from molscape.analysis.survey import measure, plan_survey
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

BOX = 2.0 * np.eye(3)


def dimers(count=40, frames=20, length=0.3, seed=0, box=BOX):
    """Dimers of masses 1 and 3 at random, and the trajectory of their centres of mass."""
    random = np.random.default_rng(seed)
    centres = random.random((frames, count, 3)) * 2.0
    axis = random.normal(size=centres.shape)
    axis *= length / np.linalg.norm(axis, axis=-1, keepdims=True)
    beads = np.stack([centres - 0.75 * axis, centres + 0.25 * axis], axis=2)
    boxes = None if box is None else np.repeat(box[None], frames, axis=0)
    topology = Topology.build(
        ["A", "B"] * count,
        masses=[1.0, 3.0] * count,
        molecules=np.repeat(np.arange(count), 2),
        molecule_names=["AB"] * count,
        bonds=np.arange(2 * count).reshape(-1, 2),
    )
    points = Topology.build(["P"] * count, masses=np.ones(count))
    whole = Frames(beads.reshape(frames, 2 * count, 3), boxes, whole=True)
    return (
        Trajectory.from_frames(topology, whole),
        Trajectory.from_frames(points, Frames(centres, boxes, whole=True)),
    )


def test_centres_are_points_at_the_centres_of_mass():
    molecules, points = dimers()
    found = centre_blocks(molecules, ("AB", "AB"), maximum=1.0).curve()
    expected = rdf_blocks(points, ("P", "P"), maximum=1.0).curve()
    np.testing.assert_allclose(found.y, expected.y)
    np.testing.assert_allclose(found.error, expected.error)


def test_a_dimer_is_as_large_as_its_reduced_mass_says():
    molecules, _ = dimers(box=None)
    blocks = gyration_blocks(molecules, "AB", spacing=0.002)
    value, error = blocks.mean()
    # R^2 = m1 m2 / (m1 + m2)^2 L^2 = 3/16 L^2; the value is that of the middle of a bin.
    assert value == pytest.approx(0.3 * np.sqrt(3) / 4, abs=0.001)
    assert error < 1e-12
    assert blocks.curve().y.sum() * 0.002 == pytest.approx(1.0)


def test_sizes_are_those_of_mdanalysis():
    MDAnalysis = pytest.importorskip("MDAnalysis")
    random = np.random.default_rng(5)
    x = random.normal(0, 0.4, (30, 12, 3))
    masses = random.uniform(1, 16, 12)
    topology = Topology.build(
        ["C"] * 12, masses=masses, molecules=np.zeros(12, dtype=int), molecule_names=["POL"]
    )
    blocks = gyration_blocks(Trajectory.from_frames(topology, Frames(x)), "POL", spacing=1e-4)
    universe = MDAnalysis.Universe.empty(12, trajectory=True)
    universe.add_TopologyAttr("masses", masses)
    radii = []
    for frame in x:
        universe.atoms.positions = 10 * frame
        radii.append(universe.atoms.radius_of_gyration() / 10)
    assert blocks.mean()[0] == pytest.approx(np.mean(radii), abs=1e-4)


def test_what_is_not_there_or_too_large_is_told():
    molecules, _ = dimers()
    with pytest.raises(ValueError, match=r"no molecule 'X'; the topology has \['AB'\]"):
        gyration_blocks(molecules, "X")
    with pytest.raises(ValueError, match=r"radius of gyration of 0\.13 nm, the range ends at 0\.1"):
        gyration_blocks(molecules, "AB", maximum=0.1)


def test_a_survey_measures_molecules_of_more_than_one_bead():
    molecules, points = (Sample(each) for each in dimers())
    found = measure(molecules, plan_survey(["centres", "gyration"], molecules))
    assert {name: list(own) for name, own in found.results.items()} == {
        "centres": ["AB-AB"],
        "gyration": ["AB"],
    }
    plans = plan_survey(["centres", "gyration"], points)
    assert plans["gyration"].impossible == {"": "every molecule is a single bead"}
    assert plans["centres"].labels
    alone = Sample(dimers(count=1, box=None)[0])
    plans = plan_survey(["centres", "gyration"], alone)
    assert list(plans["gyration"].labels) == ["AB"]
    assert "no box" in plans["centres"].impossible[""]


def test_a_survey_measures_bonds_between_large_beads():
    molecules = Sample(dimers(length=1.8, box=None)[0])
    found = measure(molecules, plan_survey(["bonds"], molecules))
    assert found.of("bonds")["A-B"].mean()[0] == pytest.approx(1.8, abs=0.001)
