from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.survey import Measured
from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import LennardJones
from molscape.report.overview import overview, sections_of
from molscape.simulate import Jax, Schedule


@pytest.fixture(scope="module")
def run():
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 0.36
    topology = Topology.build(["A"] * 125, masses=np.full(125, 40.0))
    start = Frames(positions=grid[None], box=1.8 * np.eye(3)[None], whole=True)
    potential = LennardJones(epsilon=[1.0], sigma=[0.34], pairs=(("A", "A"),), cutoff=0.8)
    schedule = Schedule(steps=2000, every=50, equilibration=500, chunks=1)
    return Jax().run(potential, topology, start, Langevin(150.0), schedule)


def test_a_run_beside_itself_is_no_distance_apart(run):
    report = overview({"reference": run, "copy": run}, ["rdf", "diffusion"], tolerances={"rdf": 0})
    number = report.record["copy.rdf.A-A.distance"]
    assert number.value == 0
    assert number.verdict == "pass"
    assert report.record["copy.diffusion.ratio"].value == pytest.approx(1)
    titles = [plot.title for section in report.sections for plot in section.figures]
    assert titles == [
        "Radial distribution A-A",
        "Mean squared displacement",
        "Temperature",
        "Pressure",
    ]


def test_a_gas_is_told_from_a_liquid(run, tmp_path):
    frames = run.trajectory.load()
    random = np.random.default_rng(1)
    gas = Trajectory.from_frames(
        run.trajectory.topology, frames.replace(positions=random.uniform(0, 1.8, (40, 125, 3)))
    )
    report = overview({"liquid": run, "gas": gas}, ["rdf"], tolerances={"rdf": 0.01})
    number = report.record["gas.rdf.A-A.distance"]
    assert number.verdict == "fail"
    assert number.value > 10 * number.floor
    assert report.save(tmp_path / "report.html").stat().st_size > 1_000_000


def test_a_run_that_broke_down_before_its_first_frame_does_not_stop_the_report(run):
    broken = replace(run, trajectory=run.trajectory[:0], observables={}, blow_up="it was hot")
    samples = {name: Measured(each.sample()) for name, each in (("whole", run), ("broken", broken))}
    reference = Measured(Sample(run.trajectory))
    (section,) = sections_of({}, ("reference", reference), samples)
    assert [plot.title for plot in section.figures] == ["Temperature", "Pressure"]
    assert {line.label for line in section.figures[0].lines} == {"whole"}


def test_unknown_observables_are_named(run):
    with pytest.raises(ValueError, match="colour"):
        overview({"a": run}, ["colour"])


def test_bonds_are_judged_by_their_means_too(run):
    topology = run.trajectory.topology.replace(
        molecules=np.zeros(125, dtype=int),
        molecule_names=np.array(["CLU"]),
        bonds=np.array([[0, 1], [1, 2]]),
    )
    frames = run.trajectory.load()[:10]
    x = frames.positions.copy()
    x[:, :3] = x[:, :1] + np.array([[0, 0, 0], [0.2, 0, 0], [0.4, 0, 0]])
    longer = x.copy()
    longer[:, :3] = x[:, :1] + np.array([[0, 0, 0], [0.203, 0, 0], [0.406, 0, 0]])
    members = {
        name: Trajectory.from_frames(topology, frames.replace(positions=positions))
        for name, positions in (("reference", x), ("longer", longer))
    }
    for tolerance, verdict in ((0.02, "pass"), (0.01, "fail")):
        report = overview(members, ["bonds"], tolerances={"bond_means": tolerance})
        number = report.record["longer.bonds.A-A.mean"]
        assert number.value / number.reference == pytest.approx(1.015, abs=0.001)
        assert number.verdict == verdict
        assert report.record["longer.bonds.A-A.distance"].verdict == "none"
