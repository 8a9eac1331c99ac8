"""A reference built again from its files has the forces that were written."""

import json

import numpy as np
import pytest

from molscape.core.state import State
from molscape.io.trr import TrrSource
from molscape.reference.assembly import Interactions, lattice_box
from molscape.reference.peptide import alanine_dipeptide
from molscape.reference.rebuilding import rebuild
from molscape.reference.sampling import sample
from molscape.reference.schedule import SamplingSchedule
from molscape.reference.system import real_particles

openmm = pytest.importorskip("openmm", reason="openmm is not installed")

SHORT = SamplingSchedule(frames=2, interval=0.02, timestep=0.001, volume_equilibration=0.05)


def four_site_water():
    short = Interactions(cutoff=0.4)
    return lattice_box({"tip4p2005": 27}, density=0.8, interactions=short)


@pytest.mark.parametrize("make", [four_site_water, lambda: alanine_dipeptide(implicit=True)])
def test_forces_are_those_of_the_file(tmp_path, make):
    sample(make(), State(300.0), SHORT, tmp_path, hardware="Reference")
    system = rebuild(tmp_path, -1)
    context = openmm.Context(
        system.openmm_system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName("Reference"),
    )
    if system.box is not None:
        context.setPeriodicBoxVectors(*system.box.tolist())
    context.setPositions(system.positions)
    context.computeVirtualSites()
    forces = np.array(context.getState(forces=True).getForces(asNumpy=True)._value)
    written = TrrSource.scan(tmp_path / "traj.trr").read(range(1, 2)).forces[0]
    scale = np.sqrt(np.mean(written**2))
    assert np.abs(forces[real_particles(system.topology)] - written).max() < 2e-3 * scale


def test_another_system_is_refused(tmp_path):
    (tmp_path / "reference.json").write_text(json.dumps({"system": "gas"}))
    with pytest.raises(ValueError, match="does not say what molecules it is made of"):
        rebuild(tmp_path)
