"""The thermodynamic state that a trajectory samples or a model is run at."""

from dataclasses import dataclass

from molscape.core.units import thermal_energy


@dataclass(frozen=True)
class State:
    """Temperature in K, and optionally pressure (kJ/mol/nm^3) or density (u/nm^3).

    Raises:
        ValueError: if the temperature is not positive, or both pressure and density are given.
    """

    temperature: float
    pressure: float | None = None
    density: float | None = None

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(
                f"temperature must be positive, got {self.temperature} K: give it in kelvin"
            )
        if self.pressure is not None and self.density is not None:
            raise ValueError("a state has a pressure or a density, got both: leave one of them out")

    @property
    def kT(self) -> float:
        """Thermal energy in kJ/mol."""
        return thermal_energy(self.temperature)
