"""What every engine watches: beads too hot, numbers that are not finite, features outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import Ensemble
from molscape.core.units import thermal_energy
from molscape.simulate.chunks import Chunk
from molscape.simulate.schedule import Schedule

HOT = 20.0
"""A run is called broken when a kept frame is this many times hotter than asked for."""

TOO_HOT = f"the beads became hotter than {HOT:g} times the temperature asked for"


def not_finite(what: str) -> str:
    """Say that something is not a number any more."""
    return f"{what} became infinite or not a number"


def explain_blow_up(what: str, first: int, last: int, timestep: float) -> str:
    """Say what went wrong, between which steps, and what to do.

    Args:
        what: went wrong.
        first: the last step that is known to be good.
        last: the step at which it was seen.
        timestep: in ps.
    """
    return (
        f"{what} between step {first} and {last}: use a time step shorter than {timestep:g} ps, "
        "or a model with a repulsive wall where the data has no samples"
    )


def hottest(ensemble: Ensemble, temperature: float | None = None) -> float:
    """Return the temperature (K) above which a run is broken.

    It is infinite where beads have no velocities, whatever an engine puts in their place.

    Args:
        ensemble: what is sampled.
        temperature: of a replica in K; that of the ensemble if not given.
    """
    if not ensemble.velocities:
        return float("inf")
    return HOT * max(ensemble.temperature if temperature is None else temperature, 1.0)


def find_fault(
    positions: Float[np.ndarray, "particle 3"], energy: float, temperature: float, limit: float
) -> str:
    """Return what is wrong with a frame, or nothing.

    Args:
        positions: in nm.
        energy: in kJ/mol.
        temperature: that its velocities tell, in K.
        limit: see `hottest`.
    """
    if not (np.isfinite(positions).all() and np.isfinite([energy, temperature]).all()):
        return not_finite("positions or energy")
    return TOO_HOT if temperature > limit else ""


def observed_motion(
    ensemble: Ensemble, twice_kinetic: Any, particles: int, kT: Any
) -> tuple[Any, Any]:
    """Return the sum of m v^2 (kJ/mol) that is observed, and the one that the pressure has.

    Without velocities momenta are those of equilibrium at every moment, with 3 N kT; there is
    nothing to observe of them.

    Args:
        ensemble: what is sampled.
        twice_kinetic: sum of m v^2 as an engine has it; an array of NumPy or JAX.
        particles: their number N.
        kT: thermal energy in kJ/mol, of all or of each replica.
    """
    if ensemble.velocities:
        return twice_kinetic, twice_kinetic
    arrays = twice_kinetic.__array_namespace__()
    equilibrium = arrays.full_like(twice_kinetic, 3 * particles) * kT
    return arrays.full_like(twice_kinetic, np.nan), equilibrium


def ideal_pressure(
    ensemble: Ensemble, particles: int, volumes: Float[np.ndarray, " frame"]
) -> Float[np.ndarray, " frame"]:
    """Return N kT/V (kJ/mol/nm^3), the part of the pressure that momenta in equilibrium have."""
    return particles * thermal_energy(ensemble.temperature) / volumes


def share_outside(observables: Mapping[str, np.ndarray]) -> float:
    """Return the share of frames (of all replicas) with a feature outside the training range."""
    return float(np.mean(observables["outside"] > 0)) if observables["outside"].size else 0.0


def stop_outside(chunk: Chunk, schedule: Schedule, done: int) -> Chunk:
    """Return a chunk that ends its run if too large a share of it is outside the training range.

    Args:
        chunk: as the engine made it.
        schedule: with the largest share in `outside_stop`.
        done: steps before the chunk.
    """
    limit = schedule.outside_stop
    if limit is None or chunk.blow_up is not None or "outside" not in chunk.observables:
        return chunk
    share = share_outside(chunk.observables)
    if share <= limit:
        return chunk
    steps = chunk.state.step - done
    return replace(
        chunk,
        blow_up=f"{share:.0%} of the frames of steps {done} to {done + steps} have a feature "
        f"outside the range of the training data, more than the {limit:.0%} of `outside_stop`: "
        "train with data from there, start from frames of the data, or allow more",
    )
