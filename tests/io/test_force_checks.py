import re

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.note import Code
from molscape.core.topology import Topology, VirtualSites
from molscape.core.trajectory import ArraySource, Trajectory
from molscape.io.force_checks import (
    CheckedSource,
    check_force_size,
    check_net_force,
    settle_site_forces,
    site_forces,
    without_net_force,
)
from molscape.io.formats import find_format
from molscape.io.whole import MoleculeTrees

RMS = 2000.0


def system(sites=True, frames=5):
    """Thirty four-site waters with forces of 2,000 kJ/mol/nm that sum to zero."""
    rng = np.random.default_rng(8)
    first = 4 * np.arange(30)
    weights = np.tile([0.7, 0.15, 0.15], (30, 1))
    topology = Topology.build(
        ["OW", "HW1", "HW2", "MW"] * 30,
        masses=[16.0, 1, 1, 0] * 30,
        molecules=np.repeat(np.arange(30), 4),
        virtual_sites=VirtualSites(first + 3, np.stack([first, first + 1, first + 2], 1), weights)
        if sites
        else None,
    )
    forces = rng.normal(size=(frames, 120, 3)) * RMS / np.sqrt(3)
    massless = topology.masses == 0
    forces[:, massless] = 0
    forces[:, ~massless] -= forces[:, ~massless].mean(axis=1, keepdims=True)
    return topology, Frames(rng.uniform(size=(frames, 120, 3)), forces=forces), rng


@pytest.mark.parametrize(
    ("factor", "kind", "cause"),
    [
        (1 / 41.84, "trr", "kcal/mol/Å taken for kJ/mol/nm, times 41.84 makes 20"),
        (1 / 964.8533, "trr", "eV/Å taken for kJ/mol/nm, times 964.85 makes 20"),
        (41.84, "trr", "a conversion from kcal/mol/Å made twice, times 0.023901 makes 20"),
        (41.84 / 964.8533, "lammps_dump", "units metal read as real .*, times 23.061 makes 20"),
        (964.8533 / 41.84, "lammps_dump", "units real read as metal .*, times 0.043364 makes 20"),
        (1e-9, "trr", "check the units of the file"),
    ],
)
def test_wrong_units_are_named_with_the_factor(factor, kind, cause):
    topology, frames, _ = system()
    origin = find_format(kind)
    assert check_force_size(topology, frames, origin) == []
    wrong = frames.replace(forces=frames.forces * factor)
    (warning,) = check_force_size(topology, wrong, origin)
    assert warning.code == Code.FORCE_SIZE
    assert re.search(cause, warning)


def test_units_that_were_stated_are_no_cause_of_small_forces():
    topology, frames, _ = system()
    small = frames.replace(forces=frames.forces / 41.84)
    (warning,) = check_force_size(topology, small, find_format("lammps_dump"), units_known=True)
    assert "in the units that were stated" in warning
    assert "metal" not in warning


def test_net_force_and_its_removal():
    topology, frames, _ = system()
    assert check_net_force(topology, frames, find_format("trr")) == []
    pushed = frames.replace(forces=frames.forces + np.array([0.0, 0.0, 20.0]))
    (warning,) = check_net_force(topology, pushed, find_format("lammps_dump"))
    assert "fix langevin" in warning
    assert warning.code == Code.NET_FORCE
    (warning,) = check_net_force(topology, pushed, find_format("deepmd"))
    assert "remove_net_force" in warning
    assert warning.code == Code.REMOVABLE_NET_FORCE
    (warning,) = check_net_force(topology, pushed)
    assert warning.endswith("external forces, or a subset of the atoms")
    assert warning.code == Code.NET_FORCE
    massive = topology.masses > 0
    pushed = frames.replace(forces=frames.forces + 20.0 * massive[:, None])
    removed = without_net_force(topology, pushed)
    np.testing.assert_allclose(removed.forces, frames.forces, atol=1e-9)


def test_listed_forces_that_were_passed_on_are_dropped():
    topology, frames, rng = system()
    listed = frames.forces.copy()
    listed[:, topology.masses == 0] = rng.normal(size=(5, 30, 3)) * RMS
    listed = frames.replace(forces=listed)
    assert site_forces(topology, frames) == "none"
    assert site_forces(topology, listed) == "drop"
    settled = settle_site_forces(topology, listed, "drop")
    np.testing.assert_array_equal(settled.forces, frames.forces)


def test_forces_that_were_not_passed_on_are_folded():
    topology, frames, rng = system()
    on_sites = rng.normal(size=(5, 30, 3)) * RMS
    unspread = frames.forces.copy()
    for k, share in enumerate([0.7, 0.15, 0.15]):
        unspread[:, k::4] -= share * on_sites
    unspread[:, 3::4] = on_sites
    unspread = frames.replace(forces=unspread)
    assert site_forces(topology, unspread) == "fold"
    settled = settle_site_forces(topology, unspread, "fold")
    np.testing.assert_allclose(settled.forces, frames.forces, atol=1e-9)
    with pytest.raises(ValueError, match=r"set Topology.virtual_sites"):
        site_forces(topology.replace(virtual_sites=None), unspread)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["positions", "forces"])
def test_a_number_that_is_not_finite_is_found_by_frame_and_atom(name, value):
    topology, frames, _ = system()
    array = getattr(frames, name).copy()
    array[3, 17, 1] = value
    source = CheckedSource(ArraySource(frames.replace(**{name: array})), topology, "run.trr")
    trajectory = Trajectory(topology, source)
    assert len(trajectory[:3].load()) == 3
    with pytest.raises(ValueError, match=rf"run.trr: {name} of atom 17 \(HW1\) in frame 3 hold"):
        list(trajectory.chunks(2))
    with pytest.raises(ValueError, match="in frame 3"):
        trajectory[1::2].load()
    silent = CheckedSource(source.base, topology, "run.trr", check=False)
    assert not np.isfinite(getattr(silent.read(range(5)), name)).all()


def test_the_source_applies_what_was_asked_for():
    topology, frames, _ = system()
    box = np.tile(2.0 * np.eye(3), (5, 1, 1))
    pushed = frames.replace(forces=frames.forces + 20.0 * (topology.masses > 0)[:, None], box=box)
    source = CheckedSource(
        ArraySource(pushed),
        topology,
        "run.trr",
        remove_net_force=True,
        trees=MoleculeTrees.build(topology.replace(molecules=np.arange(120))),
    )
    read = source.read(range(2, 5))
    assert read.whole
    np.testing.assert_allclose(read.forces, frames.forces[2:], atol=1e-9)
    assert source.n_frames == 5
    assert source.fields == {"positions", "forces", "box"}
