import numpy as np
import pytest

from molscape.studies.blocks.making import Make
from support.peptide import MAKE


def test_every_key_of_making_reaches_the_plan():
    pytest.importorskip("openmm")
    block = Make(
        **MAKE,
        frames=10,
        interval=0.3,
        timestep=0.003,
        constraints="all-bonds",
        hydrogen_mass=3.0,
        friction=7.0,
        temperature=310.0,
    )
    plan = block.plan(seed=5)
    schedule = plan.schedule
    assert (schedule.frames, schedule.every, schedule.friction) == (10, 100, 7.0)
    assert plan.state.temperature == 310.0
    assert len(plan.system.topology.constraints) == len(plan.system.topology.bonds) == 21
    masses = [plan.system.openmm_system.getParticleMass(k)._value for k in range(22)]
    assert np.count_nonzero(np.isclose(masses, 3.0)) == 12
    assert sum(masses) == pytest.approx(plan.system.topology.masses.sum())
    assert block.options(5).seed == 5
    assert block.model_copy(update={"seed": 2}).options(5).seed == 2
