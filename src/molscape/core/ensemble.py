"""Ensembles that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Barostat:
    """Constant isotropic `pressure` (kJ/mol/nm^3); `time` (ps) is how fast the volume adapts.

    Engines `jax` and `openmm` try Monte Carlo changes of volume that move molecules as wholes
    (20 in `time`); `lammps` gives the box a momentum and scales all coordinates,
    with `time` as its damping time. All sample the same ensemble.
    """

    pressure: float
    time: float = 2.0


class Ensemble:
    """What all ensembles say of themselves, so that nobody has to ask which one it is."""

    kind: ClassVar[str]
    thermostat: ClassVar[bool] = True
    """Whether something holds the temperature."""
    noise: ClassVar[bool]
    """Whether steps take random numbers."""
    velocities: ClassVar[bool] = True
    """Whether beads have inertia, and with it velocities and a temperature."""
    extended: ClassVar[bool] = False
    """Whether the thermostat has variables of its own, which are part of the state."""
    conserves_momentum: ClassVar[bool]
    conserved_quantity: ClassVar[str | None] = None
    """What stays as it is along a run at constant volume; None where nothing does."""

    temperature: float
    barostat: Barostat | None

    def degrees_of_freedom(self, particles: int) -> int:
        """Return how many degrees the velocities of this many particles have.

        Momentum of the whole that is conserved is zero and takes away three; a single particle
        keeps its own.
        """
        return 3 * particles - (3 if self.conserves_momentum and particles > 1 else 0)

    def check(self) -> None:
        """Refuse numbers that no engine could run.

        Raises:
            ValueError: if a temperature, friction, time or number of links is not positive.
        """
        if not self.temperature > 0:
            raise ValueError(f"temperature {self.temperature:g} K: a thermostat needs more than 0")


@dataclass(frozen=True)
class NVE(Ensemble):
    """Constant energy; velocities are drawn at `temperature` (K) where the start has none."""

    kind: ClassVar[str] = "nve"
    thermostat: ClassVar[bool] = False
    noise: ClassVar[bool] = False
    conserves_momentum: ClassVar[bool] = True
    conserved_quantity: ClassVar[str | None] = "energy"

    temperature: float

    barostat = None

    def check(self) -> None:
        """Accept any temperature: it draws velocities at most."""


@dataclass(frozen=True)
class Langevin(Ensemble):
    """Langevin dynamics at `temperature` (K) with collision rate `friction` (1/ps)."""

    kind: ClassVar[str] = "langevin"
    noise: ClassVar[bool] = True
    conserves_momentum: ClassVar[bool] = False

    temperature: float
    friction: float = 1.0
    barostat: Barostat | None = None


@dataclass(frozen=True)
class Brownian(Ensemble):
    """Overdamped dynamics at `temperature` (K) with collision rate `friction` (1/ps).

    dX = -grad U D/kT dt + sqrt(2 D) dW, with D = kT/(mass friction) for each bead: a bead of
    12 u at 300 K and 100/ps has D = 0.0021 nm^2/ps. There are no velocities.
    """

    kind: ClassVar[str] = "brownian"
    noise: ClassVar[bool] = True
    velocities: ClassVar[bool] = False
    conserves_momentum: ClassVar[bool] = False

    temperature: float
    friction: float = 100.0
    barostat: Barostat | None = None

    def check(self) -> None:
        """Refuse a temperature or friction that is not positive."""
        super().check()
        if not self.friction > 0:
            raise ValueError(
                f"friction {self.friction:g} 1/ps of Brownian dynamics: give a positive one, the "
                "diffusion coefficient is kT/(mass friction)"
            )


@dataclass(frozen=True)
class NoseHoover(Ensemble):
    """A chain of `chain` Nosé-Hoover thermostats at `temperature` (K).

    `time` (ps) sets the thermostats' masses: Q_1 = f kT time^2 for f degrees of freedom, the
    others kT time^2. Unlike Langevin dynamics it conserves momentum, so that diffusion is not
    damped. Source: G. J. Martyna, M. L. Klein and M. Tuckerman, J. Chem. Phys. 97, 2635 (1992).
    """

    kind: ClassVar[str] = "nose_hoover"
    noise: ClassVar[bool] = False
    extended: ClassVar[bool] = True
    conserves_momentum: ClassVar[bool] = True
    conserved_quantity: ClassVar[str | None] = "energy of beads and thermostats"

    temperature: float
    time: float = 0.2
    chain: int = 3
    barostat: Barostat | None = None

    def check(self) -> None:
        """Refuse a temperature, time or number of links that is not positive."""
        super().check()
        if not (self.time > 0 and self.chain >= 1):
            raise ValueError(
                f"a Nosé-Hoover chain of {self.chain} links with time {self.time:g} ps: "
                "use at least one link and a positive time"
            )
