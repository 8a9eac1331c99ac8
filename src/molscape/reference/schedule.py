"""How long an all-atom run is, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplingSchedule:
    """Frames to keep, and the equilibration before them; times in ps, friction in 1/ps.

    `pressure_equilibration` is run at constant pressure, only for states with a pressure; its
    second half gives the density. `volume_equilibration` is run at that density and not kept.
    `save_every` is the time between saved states, from which a stopped run goes on.

    Raises:
        ValueError: if a time is negative, or the interval is no multiple of the time step.
    """

    frames: int
    interval: float = 5.0
    timestep: float = 0.002
    friction: float = 1.0
    pressure_equilibration: float = 150.0
    volume_equilibration: float = 20.0
    save_every: float = 10.0
    velocities: bool = False

    def __post_init__(self) -> None:
        for name in ("frames", "interval", "timestep", "friction", "save_every"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name in ("pressure_equilibration", "volume_equilibration"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} cannot be negative, got {getattr(self, name)} ps")
        steps = self.interval / self.timestep
        if abs(steps - round(steps)) > 1e-6 * steps or round(steps) < 1:
            raise ValueError(
                f"the interval of {self.interval:g} ps is no multiple of the time step of "
                f"{self.timestep:g} ps: change one of them"
            )

    @property
    def every(self) -> int:
        """Steps between kept frames."""
        return round(self.interval / self.timestep)

    def parts(self, pressure: bool) -> list[Part]:
        """Return the parts of a run in order; `pressure`: begin at constant pressure."""
        save = max(1, round(self.save_every / self.timestep))
        parts: list[Part] = []
        if pressure:
            steps = round(self.pressure_equilibration / self.timestep)
            parts += [Part("pressure", n, PROBE) for n in _split(steps, save, PROBE)]
        steps = round(self.volume_equilibration / self.timestep)
        parts += [Part("volume", n, PROBE) for n in _split(steps, save, PROBE)]
        steps = self.frames * self.every
        return parts + [Part("kept", n, self.every) for n in _split(steps, save, self.every)]


PROBE = 50
"""Steps between readings of volume, energy and temperature during equilibration."""


@dataclass(frozen=True)
class Part:
    """Steps between two saved states: "pressure", "volume" (equilibration) or "kept".

    Readings, and frames where they are kept, are taken `every` so many steps.
    """

    kind: str
    steps: int
    every: int


def _split(steps: int, save: int, every: int) -> list[int]:
    """Cut steps into parts of about `save`, each a multiple of `every`."""
    units = -(-steps // every)
    size = max(1, round(save / every))
    return [min(size, units - start) * every for start in range(0, units, size)]
