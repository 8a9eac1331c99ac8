"""LAMMPS in a process of its own that asks molscape for forces."""

import pytest

from molscape.core.frames import Frames
from molscape.simulate import Lammps
from molscape.simulate.lammps_bridge import LammpsChild, evaluate_bridged
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
