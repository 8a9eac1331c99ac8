import sys

import pytest

from molscape.reference.engine import Hardware, load_openmm


def test_a_missing_openmm_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "openmm", None)
    with pytest.raises(ImportError, match=r"molscape\[openmm\]"):
        load_openmm()


def test_a_platform_that_is_not_there_is_refused_with_those_that_are():
    pytest.importorskip("openmm", reason="openmm is not installed")
    with pytest.raises(ValueError, match=r"no platform 'Abacus' here.*Reference"):
        Hardware("Abacus").resolve(10)
    with pytest.raises(ValueError, match="threads must be positive, got 0"):
        Hardware("CPU", threads=0).resolve(10)


def test_automatic_choice_is_a_platform_that_runs():
    openmm = pytest.importorskip("openmm", reason="openmm is not installed")
    chosen = Hardware().resolve(10)
    system = openmm.System()
    system.addParticle(1.0)
    context = chosen.context(system, openmm.VerletIntegrator(0.001))
    assert context.getPlatform().getName() == chosen.platform
    assert Hardware("CPU", threads=2).resolve(1000).threads == 2
    assert Hardware("Reference", threads=2).resolve(1000).threads is None
