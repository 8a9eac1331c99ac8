import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin
from molscape.export.openmm_platform import available_platforms
from molscape.simulate import OpenMM
from molscape.simulate.schedule import Schedule
from support.lattices import small_fluid

pytest.importorskip("openmm")


def test_a_gpu_that_is_absent_is_named_with_what_is_there():
    topology, start, potential = small_fluid()
    if "CUDA" in available_platforms():
        pytest.skip("OpenMM's CUDA platform is installed here")
    with pytest.raises(ValueError, match=r"no platform 'cuda'.*Reference, CPU.*openmm\[cuda12\]"):
        OpenMM(platform="cuda").run(potential, topology, start, NVE(300.0), Schedule(steps=200))


def test_a_barostat_needs_a_box():
    topology, start, potential = small_fluid()
    ensemble = Langevin(300.0, barostat=Barostat(60.0))
    with pytest.raises(ValueError, match="barostat without a box"):
        OpenMM().run(potential, topology, start.replace(box=None), ensemble, Schedule(steps=200))
    chains = topology.replace(
        molecules=np.arange(64) // 2, molecule_names=np.full(32, "M", dtype=np.str_)
    )
    with pytest.raises(ValueError, match="whole"):
        OpenMM().run(potential, chains, start, ensemble, Schedule(steps=200))


def test_the_platform_is_part_of_what_is_said():
    few = OpenMM(platform="reference", precision="double")
    assert few.available() is None
    assert few.describe() == "openmm, platform Reference, double precision"
    assert "threads must be positive" in OpenMM(threads=0).available()
