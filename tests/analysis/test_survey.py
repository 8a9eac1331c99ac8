import numpy as np
import pytest

from molscape.analysis.survey import measure, plan_observables
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def walkers(step, box=True):
    """Beads of two types on jittered lattices that take small random steps."""
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 0.4
    walk = np.cumsum(random.normal(0, step, (40, len(grid), 3)), axis=0)
    topology = Topology.build(["A"] * 65 + ["B"] * 60, masses=np.ones(len(grid)))
    frames = Frames(
        positions=grid + random.normal(0, 0.03, walk.shape) + walk,
        box=np.repeat(2.0 * np.eye(3)[None], 40, axis=0) if box else None,
        times=np.arange(40.0),
        whole=True,
    )
    return Trajectory.from_frames(topology, frames)


def test_everything_in_the_plan_is_measured():
    trajectory = walkers(0.01)
    plan = plan_observables(["rdf", "angles", "diffusion"], trajectory)
    assert plan.pairs == (("A", "A"), ("A", "B"), ("B", "B"))
    assert plan.maximum == pytest.approx(1.0)
    assert all(0.3 < leg < 0.7 for leg in plan.leg.values())
    told = []
    found = measure(trajectory, plan, lambda what, done, total: told.append((done, total)))
    assert set(found.blocks) == {"rdf.A-A", "rdf.A-B", "rdf.B-B", "angles.A-A-A", "angles.B-B-B"}
    assert found.diffusion[0] == pytest.approx(0.01**2 / 2, rel=0.5)
    assert told[-1] == (6, 6)
    assert not found.unmeasured


def test_only_what_is_asked_for_is_measured():
    plan = plan_observables(["rdf"], walkers(0.01))
    found = measure(walkers(0.01), plan)
    assert not plan.triples
    assert not plan.diffusion
    assert found.diffusion is None


def test_what_cannot_be_measured_says_why():
    trajectory = walkers(0.4)
    found = measure(trajectory, plan_observables(["diffusion"], trajectory))
    assert "ambiguous" in found.unmeasured["diffusion"]


def test_without_a_box_there_is_no_distribution():
    plan = plan_observables(["rdf", "angles", "diffusion"], walkers(0.01, box=False))
    assert not plan.pairs
    assert not plan.triples
    assert plan.diffusion


def test_a_liquid_without_a_first_minimum_has_no_angles_but_the_rest():
    random = np.random.default_rng(1)
    gas = Trajectory.from_frames(
        Topology.build(["A"] * 50, masses=np.ones(50)),
        Frames(
            positions=random.uniform(0, 2, (4, 50, 3)),
            box=np.repeat(2.0 * np.eye(3)[None], 4, axis=0),
            times=np.arange(4.0),
        ),
    )
    flat = gas.map(lambda frames: frames.replace(positions=frames.positions * 0.001))
    plan = plan_observables(["rdf", "angles"], flat)
    found = measure(flat, plan)
    assert "rdf.A-A" in found.blocks
    assert "angles.A-A-A" in found.unmeasured
    assert "angles.A-A-A" not in found.blocks


@pytest.mark.parametrize("box", [True, False])
def test_bonded_observables_with_and_without_a_box(box):
    loose = walkers(0.01, box=box)
    names = ["bonds", "bond_angles", "dihedrals"]
    bonds = np.array([[i, i + 1] for i in range(0, 125, 5)] + [[1, 2], [2, 3], [66, 67]])
    trajectory = Trajectory(
        loose.topology.replace(bonds=bonds).with_connected_angles(), loose.source
    )
    plan = plan_observables(names, trajectory)
    assert plan.bonded["bonds"] == ("A-A", "B-B")
    found = measure(trajectory, plan)
    assert set(found.blocks) == {
        "bonds.A-A",
        "bonds.B-B",
        "bond_angles.A-A-A",
        "bond_angles.B-B-B",
        "dihedrals.A-A-A-A",
    }
    assert not found.unmeasured
    nothing = measure(loose, plan_observables(names, loose))
    assert nothing.unmeasured == {
        "bonds": "the topology has no bonds",
        "bond_angles": "the topology has no angles",
        "dihedrals": "the topology has no dihedrals",
    }


def test_coordination_is_counted_both_ways_up_to_the_first_minimum():
    trajectory = walkers(0.002)
    plan = plan_observables(["coordination"], trajectory)
    assert set(plan.shell) == {("A", "A"), ("A", "B"), ("B", "B")}
    found = measure(trajectory, plan)
    numbers = found.numbers
    assert set(numbers) == {f"coordination.{pair}" for pair in ("A-A", "A-B", "B-A", "B-B")}
    frames, types = trajectory.load(), trajectory.topology.types
    for (a, b), cutoff in plan.shell.items():
        count = 0
        for x in frames.positions:
            move = x[types == a][:, None] - x[types == b][None]
            count += np.sum(np.linalg.norm(move - 2 * np.round(move / 2), axis=-1) < cutoff)
        count = count / 40 / np.sum(types == a) - (a == b)
        assert numbers[f"coordination.{a}-{b}"][0] == pytest.approx(count, abs=0.05)
    assert 65 * numbers["coordination.A-B"][0] == pytest.approx(60 * numbers["coordination.B-A"][0])


def test_velocities_with_and_without():
    trajectory = walkers(0.01, box=False)
    plan = plan_observables(["velocity", "coordination"], trajectory)
    found = measure(trajectory, plan)
    assert "no velocities" in found.unmeasured["velocity"]
    assert "no box" in found.unmeasured["coordination"]
    frames = trajectory.load()
    random = np.random.default_rng(0)
    noise = random.normal(size=frames.positions.shape)
    moving = Trajectory.from_frames(trajectory.topology, frames.replace(velocities=noise))
    found = measure(moving, plan_observables(["velocity"], moving))
    assert found.curves["velocity"].y[0] == pytest.approx(1.0)
    assert found.numbers["velocity.diffusion"][2] == "nm^2/ps"
