"""Ensembles that every engine understands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NVE:
    """Constant energy; velocities are drawn at `temperature` (K) where the start has none."""

    temperature: float


@dataclass(frozen=True)
class Langevin:
    """Langevin dynamics at `temperature` (K) with collision rate `friction` (1/ps)."""

    temperature: float
    friction: float = 1.0


Ensemble = NVE | Langevin
