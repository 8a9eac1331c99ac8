"""What a run is asked for in any engine: whether it can be had, what identifies it, its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.identity import digest, settings_of
from molscape.core.potential import Potential
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.simulate.chunks import EngineState
from molscape.simulate.schedule import Schedule


@dataclass(frozen=True, eq=False)
class Order:
    """The model, the beads, the start, the ensemble and the schedule of a run."""

    potential: Potential
    topology: Topology
    start: Frames
    ensemble: Ensemble
    schedule: Schedule


def check_order(order: Order) -> None:
    """Refuse what no engine could run.

    Raises:
        ValueError: if the cutoff exceeds half the box, a barostat has no box, a Nosé-Hoover
            chain meets angular momentum that is conserved, or a number is not positive.
    """
    ensemble, start = order.ensemble, order.start
    check_box(start.box, order.potential.reach)
    ensemble.check()
    deterministic = ensemble.thermostat and not ensemble.noise
    if deterministic and start.box is None and "rotation" in order.potential.symmetries:
        raise ValueError(
            "Nosé-Hoover chains without a box: angular momentum is conserved, and the "
            "distribution is not canonical: use Langevin, or a box"
        )
    if ensemble.barostat is None:
        return
    if not ensemble.barostat.time > 0:
        raise ValueError(f"barostat time {ensemble.barostat.time:g} ps: it must be positive")
    if start.box is None:
        raise ValueError("a barostat without a box: start from a frame that has one")


def identity(order: Order) -> dict[str, Any]:
    """Return everything that decides the numbers of a run in any engine, as plain values.

    Arrays count by the digest of their content, so that the settings stay small. The topology is
    one digest: an error names it as a whole.
    """
    start, potential = order.start, order.potential
    arrays = {"positions": start.positions, "velocities": start.velocities, "box": start.box}
    settings = {
        "potential": {
            "kind": potential.kind,
            "settings": potential.settings(),
            "arrays": potential.arrays(),
        },
        "topology": digest(order.topology.to_dict()),
        "start": {name: array for name, array in arrays.items() if array is not None},
        "ensemble": order.ensemble,
        "schedule": order.schedule,
    }
    plain: dict[str, Any] = settings_of(settings)
    return plain


def starting_state(order: Order, replicas: int) -> EngineState:
    """Return the state a run begins from: one replica per frame, or copies of a single frame.

    Velocities that the frames lack are drawn from the Maxwell-Boltzmann distribution at the
    ensemble's temperature, with the momentum of the whole taken out.

    Raises:
        ValueError: if frames and replicas do not fit, or a mass is not positive.
    """
    start, topology = order.start, order.topology
    if len(start) not in (1, replicas):
        raise ValueError(
            f"{len(start)} start frames for {replicas} replicas: give one frame, or one per replica"
        )
    if not np.all(topology.masses > 0):
        raise ValueError("a bead has no mass: dynamics needs positive masses (u)")
    positions = np.array(np.broadcast_to(start.positions, (replicas, len(topology), 3)), float)
    if start.velocities is not None:
        velocities = np.array(np.broadcast_to(start.velocities, positions.shape), float)
    else:
        random = np.random.default_rng([order.schedule.seed, 7])
        spread = np.sqrt(thermal_energy(order.ensemble.temperature) / topology.masses[:, None])
        velocities = random.normal(size=positions.shape) * spread
        velocities = without_drift(velocities, topology.masses)
    box = None if start.box is None else np.array(np.broadcast_to(start.box, (replicas, 3, 3)))
    return EngineState(positions, velocities, box, 0)


def suited_velocities(
    order: Order, velocities: Float[np.ndarray, "replica particle 3"]
) -> Float[np.ndarray, "replica particle 3"]:
    """Return velocities as the ensemble needs them.

    A thermostat that conserves momentum counts on there being none.
    """
    if order.ensemble.thermostat and order.ensemble.conserves_momentum:
        return without_drift(velocities, order.topology.masses)
    return velocities


def without_drift(
    velocities: Float[np.ndarray, "replica particle 3"], masses: Float[np.ndarray, " particle"]
) -> Float[np.ndarray, "replica particle 3"]:
    """Return velocities with no momentum of the whole; a single particle keeps its own."""
    if velocities.shape[1] == 1:
        return velocities
    momentum = np.sum(velocities * masses[:, None], axis=1, keepdims=True)
    return velocities - momentum / masses.sum()
