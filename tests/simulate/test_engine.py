"""An engine is a value; a new one is a file and a line in a table."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.core.ensemble import Brownian, Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import LennardJones
from molscape.simulate import ENGINES, Engine, Evaluation, Jax, Lammps, OpenMM, Schedule
from molscape.simulate.chunks import OBSERVABLES, Chunk
from molscape.simulate.order import starting_state
from molscape.simulate.run import run_chunks
from molscape.studies.coarse_graining.run import run_study
from support.studies import TEMPERATURE, write_recipe

orders = []


@dataclass(frozen=True)
class Shaker(Engine):
    """Shakes the beads of the start, at no cost."""

    name: ClassVar[str] = "shaker"
    citation: ClassVar[str] = "A. Shaker, J. Shak. 1, 1 (2000) (shaking)."

    width: float = 0.001
    precision: str = "double"

    def carry_out(self, order, folder, progress):
        orders.append(order)
        schedule = order.schedule

        def advance(state, steps, keep, seed):
            frames = steps // schedule.every if keep else 0
            noise = np.random.default_rng(seed).normal(size=(frames, *state.positions.shape))
            time = (state.step + schedule.every * np.arange(1.0, frames + 1)) * schedule.timestep
            values = {
                name: np.full((frames, 1), order.ensemble.temperature) for name in OBSERVABLES
            }
            values |= {"time": time[:, None], "volume": values["volume"] * 0 + 8.0}
            return Chunk(state.positions + self.width * noise, values, state, 0.1)

        begin = starting_state(order, 1)
        settings = {"width": self.width}
        return run_chunks(self.name, advance, begin, order, settings, folder, progress)

    def evaluate(self, potential, topology, frames):
        exact = Jax().evaluate(potential, topology, frames)
        return Evaluation(exact.energies, 1.5 * exact.forces, exact.pressures)


def test_a_new_engine_runs_a_study_and_is_compared(fluid, display, monkeypatch):
    monkeypatch.setitem(ENGINES, "shaker", Shaker)
    simulate = {
        "engine": "shaker",
        "steps": 400,
        "every": 20,
        "equilibration": 0,
        "precision": "double",
    }
    file = write_recipe(fluid, simulate=simulate, observables=["rdf"], export=[])
    recipe, base = load_recipe(str(file))
    assert recipe.simulate.build_engine() == Shaker(precision="double")
    record = run_study(recipe, base, fluid / "run", display)
    assert record["pair.run.completed"].value == 1.0
    assert record["pair.temperature"].value == TEMPERATURE
    assert record["pair.engines.shaker"].value == pytest.approx(0.5)
    assert record["pair.engines.shaker"].verdict == "fail"
    assert "J. Shak. 1, 1 (2000)" in (fluid / "run" / "report.html").read_text()


def test_engines_are_found_by_name():
    assert list(ENGINES) == ["jax", "lammps", "openmm"]
    assert [ENGINES[name].name for name in ENGINES] == list(ENGINES)
    assert list(ENGINES.values()) == [Jax, Lammps, OpenMM]
    assert all(each.citation.endswith(").") for each in ENGINES.values())


def test_velocities_are_left_out_where_an_ensemble_has_none():
    topology = Topology.build(["A", "A"], masses=[1.0, 4.0])
    model = LennardJones(epsilon=1.0, sigma=0.3, pairs=(("A", "A"),), cutoff=0.8)
    start = Frames(np.zeros((1, 2, 3)), velocities=np.ones((1, 2, 3)))
    for ensemble, kept in ((Brownian(300.0), False), (Langevin(300.0), True)):
        Shaker().run(model, topology, start, ensemble, Schedule(steps=200))
        assert (orders[-1].start.velocities is not None) == kept
