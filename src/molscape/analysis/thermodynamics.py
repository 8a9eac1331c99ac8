"""Averages of what an engine records along a run: temperature, pressure, energy drift, density."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from molscape.analysis.averages import Average, block_average
from molscape.analysis.equilibration import statistical_inefficiency
from molscape.core.space import volume
from molscape.core.trajectory import Trajectory

Observables = Mapping[str, np.ndarray]
"""Arrays (frame) or (frame, replica) by name, such as `Run.observables`."""


def mean_temperature(observables: Observables) -> Average:
    """Return the mean temperature in K.

    Raises:
        ValueError: if it was not recorded.
    """
    return block_average(_recorded(observables, "temperature"))


def mean_pressure(observables: Observables) -> Average:
    """Return the mean pressure in kJ/mol/nm^3 (divide by `units.BAR` for bar).

    Raises:
        ValueError: if it was not recorded.
    """
    return block_average(_recorded(observables, "pressure"))


def energy_drift(observables: Observables, n_particles: int) -> tuple[float, float]:
    """Return the slope of the total energy per particle, and its standard error, in kJ/mol/ns.

    A straight line is fitted to every replica. The error of a slope is s sqrt(g / sum (t - <t>)^2)
    with s the scatter about the line and g the statistical inefficiency of that scatter; slopes of
    replicas are averaged.

    Args:
        observables: with "time" in ps and "total_energy" in kJ/mol.
        n_particles: number of particles of one replica.

    Raises:
        ValueError: if one was not recorded, or there are fewer than three frames.
    """
    energies = _columns(_recorded(observables, "total_energy"))
    times = _columns(_recorded(observables, "time")) * 1e-3
    if len(energies) < 3:
        raise ValueError(f"{len(energies)} frames show no drift: give at least three")
    times = times - times.mean(axis=0)
    spread = np.sum(times**2, axis=0)
    slopes = np.sum(times * energies, axis=0) / spread
    rest = energies - energies.mean(axis=0) - slopes * times
    inefficiency = np.array([statistical_inefficiency(column) for column in rest.T])
    scatter = np.sum(rest**2, axis=0) / (len(rest) - 2)
    errors = np.sqrt(scatter * inefficiency / spread)
    error = np.sqrt(np.sum(errors**2)) / len(slopes)
    return float(slopes.mean()) / n_particles, float(error) / n_particles


def mean_density(trajectory: Trajectory) -> Average:
    """Return the mean mass density in u/nm^3 (divide by `units.GRAM_PER_CUBIC_CENTIMETRE`).

    Raises:
        ValueError: if the trajectory has no box or no frame.
    """
    volumes, replicas = [], []
    for chunk in trajectory.chunks():
        if chunk.box is None:
            raise ValueError("the trajectory has no box, so it has no density")
        volumes.append(volume(chunk.box))
        if chunk.replicas is not None:
            replicas.append(chunk.replicas)
    if not volumes:
        raise ValueError("the trajectory has no frames: nothing to average")
    densities = trajectory.topology.masses.sum() / np.concatenate(volumes)
    return block_average(_by_replica(densities, replicas))


def _by_replica(
    values: np.ndarray, replicas: list[np.ndarray]
) -> Float[np.ndarray, "frame replica"]:
    if not replicas:
        return values[:, None]
    owner = np.concatenate(replicas)
    columns = [values[owner == name] for name in np.unique(owner)]
    shortest = min(len(column) for column in columns)
    return np.stack([column[:shortest] for column in columns], axis=1)


def _recorded(observables: Observables, name: str) -> np.ndarray:
    if name not in observables:
        raise ValueError(
            f"{name!r} was not recorded, there are {', '.join(sorted(observables)) or 'none'}: "
            "run an engine that records it"
        )
    return np.asarray(observables[name], dtype=np.float64)


def _columns(values: np.ndarray) -> np.ndarray:
    return values[:, None] if values.ndim == 1 else values
