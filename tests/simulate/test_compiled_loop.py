import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.ensemble import NVE
from molscape.core.frames import Frames
from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import HarmonicBonds
from molscape.simulate import Jax, Schedule, compiled_loop
from molscape.simulate.compiled_loop import run_loop
from molscape.simulate.replicas import LoopPlan, Replicas
from molscape.simulate.volume_moves import Molecules

DIMER = Topology.build(["A", "A"], masses=[2.0, 2.0], bonds=np.array([[0, 1]]))
SPRING = HarmonicBonds(types=("A-A",), stiffness=[100.0], length=[0.3])


def test_the_loop_fills_the_frames_asked_for_with_an_exact_oscillation():
    with jax.enable_x64(True):
        system = System.build(DIMER, 300.0)
        x = jnp.array([[[0.0, 0.0, 0.0], [0.35, 0.0, 0.0]]])
        search, neighbours = allocate(system, x[0], None, 0.0)
        walker = Replicas(
            positions=x,
            velocities=jnp.zeros_like(x),
            forces=jnp.zeros_like(x),
            box=None,
            images=jnp.zeros(x.shape, dtype=jnp.int32),
            taken=jnp.zeros((), dtype=jnp.int32),
            neighbours=jax.tree.map(lambda leaf: leaf[None], neighbours),
            rebuilds=jnp.zeros((), dtype=jnp.int32),
            key=jax.random.key(0, impl="rbg"),
        )
        _, kept = run_loop(
            SPRING,
            system,
            walker,
            jnp.asarray(4),
            jnp.asarray(50),
            plan=LoopPlan(
                search=search,
                ensemble=NVE(300.0),
                timestep=0.0005,
                room=6,
                molecules=Molecules.of(DIMER.molecules),
                degrees=3,
            ),
        )
    kept = {name: np.asarray(values) for name, values in kept.items()}
    stretch = kept["positions"][:, 0, 1, 0] - kept["positions"][:, 0, 0, 0] - 0.3
    times = 0.0005 * 50 * np.arange(1, 5)
    assert np.allclose(stretch[:4], 0.05 * np.cos(np.sqrt(100.0) * times), atol=1e-6)
    assert np.all(kept["positions"][4:] == 0)
    assert kept["total_energy"][:4, 0] == pytest.approx(0.5 * 100 * 0.05**2, rel=1e-5)


def test_runs_of_equal_shapes_share_a_compiled_loop(monkeypatch):
    compiled: dict = {}
    monkeypatch.setattr(compiled_loop, "_compiled", compiled)
    start = Frames(np.array([[[0.0, 0.0, 0.0], [0.35, 0.0, 0.0]]]))
    schedule = Schedule(steps=20, timestep=0.001, every=10)
    for stiffness in (100.0, 200.0):
        model = HarmonicBonds(types=("A-A",), stiffness=[stiffness], length=[0.3])
        Jax().run(model, DIMER, start, NVE(300.0), schedule)
    assert len(compiled) == 1
    Jax().run(SPRING, DIMER, start, NVE(310.0), schedule)
    assert len(compiled) == 2
    monkeypatch.setattr(compiled_loop, "KEPT", 2)
    first = next(iter(compiled))
    Jax().run(SPRING, DIMER, start, NVE(320.0), schedule)
    assert len(compiled) == 2
    assert first not in compiled
