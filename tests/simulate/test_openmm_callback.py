"""A force of OpenMM that asks molscape."""

import numpy as np
import pytest

from molscape.core.ensemble import Langevin
from molscape.simulate import OpenMM, Schedule
from molscape.simulate.force_callback import ForceCallback
from molscape.simulate.openmm_callback import CallbackSystem
from molscape.simulate.openmm_runner import Walk
from support.opaque import CHAIN, FLUID, ZIGZAG, fluid

pytest.importorskip("openmm")


def test_openmm_traces_the_force_once_for_all_chunks_and_before_the_first_step(
    gaussians, monkeypatch
):
    events = []
    step, run = ForceCallback._step, Walk.run
    traced = lambda *given: events.append("trace") or step(*given)  # noqa: E731
    walked = lambda *given: events.append("run") or run(*given)  # noqa: E731
    monkeypatch.setattr(ForceCallback, "_step", traced)
    monkeypatch.setattr(Walk, "run", walked)
    schedule = Schedule(steps=60, timestep=0.002, every=10, chunks=3)
    OpenMM().run(gaussians, FLUID, fluid(), Langevin(300.0, 1.0), schedule)
    assert events == ["trace", "run", "run", "run"]


def test_an_openmm_without_python_forces_is_named(network, monkeypatch):
    import openmm as library

    monkeypatch.delattr(library, "PythonForce")
    with pytest.raises(ImportError, match=r"distances needs `PythonForce`, which OpenMM \d"):
        OpenMM().run(network, CHAIN, ZIGZAG, Langevin(300.0), Schedule(steps=200))


def test_a_bead_without_mass_is_refused(network):
    light = CHAIN.replace(masses=np.zeros(5))
    force = ForceCallback(network, light, 300.0, "double")
    with pytest.raises(ValueError, match="a bead has no mass"):
        CallbackSystem(force, light, None)
