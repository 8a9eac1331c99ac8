"""Recomputed forces are those of GROMACS, and the slopes of the energy."""

import json
from pathlib import Path

import numpy as np
import pytest

import molscape
from molscape.core.store import Store
from molscape.core.topology import Topology
from molscape.io.gro import read_gro
from molscape.io.trr import write_trr
from molscape.reference import rerun
from molscape.reference.engine import Hardware
from molscape.reference.force_field_files import Nonbonded, completed, load_force_field
from molscape.reference.rerunning import ForceContext
from support.water_files import CHARMM, HEAD, SPCE, TAIL, water, write_psf

pytest.importorskip("openmm", reason="openmm is not installed")
pytest.importorskip("MDAnalysis", reason="MDAnalysis is not installed")

DATA = Path(__file__).parents[1] / "io" / "data"
CUT = Nonbonded("reaction-field", cutoff=0.4)
SHORT = Nonbonded(cutoff=0.6, ewald_tolerance=1e-6)


def run(folder, trajectory, force_field, **more):
    more = {"nonbonded": CUT, "hardware": "Reference", **more}
    return rerun(folder / trajectory, folder / force_field, folder / "out", **more)


@pytest.mark.parametrize("ending", ["top", "prmtop"])
def test_forces_are_those_of_gromacs(tmp_path, ending):
    liquid = DATA / "methanol_water.trr"
    field = liquid.with_suffix(f".{ending}")
    made = rerun(liquid, field, tmp_path / "out", nonbonded=SHORT, hardware="Reference")
    gromacs = molscape.open(liquid.with_suffix(".tpr"), liquid).load()
    found = made.load()
    error = np.sqrt(np.mean((found.forces - gromacs.forces) ** 2))
    assert error < 1e-4 * np.sqrt(np.mean(gromacs.forces**2))
    np.testing.assert_allclose(found.times, gromacs.times, rtol=1e-6)
    assert len(made.topology.constraints) == 4 * 4 + 30 * 3
    assert made.topology.names[:6].tolist() == ["C1", "O1", "H1", "H2", "H3", "HO"]
    assert set(made.topology.molecule_names.tolist()) == {"MET", "SOL", "NA", "CL"}


def test_rounded_positions_give_the_forces_of_the_rigid_groups(tmp_path):
    liquid = DATA / "methanol_water.xtc"
    field = liquid.with_suffix(".top")
    made = rerun(liquid, field, tmp_path / "out", nonbonded=SHORT, hardware="Reference")
    gromacs = molscape.open(field.with_suffix(".tpr"), field.with_suffix(".trr")).load()
    # Every fourth frame of the XTC file is one of the TRR file.
    sums = [
        frames.forces[:, 24:-2].reshape(6, 30, 3, 3).sum(axis=2)
        for frames in (made[::4].load(), gromacs)
    ]
    error = np.sqrt(np.mean((sums[0] - sums[1]) ** 2))
    # Rounding to 0.001 nm costs about 6 % of a molecule's force, and no more.
    about = json.loads((tmp_path / "out" / "reference.json").read_text())
    assert "positions are rounded to 0.001 nm" in about["warnings"][-1]
    assert error < 0.08 * np.sqrt(np.mean(sums[1] ** 2))


def test_what_is_written_is_opened_again(folder):
    made = run(folder, "three.trr", "spce.top")
    out = folder / "out"
    about = json.loads((out / "reference.json").read_text())
    assert about["frames"] == 2
    assert about["constraints"] == "none"
    assert about["nonbonded"]["cutoff"] == 0.4
    assert "unconstrained" in about["forces"]
    assert len(about["inputs"]) == 2
    energies = np.load(out / "energies.npy")
    assert about["mean_potential_energy"] == pytest.approx(energies.mean())
    opened = molscape.open(out / "conf.gro", out / "traj.trr")
    np.testing.assert_allclose(opened.load().forces, made.load().forces, rtol=1e-5, atol=0.01)
    plain = json.loads((out / "topology.json").read_text())
    assert Topology.from_dict(plain).charges.tolist() == made.topology.charges.tolist()
    assert made[0].whole
    assert "(GROMACS): reaction-field, cutoff 0.4 nm" in made.notes[0]
    assert "constraints: none" in made.notes
    with pytest.raises(ValueError, match="holds a reference already"):
        run(folder, "three.trr", "spce.top")


@pytest.mark.parametrize("name", ["spce.top", "four.top"])
def test_forces_are_the_slopes_of_the_energy(folder, name):
    field = load_force_field(folder / name)
    frames = water()[0]
    treatment = CUT.settled("GROMACS", frames.box[0])
    system = field.build(treatment, frames.box[0])
    topology = completed(field.topology, system)
    evaluate = ForceContext.make(system, topology, Hardware("Reference"))
    forces = evaluate(frames).forces[0]
    step = 1e-5
    for atom, axis in ((0, 0), (4, 1), (11, 2)):
        energies = []
        for sign in (1, -1):
            moved = frames.positions.copy()
            moved[0, atom, axis] += sign * step
            energies.append(evaluate(frames.replace(positions=moved)).energies[0])
        slope = -(energies[0] - energies[1]) / (2 * step)
        assert forces[atom, axis] == pytest.approx(slope, rel=1e-5, abs=0.05)
    np.testing.assert_allclose(forces.sum(axis=0), 0, atol=0.05)


