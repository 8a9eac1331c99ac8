"""Harmonic bonds and angles straight from a distribution: a prior that holds molecules together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molscape.core.state import State
from molscape.core.system import type_key
from molscape.core.trajectory import Trajectory
from molscape.features import angles, distances
from molscape.potentials._harmonic_angles import HarmonicAngles
from molscape.potentials._harmonic_bonds import HarmonicBonds

RIGID = 1e-5
"""A coordinate that varies by less (nm or rad) is taken for a constraint."""


def harmonic_from_data(
    data: Sequence[tuple[Trajectory, State]],
    coordinate: str,
    types: Sequence[str] | None = None,
) -> HarmonicBonds | HarmonicAngles:
    """Return the harmonic potential whose Boltzmann distribution has the data's mean and width.

    stiffness = kT / variance, at the mean, of the distribution of x freed from its volume
    element, each sample weighted with 1/r^2 (bonds) or 1/sin(theta) (angles): a harmonic
    potential that alone made the data is found exactly. Data at several temperatures share
    1/stiffness = mean of (x - mean)^2 / kT.

    Args:
        data: trajectories of beads, each with its state.
        coordinate: "bond" or "angle".
        types: names such as "A-B"; by default every type of the topologies.

    Raises:
        ValueError: if there is none of a type, or one is rigid.
    """
    if coordinate not in ("bond", "angle"):
        raise ValueError(f"coordinate {coordinate!r}: give 'bond' or 'angle'")
    wanted = None if types is None else [type_key(tuple(name.split("-"))) for name in types]
    moments: dict[str, _Moments] = {}
    for trajectory, state in data:
        groups = _groups(trajectory, coordinate, wanted)
        for frames in trajectory.chunks() if groups else ():
            box = None if frames.box is None else frames.box[:, None]
            for name, members in groups.items():
                if coordinate == "bond":
                    x = distances(frames.positions, members, box)
                    weight = 1 / x**2
                else:
                    x = angles(frames.positions, members, box)
                    weight = 1 / np.maximum(np.sin(x), 1e-6)
                moments.setdefault(name, _Moments(float(np.mean(x)))).add(x, weight, state.kT)
    names = tuple(sorted(moments) if wanted is None else wanted)
    missing = [name for name in names if name not in moments]
    if missing or not names:
        raise ValueError(
            f"the data has no {coordinate} of type {', '.join(missing) or 'any kind'}: its types "
            f"are {sorted(moments)}; check the mapping, or name others in `types`"
        )
    rigid = [name for name in names if moments[name].variance < RIGID**2]
    if rigid:
        raise ValueError(
            f"{coordinate} {', '.join(rigid)} does not vary, it is constrained: leave it out of "
            "`types`, or map so that no bead is tied to another by rigid bonds"
        )
    mean = np.array([moments[name].mean for name in names])
    stiffness = np.array([1 / moments[name].softness for name in names])
    if coordinate == "bond":
        return HarmonicBonds(types=names, stiffness=stiffness, length=mean)
    return HarmonicAngles(types=names, stiffness=stiffness, angle=mean)


def _groups(
    trajectory: Trajectory, coordinate: str, wanted: list[str] | None
) -> dict[str, np.ndarray]:
    """Return the wanted particle lists of a topology by type."""
    topology = trajectory.topology
    members = topology.bonds if coordinate == "bond" else topology.angles
    keys = np.array([type_key(tuple(map(str, topology.types[row]))) for row in members])
    return {
        str(name): members[keys == name] for name in set(keys) if wanted is None or name in wanted
    }


class _Moments:
    """Weighted sums of a coordinate around a first guess of its mean."""

    def __init__(self, origin: float) -> None:
        self.origin = origin
        self.weight = 0.0
        self.sums = np.zeros(2)
        self.scaled = np.zeros(3)

    def add(self, x: np.ndarray, weight: np.ndarray, kT: float) -> None:
        """Add samples at one temperature (kJ/mol)."""
        y = x - self.origin
        powers = np.array([np.sum(weight * y**n) for n in range(3)])
        self.weight += float(powers[0])
        self.sums += powers[1:]
        self.scaled += powers / kT

    @property
    def mean(self) -> float:
        """Mean of the coordinate."""
        return self.origin + float(self.sums[0]) / self.weight

    @property
    def variance(self) -> float:
        """Variance of the coordinate."""
        return float(self.sums[1]) / self.weight - (self.mean - self.origin) ** 2

    @property
    def softness(self) -> float:
        """Mean of (x - mean)^2 / kT, the inverse stiffness."""
        shift = self.mean - self.origin
        total = self.scaled[2] - 2 * shift * self.scaled[1] + shift**2 * self.scaled[0]
        return float(total) / self.weight
