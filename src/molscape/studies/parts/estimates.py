"""What a study will take: time from short measurements here, memory from the sizes of arrays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from molscape.core.durations import duration_in_words
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.model import ModelBlock, ModelsRecipe
from molscape.studies.blocks.simulate import SimulateBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential

STEPS = 200
"""Steps that are run to see how fast a model is; the potential's shape does not matter."""

BYTES = 8


def estimate_study(
    recipe: ModelsRecipe, atoms: Trajectory, beads: Trajectory, potentials: dict[str, Potential]
) -> Iterator[str]:
    """Say how long each part will take, and the memory of the largest."""
    begin = time.perf_counter()
    few = min(8, len(atoms))
    atoms[:few].load()
    reading = (time.perf_counter() - begin) / few * len(atoms)
    total = 2 * reading
    for name, potential in potentials.items():
        speed = _steps_per_second(potential, beads, recipe.simulate)
        block = recipe.models[name]
        steps = recipe.simulate.steps + recipe.simulate.equilibration
        fitting = _fit_steps(block)
        seconds = (steps * (1 + len(recipe.states)) + fitting) / speed
        seconds += 30.0 + len(beads) * len(beads.topology) * 2e-5
        total += seconds
        yield (
            f"time: model {name} runs at about {speed:,.0f} steps/s here"
            + (f", its fit takes {duration_in_words(fitting / speed)}" if fitting else "")
            + f"; in all about {duration_in_words(seconds)}"
        )
    frames = recipe.simulate.steps // recipe.simulate.every * recipe.simulate.replicas
    kept = frames * len(beads.topology) * 3 * 4
    chunk = atoms.chunk_length() * len(atoms.topology) * 3 * BYTES * 2
    pairs = len(beads.topology) * 120 * 10 * BYTES
    memory = 0.6e9 + chunk + pairs + kept / 10
    yield (
        f"in all about {duration_in_words(total)}, {memory / 1e9:.1f} GB of memory and "
        f"{(2 * kept * len(potentials) + 2e6) / 1e9:.2f} GB of disk"
    )


def _fit_steps(block: ModelBlock) -> int:
    sampling = None if block.fit is None else block.fit.method.sampling
    return 0 if sampling is None else sampling.all_steps


def _steps_per_second(potential: Potential, beads: Trajectory, block: SimulateBlock) -> float:
    """Run a few steps of the potential, as it is before the fit, in the jax engine."""
    from molscape.core.ensemble import Langevin
    from molscape.simulate import ENGINES, Jax, Schedule

    start = beads[0].replace(velocities=None, forces=None, energies=None, times=None)
    schedule = Schedule(steps=STEPS, timestep=1e-6, every=STEPS, equilibration=0, chunks=1)
    run = Jax().run(potential, beads.topology, start, Langevin(300.0), schedule)
    speed = run.steps_per_second
    factor = ENGINES[block.engine].relative_speed
    return float(np.maximum(speed * factor / max(1, block.replicas), 1.0))
