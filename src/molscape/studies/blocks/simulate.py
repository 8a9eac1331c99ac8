"""Blocks of a recipe that say how models are run."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from molscape.core.block import Block, default_text, type_text, unit
from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.units import BAR
from molscape.simulate import ENGINES

if TYPE_CHECKING:
    from molscape.simulate.engine import Engine
    from molscape.simulate.schedule import Schedule
    from molscape.simulate.tempering import Tempering


class LangevinBlock(Block):
    """Langevin thermostat with friction in 1/ps."""

    kind: Literal["langevin"] = Field(description="Langevin dynamics")
    friction: float = Field(
        default=1.0, gt=0, description="collision rate", json_schema_extra=unit("1/ps")
    )

    def ensemble(self, temperature: float, barostat: Barostat | None) -> Langevin:
        """Return the ensemble at a temperature (K)."""
        return Langevin(temperature, self.friction, barostat)


class BrownianBlock(Block):
    """Overdamped dynamics with friction in 1/ps: D = kT/(mass friction)."""

    kind: Literal["brownian"] = Field(
        description="overdamped dynamics, without velocities and temperature"
    )
    friction: float = Field(
        default=100.0,
        gt=0,
        description="each bead diffuses with D = kT/(mass friction)",
        json_schema_extra=unit("1/ps"),
    )

    def ensemble(self, temperature: float, barostat: Barostat | None) -> Brownian:
        """Return the ensemble at a temperature (K)."""
        return Brownian(temperature, self.friction, barostat)


class NoseHooverBlock(Block):
    """Chain of Nosé-Hoover thermostats with period in ps."""

    kind: Literal["nose_hoover"] = Field(
        description=(
            "a chain of Nosé-Hoover thermostats; momentum is conserved, diffusion not damped"
        )
    )
    time: float = Field(default=0.2, gt=0, description="period", json_schema_extra=unit("ps"))
    chain: int = Field(default=3, ge=1, description="thermostats in the chain")

    def ensemble(self, temperature: float, barostat: Barostat | None) -> NoseHoover:
        """Return the ensemble at a temperature (K)."""
        return NoseHoover(temperature, self.time, self.chain, barostat)


class NoThermostat(Block):
    """Constant energy."""

    kind: Literal["none"] = Field(
        description="constant energy; velocities are drawn at the temperature"
    )

    def ensemble(self, temperature: float, barostat: Barostat | None) -> NVE:
        """Return the ensemble whose velocities are drawn at a temperature (K)."""
        return NVE(temperature)


class LadderBlock(Block):
    """Temperatures in equal ratios, from that of the model to the highest (K)."""

    highest: float = Field(gt=0, json_schema_extra=unit("K"))
    count: int = Field(ge=2, description="how many temperatures")


class TemperingBlock(Block):
    """Parallel tempering; every so many steps neighbours in temperature try to exchange."""

    temperatures: list[float] | None = Field(
        default=None,
        min_length=2,
        description="rising, the model's own among them",
        json_schema_extra=unit("K"),
    )
    ladder: LadderBlock | None = Field(
        default=None, description="temperatures in equal ratios, from the model's own"
    )
    every: int = Field(default=500, ge=1, description="steps between attempts to exchange")

    def build(self, temperature: float) -> Tempering:
        """Return the temperatures for a run at one of them (K).

        Raises:
            ValueError: if they do not rise, or the ladder's highest is not above the run's.
        """
        from molscape.simulate.tempering import Tempering

        if self.temperatures is not None:
            return Tempering(tuple(self.temperatures), self.every)
        assert self.ladder is not None
        return Tempering.ladder(temperature, self.ladder.highest, self.ladder.count, self.every)

    @model_validator(mode="after")
    def _one(self) -> TemperingBlock:
        if (self.temperatures is None) == (self.ladder is None):
            raise ValueError(
                "give either `temperatures` or `ladder`, such as {highest: 600, count: 6}"
            )
        return self


class SimulateBlock(Block):
    """How every model is run."""

    engine: str = Field(
        default="jax",
        json_schema_extra=type_text("jax, lammps, openmm"),
        description="what runs the models; a name in `molscape.simulate.ENGINES`",
    )
    thermostat: Annotated[
        LangevinBlock | BrownianBlock | NoseHooverBlock | NoThermostat, Field(discriminator="kind")
    ] = LangevinBlock(kind="langevin")
    temperature: float | None = Field(
        default=None, gt=0, json_schema_extra=unit("K") | default_text("the reference's")
    )
    pressure: float | None = Field(
        default=None,
        description="constant pressure instead of constant volume",
        json_schema_extra=unit("bar"),
    )
    timestep: float = Field(default=0.005, gt=0, json_schema_extra=unit("ps"))
    steps: int = Field(
        default=200_000, ge=1, description="steps that are measured; a multiple of `every`"
    )
    every: int = Field(default=200, ge=1, description="steps between frames")
    equilibration: int = Field(default=20_000, ge=0, description="steps before, not measured")
    replicas: int = Field(default=1, ge=1, description="independent copies side by side (jax)")
    tempering: TemperingBlock | None = Field(
        default=None, description="exchanges with copies at higher temperatures (jax)"
    )
    outside_stop: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description=(
            "a run of a learned model stops where more than this share of a part's frames has "
            "a feature outside the range of the training data"
        ),
    )
    precision: Literal["single", "double"] = Field(
        default="single", description="of the jax engine, and of OpenMM on a GPU"
    )
    threads: int = Field(default=1, ge=1, description="of LAMMPS, and of OpenMM on the CPU")
    platform: Literal["auto", "reference", "cpu", "cuda", "opencl"] = Field(
        default="auto", description="of OpenMM"
    )

    def ensemble(self, temperature: float) -> Ensemble:
        """Return the ensemble; without a temperature of its own, at that of the reference (K)."""
        barostat = None if self.pressure is None else Barostat(self.pressure * BAR)
        return self.thermostat.ensemble(self.temperature or temperature, barostat)

    def schedule(self, seed: int) -> Schedule:
        """Return how long a run is and what it keeps."""
        from molscape.simulate.schedule import Schedule

        return Schedule(
            steps=self.steps,
            timestep=self.timestep,
            every=self.every,
            equilibration=self.equilibration,
            seed=seed,
            outside_stop=self.outside_stop,
        )

    def build_engine(self, temperature: float | None = None) -> Engine:
        """Return the engine, with those of its settings that are keys here.

        Args:
            temperature: of the model in K, where a ladder of temperatures begins if the block
                has no temperature of its own; without both the engine does no tempering, and is
                there to be asked, not to be run.
        """
        at = self.temperature or temperature
        tempering = self.tempering
        tempered = None if tempering is None or at is None else tempering.build(at)
        given = {
            "precision": self.precision,
            "threads": self.threads,
            "platform": self.platform,
            "replicas": self.replicas,
            "tempering": tempered,
        }
        return ENGINES[self.engine](**{name: given[name] for name in self._settings() & {*given}})

    def _settings(self) -> set[str]:
        """Return the names of the engine's settings."""
        return {each.name for each in fields(ENGINES[self.engine])}

    @field_validator("engine")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ENGINES:
            *first, last = (repr(known) for known in ENGINES)
            expected = f"{', '.join(first)} or {last}"
            raise PydanticCustomError(
                "engine", "Input should be {expected}", {"expected": expected}
            )
        return name

    @model_validator(mode="after")
    def _fits(self) -> SimulateBlock:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        if self.thermostat.kind == "none" and self.pressure is not None:
            raise ValueError("constant pressure needs a thermostat: use langevin or nose_hoover")
        if self.replicas > 1 and "replicas" not in self._settings():
            raise ValueError("replicas are run side by side by the jax engine: use engine: jax")
        if self.tempering is not None:
            self._fits_tempering()
        return self

    def _fits_tempering(self) -> None:
        if "tempering" not in self._settings():
            raise ValueError("tempering is done by the jax engine: use engine: jax")
        if self.thermostat.kind not in ("langevin", "brownian") or self.pressure is not None:
            raise ValueError(
                "tempering needs a langevin or brownian thermostat and constant volume: use one of "
                "them, and leave out `pressure`"
            )
