import json

import pytest

from molscape import io
from molscape.reference import making
from molscape.reference.making import make_reference
from molscape.reference.rigid import with_constraints
from molscape.reference.schedule import SamplingSchedule

pytest.importorskip("openmm", reason="openmm is not installed")


def test_one_call_makes_files_that_open(tmp_path, monkeypatch):
    def short(**given):
        return SamplingSchedule(**given, pressure_equilibration=0.2, volume_equilibration=0.1)

    monkeypatch.setattr(making, "SamplingSchedule", short)
    steps = []
    folder = make_reference(
        {"spce": 240},
        tmp_path,
        frames=2,
        interval=0.02,
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
