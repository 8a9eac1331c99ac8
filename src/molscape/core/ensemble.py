"""Ensembles that every engine understands.

Each says whether there are `velocities`, and whether a `thermostat` holds the temperature.
"""

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


@dataclass(frozen=True)
class NVE:
    """Constant energy; velocities are drawn at `temperature` (K) where the start has none."""

    kind: ClassVar[str] = "nve"
    velocities: ClassVar[bool] = True
    thermostat: ClassVar[bool] = False

    temperature: float


@dataclass(frozen=True)
class Langevin:
    """Langevin dynamics at `temperature` (K) with collision rate `friction` (1/ps)."""

    kind: ClassVar[str] = "langevin"
    velocities: ClassVar[bool] = True
    thermostat: ClassVar[bool] = True

    temperature: float
    friction: float = 1.0
    barostat: Barostat | None = None


@dataclass(frozen=True)
class Brownian:
    """Overdamped dynamics at `temperature` (K) with collision rate `friction` (1/ps).

    dX = -grad U D/kT dt + sqrt(2 D) dW, with D = kT/(mass friction) for each bead: a bead of
    12 u at 300 K and 100/ps has D = 0.0021 nm^2/ps. There are no velocities.
    """

    kind: ClassVar[str] = "brownian"
    velocities: ClassVar[bool] = False
    thermostat: ClassVar[bool] = True

    temperature: float
    friction: float = 100.0
    barostat: Barostat | None = None


@dataclass(frozen=True)
class NoseHoover:
    """A chain of `chain` Nosé-Hoover thermostats at `temperature` (K).

    `time` (ps) sets the thermostats' masses: Q_1 = f kT time^2 for f degrees of freedom, the
    others kT time^2. Unlike Langevin dynamics it conserves momentum, so that diffusion is not
    damped. Source: G. J. Martyna, M. L. Klein and M. Tuckerman, J. Chem. Phys. 97, 2635 (1992).
    """

    kind: ClassVar[str] = "nose_hoover"
    velocities: ClassVar[bool] = True
    thermostat: ClassVar[bool] = True

    temperature: float
    time: float = 0.2
    chain: int = 3
    barostat: Barostat | None = None


Ensemble = NVE | Langevin | Brownian | NoseHoover
