"""The shipped water is liquid SPC/E: density, energy, structure, diffusion and forces."""

import json

import numpy as np
import pytest

from molscape import io
from molscape.reference.assembly import assemble
from molscape.reference.rigid import with_constraints
from molscape.reference.shipping import shipped


@pytest.fixture(scope="module")
def folder():
    return shipped("spce-300")


@pytest.fixture(scope="module")
def about(folder):
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def trajectory(folder):
    return io.open(folder / "conf.gro", folder / "traj.trr")


@pytest.fixture(scope="module")
def frames(trajectory):
    return trajectory.load()


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no data set 'ice' is shipped: choose one of.*spce-300"):
        shipped("ice")


def test_the_files_are_small(folder):
    assert sum(file.stat().st_size for file in folder.iterdir()) < 5e6
    names = {file.name for file in folder.iterdir()}
    assert names == {"conf.gro", "traj.trr", "reference.json"}


def test_it_opens_and_says_what_it_is(trajectory, about):
    assert len(trajectory) == about["frames"] == 190
    assert trajectory.topology.n_molecules == 300
    assert about["temperature"] == 300.0
    topology = with_constraints(trajectory.topology, about)
    assert len(topology.constraints) == 900
    assert len(topology.bonds) == 600


def test_the_density_is_that_of_water(frames, about):
    volume = np.linalg.det(frames.box[0])
    density = 300 * 18.0154 / 602.214 / volume
    assert 0.99 < density < 1.01
    assert density == pytest.approx(about["density"], rel=1e-4)
    assert 0 < about["density_error"] < 0.01


def test_temperature_and_energy_are_those_of_the_model(about):
    """Without the self-polarisation of 5.22 kJ/mol the 1987 paper's -41.4 becomes -46.6."""
    assert abs(about["mean_temperature"] - 300) < max(1.0, 4 * about["mean_temperature_error"])
    assert about["mean_potential_energy"] / 300 == pytest.approx(-46.6, abs=0.5)


def test_molecules_are_rigid_and_whole_in_every_frame(trajectory, frames, about):
    topology = with_constraints(trajectory.topology, about)
    a, b = topology.constraints.T
    lengths = np.linalg.norm(frames.positions[:, a] - frames.positions[:, b], axis=-1)
    wanted = np.broadcast_to(topology.constraint_lengths, lengths.shape)
    np.testing.assert_allclose(lengths, wanted, atol=1e-5)


def test_forces_sum_to_almost_nothing_and_are_those_of_openmm(frames):
    scale = np.sqrt(np.mean(frames.forces**2))
    net = np.sqrt(np.mean(frames.forces.sum(axis=1) ** 2))
    assert net < 0.01 * scale
    openmm = pytest.importorskip("openmm", reason="openmm is not installed")
    system = assemble({"spce": 300}, frames.positions[7], frames.box[7])
    context = openmm.Context(
        system.openmm_system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName("Reference"),
    )
    context.setPositions(system.positions)
    forces = np.array(context.getState(forces=True).getForces(asNumpy=True)._value)
    assert np.sqrt(np.mean((forces - frames.forces[7]) ** 2)) < 2e-3 * scale


def test_oxygens_have_the_first_peak_of_water(frames):
    """Height and place of the maximum of g_OO, from a parabola through the bins around it."""
    oxygens = frames.positions[:, ::3]
    edge = frames.box[0, 0, 0]
    width, counts = 0.004, np.zeros(100)
    first, second = np.triu_indices(300, k=1)
    for points in oxygens:
        d = points[first] - points[second]
        d -= edge * np.round(d / edge)
        r = np.sqrt(np.einsum("pk,pk->p", d, d))
        counts += np.bincount((r[r < 0.4] / width).astype(int), minlength=100)[:100]
    edges = width * np.arange(101)
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    g = counts / (len(oxygens) * len(first)) * edge**3 / shells
    middle = 0.5 * (edges[1:] + edges[:-1])
    near = np.abs(middle - middle[g.argmax()]) < 0.011
    c, b, a = np.polynomial.polynomial.polyfit(middle[near], g[near], 2)
    assert 0.272 < -b / (2 * a) < 0.280
    assert 2.9 < c - b**2 / (4 * a) < 3.3
    assert g[middle < 0.23].max() < 0.01


def test_molecules_diffuse_like_the_model(frames):
    """SPC/E at 300 K: 2.4 to 2.9e-9 m^2/s without limit; about 15 % less in so small a box."""
    oxygens = frames.positions[:, ::3] - frames.positions[:, ::3].mean(axis=1, keepdims=True)
    times = frames.times - frames.times[0]
    lags = np.array([2, 3, 4, 5, 6])
    msd = [np.mean(np.sum((oxygens[k:] - oxygens[:-k]) ** 2, axis=-1)) for k in lags]
    slope = np.polynomial.polynomial.polyfit(times[lags], msd, 1)[1]
    assert 1.7e-3 < slope / 6 < 3.0e-3
