import json

import pytest

from molscape import io
from molscape.reference import making
from molscape.reference.making import MakingOptions, make_reference
from molscape.reference.rigid import with_constraints
from molscape.reference.schedule import SamplingSchedule

pytest.importorskip("openmm", reason="openmm is not installed")


def short(**given):
    return SamplingSchedule(**given, pressure_equilibration=0.2, volume_equilibration=0.1)


def test_one_call_makes_files_that_open(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "SamplingSchedule", short)
    steps = []
    folder = make_reference(
        {"spce": 240},
        tmp_path,
        MakingOptions(frames=2, interval=0.02),
        progress=lambda what, done, total: steps.append((done, total)),
    )
    about = json.loads((folder / "reference.json").read_text())
    assert about["temperature"] == 300.0
    trajectory = io.open(folder / "conf.gro", folder / "traj.trr")
    assert (len(trajectory), len(trajectory.topology)) == (2, 720)
    assert len(with_constraints(trajectory.topology, about).constraints) == 720
    assert steps[-1][0] == steps[-1][1]


def test_too_few_molecules_are_refused(tmp_path):
    with pytest.raises(ValueError, match="exceeds half the box"):
        make_reference({"spce": 100}, tmp_path)


def test_a_single_molecule_needs_no_box(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "SamplingSchedule", short)
    make_reference({"propane": 1}, tmp_path, MakingOptions(frames=3, interval=0.1))
    trajectory = io.open(tmp_path / "conf.gro", tmp_path / "traj.trr")
    assert "box" not in trajectory.fields
    assert (len(trajectory), len(trajectory.topology)) == (3, 11)


def test_the_dipeptide_comes_back_with_its_constraints(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "SamplingSchedule", short)
    make_reference(
        {"alanine-dipeptide": 1},
        tmp_path,
        MakingOptions(phase="implicit", frames=2, interval=0.1, seed=1),
    )
    about = json.loads((tmp_path / "reference.json").read_text())
    assert about["system"] == "alanine-dipeptide-implicit"
    read = io.open(tmp_path / "conf.gro", tmp_path / "traj.trr").topology
    made = with_constraints(read, about)
    assert (len(made.bonds), len(made.constraints)) == (21, 12)
    assert made.molecule_names.tolist() == ["ACE-ALA-NME"]


@pytest.mark.parametrize(
    ("molecules", "phase", "message"),
    [
        ({"propane": 2}, "vacuum", "2 molecules without a box"),
        ({"propane": 1}, "implicit", "implicit water is there for alanine-dipeptide only"),
        ({"alanine-dipeptide": 2}, "liquid", "one alanine-dipeptide alone or with tip3p"),
        ({"alanine-dipeptide": 1}, "liquid", "is no liquid: add tip3p"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, molecules, phase, message):
    with pytest.raises(ValueError, match=message):
        make_reference(molecules, tmp_path, MakingOptions(phase=phase))
