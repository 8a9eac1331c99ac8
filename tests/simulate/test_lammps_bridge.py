"""LAMMPS in a process of its own that asks molscape for forces."""

import pytest

from molscape.core.frames import Frames
from molscape.simulate import Lammps
from molscape.simulate.lammps_bridge import LammpsChild, evaluate_bridged, setup
from support.opaque import BOX, CHAIN, FLUID, ZIGZAG, Distances, fluid

pytest.importorskip("lammps")


def test_a_class_of_the_running_script_is_refused_by_lammps(network, monkeypatch):
    monkeypatch.setattr(Distances, "__module__", "__main__")
    with pytest.raises(ValueError, match="Distances is defined in the script that runs"):
        Lammps().evaluate(network, CHAIN, ZIGZAG)


def test_a_process_that_ends_is_told_with_what_it_last_said(network, tmp_path):
    with LammpsChild(tmp_path, network, CHAIN, 300.0, "double") as child:
        (tmp_path / "bridge.json").write_text("{}")
        with pytest.raises(RuntimeError, match="forces for LAMMPS failed: KeyError: 'topology'"):
            child.ask({"do": "evaluate"}, {})
        child.process.kill()
        with pytest.raises(RuntimeError, match=r"process ended with status -9 .*run again in the"):
            child.ask({"do": "evaluate"}, {})


def test_frames_in_boxes_that_differ_are_refused(gaussians):
    frames = Frames.concatenate([fluid(), fluid().replace(box=1.1 * BOX[None])])
    with pytest.raises(ValueError, match="give those of one box at a time"):
        evaluate_bridged(gaussians, FLUID, frames, "double")


def test_nothing_that_lies_in_the_folder_is_executed(network, tmp_path):
    (tmp_path / "json.py").write_text("open('executed', 'w').close()\n")
    positions = {"positions": ZIGZAG.positions, "box": None}
    with LammpsChild(tmp_path, network, CHAIN, 300.0, "double") as child:
        child.write_data(ZIGZAG.positions[0], None)
        told, found = child.ask({"do": "evaluate", "lines": setup(False)}, positions)
    assert told["ok"]
    assert len(found["energies"]) == 1
    assert not (tmp_path / "executed").exists()
