import numpy as np
import pytest

from molscape.analysis.observables import Member, observable
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


@pytest.fixture
def chain():
    """A chain of five beads that flops about, without a box."""
    random = np.random.default_rng(0)
    steps = random.normal(size=(200, 5, 3))
    topology = Topology.build(
        list("ABCDE"),
        masses=np.ones(5),
        molecules=np.zeros(5, int),
        molecule_names=["CHN"],
        bonds=np.array([[k, k + 1] for k in range(4)]),
    ).with_connected_angles()
    frames = Frames(positions=np.cumsum(steps, axis=1), whole=True, times=np.arange(200.0))
    return Sample(Trajectory.from_frames(topology, frames))


def test_neighbouring_dihedrals_make_a_map(chain):
    maps = observable("maps")
    plan = maps.plan(chain, {})
    assert list(plan.labels) == ["A-B-C-D.B-C-D-E"]
    (label, planned), *_ = plan.labels.items()
    found = maps.measure(chain, planned)
    names = [number.name for number in maps.compare(label, found, found, {})]
    assert names == [f"maps.{label}.divergence", f"maps.{label}.free_energy"]
    members = [Member(name, "model", chain, {label: found}) for name in ("all-atom", "pair")]
    assert [panel.title for panel in maps.draw(plan, members)] == ["all-atom", "pair"]


def test_a_single_dihedral_makes_none(walkers):
    plan = observable("maps").plan(walkers(), {})
    assert plan.impossible == {"": "no two dihedrals share a bond"}
