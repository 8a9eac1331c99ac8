"""What an analytic toy knows: its data, where models are compared, and what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from molscape.analysis.profiles import Profile, root_mean_square
from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import thermal_energy
from molscape.simulate.run import Run
from molscape.studies.analytic_toy.recipe import ToyRecipe
from molscape.studies.study import Study

PARTICLE = Topology.build(["P"], masses=[1.0])


@dataclass(eq=False)
class ToyStudy(Study):
    """What a running toy knows so far."""

    recipe: ToyRecipe
    data: ToyData = field(init=False)

    @property
    def kT(self) -> float:
        """Thermal energy in kJ/mol."""
        return float(thermal_energy(self.recipe.temperature))

    @property
    def state(self) -> State:
        """The temperature."""
        return State(temperature=self.recipe.temperature)


@dataclass(frozen=True, eq=False)
class ToyData:
    """Positions (nm) and the instantaneous force along x (kT/nm), and how long they took."""

    x: Float[np.ndarray, "replica frame"]
    y: Float[np.ndarray, "replica frame"]
    force: Float[np.ndarray, "replica frame"]
    run: Run

    def trajectory(self, frames: int, kT: float) -> Trajectory:
        """Return some frames as one bead on the x axis, replica after replica."""
        chosen = np.linspace(0, self.x.size - 1, frames).astype(int)
        positions, forces = np.zeros((2, frames, 1, 3))
        positions[:, 0, 0] = self.x.ravel()[chosen]
        forces[:, 0, 0] = self.force.ravel()[chosen] * kT
        return Trajectory.from_frames(PARTICLE, Frames(positions=positions, forces=forces))


@dataclass(frozen=True, eq=False)
class Inside:
    """Where models are compared: bins with enough data, and the exact curves there."""

    x: Float[np.ndarray, " bin"]
    chosen: Bool[np.ndarray, " bin"]
    free_energy: Float[np.ndarray, " bin"]
    force: Float[np.ndarray, " bin"]

    def free_energy_deviation(self, values: Float[np.ndarray, " bin"]) -> float:
        """Return the root mean square deviation in kT, shifted by the mean difference."""
        return root_mean_square(values, self.free_energy, self.chosen, shifted=True)

    def force_deviation(self, values: Float[np.ndarray, " bin"]) -> float:
        """Return the root mean square deviation in kT/nm."""
        return root_mean_square(values, self.force, self.chosen)


@dataclass(frozen=True, eq=False)
class ToyResults:
    """What is drawn: the data's profile, where models are compared, and those of the runs."""

    data: Profile
    inside: Inside
    runs: dict[str, Profile]
    floor: float