def test_virtual_sites_may_be_in_the_file_and_are_left_out(folder):
    three = run(folder, "three.trr", "four.top")
    assert len(three.topology) == 24
    assert three.topology.charges.sum() == pytest.approx(0, abs=1e-12)
    four = rerun(
        folder / "four.trr",
        folder / "four.top",
        folder / "again",
        nonbonded=CUT,
        hardware="Reference",
    )
    np.testing.assert_allclose(four.load().forces, three.load().forces, rtol=1e-4, atol=0.05)


def test_charmm_files_give_the_forces_of_the_same_water(folder):
    write_psf(folder / "water.psf")
    (folder / "water.prm").write_text(CHARMM)
    same = run(folder, "three.trr", "spce.top").load()
    made = rerun(
        folder / "three.trr",
        load_force_field(folder / "water.psf", parameters=[folder / "water.prm"]),
        folder / "charmm",
        nonbonded=CUT,
        hardware="Reference",
    )
    np.testing.assert_allclose(made.load().forces, same.forces, rtol=1e-4, atol=0.3)


def test_settles_are_bonds_and_constraints(folder):
    rigid = SPCE[: SPCE.index("[ bonds ]")] + "[ settles ]\n1 1 0.1 0.1633\n"
    rigid += "[ exclusions ]\n1 2 3\n2 1 3\n3 1 2\n"
    (folder / "rigid.top").write_text(HEAD + rigid + TAIL)
    made = run(folder, "three.trr", "rigid.top")
    assert len(made.topology.bonds) == 16
    assert len(made.topology.constraints) == 24
    assert made.topology.molecule_names.tolist() == ["SOL"] * 8
    flexible = rerun(
        folder / "three.trr", folder / "spce.top", folder / "b", nonbonded=CUT, hardware="Reference"
    )
    sums = [each.load().forces.reshape(2, 8, 3, 3).sum(axis=2) for each in (made, flexible)]
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-4, atol=0.05)


def test_several_trajectories_follow_each_other(folder):
    write_trr(folder / "more.trr", water(n_frames=3, seed=5))
    calls = []
    made = rerun(
        [folder / "three.trr", folder / "more.trr"],
        folder / "spce.top",
        folder / "out",
        nonbonded=CUT,
        hardware="Reference",
        progress=lambda *of: calls.append(of),
    )
    assert len(made) == 5
    assert calls[-1] == ("forces of the frames", 5, 5)


def test_wrong_input_is_refused_with_the_remedy(folder):
    with pytest.raises(ValueError, match=r"the topology has 24 atoms, .*four.trr has 32"):
        run(folder, "four.trr", "spce.top")
    with pytest.raises(ValueError, match=r"cutoff 0.9 nm exceeds half the box"):
        run(folder, "three.trr", "spce.top", nonbonded=Nonbonded(cutoff=0.9))
    with pytest.raises(ValueError, match="has a box, and method 'none'"):
        run(folder, "three.trr", "spce.top", nonbonded=Nonbonded(method="none"))
    with pytest.raises(FileNotFoundError, match="there is no file"):
        run(folder, "three.trr", "none.top")
    with pytest.raises(ValueError, match=r"is no force field: give a GROMACS .top"):
        run(folder, "three.trr", "three.trr")
    (folder / "bad.top").write_text(HEAD + SPCE.replace("1 2 1 0.1", "1 2 7 0.1") + TAIL)
    with pytest.raises(ValueError, match="cannot be read by OpenMM: Unsupported function type"):
        run(folder, "three.trr", "bad.top")
    assert not (folder / "out" / "reference.json").exists()


def test_a_folder_that_others_work_in_is_refused(folder):
    refused = pytest.raises(RuntimeError, match="is in use by process")
    with Store(folder / "out").locked(), refused:
        run(folder, "three.trr", "spce.top")
    begun = Store(folder / "out")
    begun.claim("run", {"seed": 0})
    with pytest.raises(ValueError, match=r"holds another reference \(seed, made_by differ\)"):
        run(folder, "three.trr", "spce.top")
    assert not list((folder / "out").glob("*.trr"))


def test_atoms_in_another_order_are_noticed(folder):
    frames = water()
    order = np.arange(24).reshape(8, 3)[:, [1, 0, 2]].ravel()
    write_trr(folder / "swapped.trr", frames.particles(order))
    made = run(folder, "swapped.trr", "spce.top")
    assert any("number the atoms as the trajectory does" in note for note in made.notes)
    on_top = frames.positions.copy()
    on_top[1, 3:6] = on_top[1, :3]
    write_trr(folder / "broken.trr", frames.replace(positions=on_top))
    with pytest.raises(ValueError, match=r"frame at 1 ps are not finite .* lie on each other"):
        rerun(folder / "broken.trr", folder / "spce.top", folder / "b", nonbonded=CUT)
    assert not list((folder / "b").glob("*.trr*"))


def test_a_platform_that_does_not_work_is_said_so(folder, monkeypatch):
    import openmm

    with pytest.raises(ValueError, match="no platform 'CUDA-X' here"):
        run(folder, "three.trr", "spce.top", hardware="CUDA-X")

    def fail(self, system, integrator):
        raise openmm.OpenMMException("No compatible CUDA device is available")

    monkeypatch.setattr(Hardware, "context", fail)
    with pytest.raises(ValueError, match=r"does not work here .*No compatible.*is there a GPU"):
        run(folder, "three.trr", "spce.top", hardware="Reference")


def test_the_start_is_readable_as_any_conf_gro(folder):
    run(folder, "three.trr", "spce.top")
    assert read_gro(folder / "out" / "conf.gro").topology.n_molecules == 8
