"""The largest time step that the bonds of a trajectory allow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from molscape.core.state import State
from molscape.core.statistics import standard_error
from molscape.core.system import type_key
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import harmonic_from_data

SHARE = 0.1
"""Of the period of the fastest bond; with a tenth the integrator follows it to a few per cent."""

LARGEST = 0.02
"""Time step (ps) beyond which pairs of beads limit it, whatever the bonds do."""

PARTS = 5
"""Stretches of time whose scatter gives the error."""


def stable_step(trajectory: Trajectory, state: State) -> tuple[float, float]:
    """Return a time step that the stiffest bond allows, with its standard error, in ps.

    dt = min over bonds of 0.1 * 2 pi sqrt(mu / k), with the reduced mass mu of the two particles
    and k = kT / variance of the bond's length, as in `harmonic_from_data`, pooled over molecules
    of a name. Constrained bonds do not count. The step is at most 0.02 ps, also where no bond
    limits it; it is an estimate to compare mappings with, not a promise.

    Args:
        trajectory: of atoms or beads.
        state: its temperature.
    """
    few = len(trajectory) // PARTS
    whole = _shortest(trajectory, state)
    if few < 2 or whole >= LARGEST:
        return min(whole, LARGEST), 0.0 if whole >= LARGEST else float("nan")
    parts = [_shortest(trajectory[k * few : (k + 1) * few], state) for k in range(PARTS)]
    return whole, float(standard_error(parts))


def flexible_bonds(topology: Topology) -> Int[np.ndarray, "bond 2"]:
    """Return the bonds that no constraint holds."""
    held = {tuple(sorted(pair)) for pair in topology.constraints.tolist()}
    rows = [row for row in topology.bonds.tolist() if tuple(sorted(row)) not in held]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _shortest(trajectory: Trajectory, state: State) -> float:
    """Return the step of the stiffest bond, each place in a kind of molecule by itself."""
    topology = trajectory.topology
    bonds = flexible_bonds(topology)
    if not len(bonds):
        return LARGEST
    # Bonds of one type may differ in length, which is no fluctuation.
    placed = topology.replace(bonds=bonds, types=_places(topology))
    apart = Trajectory(placed, trajectory.source)
    found = harmonic_from_data([(apart, state)], "bond")
    stiffness = dict(zip(found.types, np.asarray(found.stiffness).tolist(), strict=True))
    keys = [type_key((str(placed.types[a]), str(placed.types[b]))) for a, b in bonds.tolist()]
    masses = 1 / (1 / topology.masses[bonds]).sum(axis=1)
    squares = masses / np.array([stiffness[key] for key in keys])
    return float(SHARE * 2 * np.pi * np.sqrt(squares.min()))


def _places(topology: Topology) -> np.ndarray:
    """Return a label for each particle's place in its kind of molecule."""
    order = np.argsort(topology.molecules, kind="stable")
    owner = topology.molecules[order]
    first = np.searchsorted(owner, np.arange(topology.n_molecules))
    place = np.empty(len(topology), dtype=np.int64)
    place[order] = np.arange(len(topology)) - first[owner]
    kind = np.unique(topology.molecule_names, return_inverse=True)[1][topology.molecules]
    return np.array([f"{a}_{b}" for a, b in zip(kind.tolist(), place.tolist(), strict=True)])
