"""Bad input gets what, where and the remedy, and loses nothing."""

import errno
import os

import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io import write_gro, write_trr
from molscape.mapping import by_preset
from molscape.studies.coarse_graining.check import check_study
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts.mapped import map_reference
from support.studies import write_recipe


def run(folder, display, *changes):
    recipe, base = load_recipe(str(folder / "study.yaml"), list(changes))
    return run_study(recipe, base, folder / "run", display)


def fails(folder, display, words, *changes, error=ValueError):
    with pytest.raises(error) as caught:
        run(folder, display, *changes)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_no_forces(fluid, fluid_frames, display):
    write_trr(fluid / "traj.trr", fluid_frames[1].replace(forces=None))
    fails(fluid, display, ["forces", "nstfout"])


def test_not_a_number(fluid, fluid_frames, display):
    frames = fluid_frames[1]
    forces = frames.forces.copy()
    forces[7, 3, 1] = np.nan
    write_trr(fluid / "traj.trr", frames.replace(forces=forces))
    fails(fluid, display, ["traj.trr", "7", "3"])


def test_no_box(fluid, fluid_frames, display):
    topology, frames = fluid_frames
    write_gro(fluid / "conf.gro", topology, frames[0].replace(box=None))
    write_trr(fluid / "traj.trr", frames.replace(box=None))
    fails(fluid, display, ["without a box"])


def test_cutoff_beyond_half_the_box(fluid, display):
    change = "models.pair.potential.0.cutoff=1.25"
    fails(fluid, display, ["cutoff 1.25 nm exceeds half the box", "smaller `cutoff`"], change)


def test_atom_counts_differ(fluid, fluid_frames, display):
    write_trr(fluid / "traj.trr", fluid_frames[1].particles(np.arange(200)))
    fails(fluid, display, ["216", "200", "conf.gro", "traj.trr"])


def test_empty_selection(fluid, display):
    beads = "mapping={beads: {W: {molecule: AR, atoms: [OW]}}}"
    fails(fluid, display, ["bead W", "'OW'", "AR"], beads)
    fails(fluid, display, ["no molecule 'SOL'", "AR"], "mapping={beads: {W: {molecule: SOL}}}")
    fails(fluid, display, ["reference.frames"], 'reference.frames="500:"')


def test_too_few_frames_for_the_spline(fluid, display):
    changes = ['reference.frames=":1"', "models.pair.potential.0.spacing=0.0025"]
    fails(fluid, display, ["too few samples", "spacing", "1 frames"], *changes)


def test_forces_of_the_wrong_unit_are_warned_about(fluid, fluid_frames, display):
    frames = fluid_frames[1]
    write_trr(fluid / "traj.trr", frames.replace(forces=frames.forces / 41.84))
    record = run(fluid, display, "simulate.steps=100", "simulate.equilibration=0")
    assert any("force" in note and "warning" in note for note in record.notes)


def test_a_truncated_last_frame_is_left_out_and_said(fluid, display):
    size = (fluid / "traj.trr").stat().st_size
    os.truncate(fluid / "traj.trr", size - 100)
    record = run(fluid, display, "simulate.steps=100", "simulate.equilibration=0")
    assert record["reference.frames"].value == 59
    assert any("truncated" in note for note in record.notes)


def test_a_full_disk_says_so_and_the_run_goes_on_later(fluid, display, monkeypatch):
    changes = ["simulate.steps=400", "simulate.equilibration=0"]
    import molscape.core.store as store

    real, calls = os.replace, []

    def full(source, target):
        calls.append(target)
        if str(target).endswith("chunk-0001.npz"):
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(store.os, "replace", full)
    with pytest.raises(OSError, match="No space left") as caught:
        run(fluid, display, *changes)
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.setattr(store.os, "replace", real)
    record = run(fluid, display, *changes)
    assert record["pair.run.completed"].value == 1


def test_an_unstable_model_is_reported_not_hidden(fluid, display):
    write_recipe(fluid, simulate={"steps": 400, "every": 20, "equilibration": 0, "timestep": 0.5})
    record = run(fluid, display)
    assert record["pair.run.completed"].verdict == "fail"
    assert "time step" in record["pair.run.completed"].note
    assert (fluid / "run" / "report.html").exists()


def test_a_run_at_another_temperature_is_not_judged_by_the_reference(fluid, display):
    file = write_recipe(fluid, simulate={"temperature": 200.0, "steps": 1000, "every": 100})
    recipe, base = load_recipe(str(file))
    with pytest.raises(ValueError, match=r"130 K: .*states: \{other: \{temperature: 200\}\}"):
        run_study(recipe, base, fluid / "run", display)
    with pytest.raises(ValueError, match="cannot be judged"):
        list(check_study(recipe, base))


def test_beads_on_one_another_are_refused(tmp_path):
    topology = Topology.build(["A", "B"], masses=[1.0, 1.0], molecule_names=["A", "B"])
    atoms = Trajectory.from_frames(topology, Frames(positions=np.zeros((2, 2, 3)), whole=True))
    mapping = by_preset(topology, "com")
    with pytest.raises(ValueError, match=r"A \(0\) and B \(1\) lie on one another"):
        map_reference(atoms, mapping, tmp_path, "this", lambda *_: None)
