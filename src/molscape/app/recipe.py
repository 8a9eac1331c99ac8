"""The recipe: what a study is, checked by pydantic before anything runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Strict(BaseModel):
    """A block of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilesReference(Strict):
    """A trajectory of the user's own: files, and the temperature it was made at (K)."""

    topology: str
    trajectory: str | None = None
    temperature: float = Field(gt=0)
    units: Literal["real", "metal"] | None = None
    timestep: float | None = Field(default=None, gt=0, description="MD time step in ps, for dumps")
    frames: str = Field(default=":", pattern=r"^-?\d*:-?\d*(:\d+)?$")
    remove_net_force: bool = False


class ShippedReference(Strict):
    """Data that comes with the package."""

    shipped: str
    frames: str = Field(default=":", pattern=r"^-?\d*:-?\d*(:\d+)?$")


class Make(Strict):
    """All-atom data made here with OpenMM."""

    system: Literal["spce"]
    molecules: int = Field(default=300, ge=200)
    temperature: float = Field(default=300.0, gt=0)
    frames: int = Field(default=200, ge=2)
    interval: float = Field(default=5.0, gt=0, description="time between frames in ps")


class MadeReference(Strict):
    """A reference that is made when the study runs."""

    make: Make


Reference = FilesReference | ShippedReference | MadeReference


class BeadBlock(Strict):
    """One bead of each molecule of a kind."""

    molecule: str
    atoms: list[str] = ["*"]
    weights: Literal["mass", "equal"] | list[float] = "mass"
    residues: list[str] = ["*"]


class MappingBlock(Strict):
    """Atoms to beads: by hand or by preset."""

    beads: dict[str, BeadBlock] | None = None
    preset: Literal["com", "residue"] | None = None

    @model_validator(mode="after")
    def _one(self) -> MappingBlock:
        if (self.beads is None) == (self.preset is None):
            raise ValueError("give either `beads` or `preset`, one of the two")
        return self


Pair = tuple[str, str]


class PairSplineBlock(Strict):
    """A pair spline; without `pairs`, all pairs of bead types."""

    kind: Literal["pair_spline"]
    start: float = Field(ge=0)
    cutoff: float = Field(gt=0)
    spacing: float = Field(gt=0)
    degree: Literal[3, 4, 5] = 4
    pairs: list[Pair] | None = None


class LennardJonesBlock(Strict):
    """Lennard-Jones; one value for all pairs, or one for each; without `pairs`, all pairs."""

    kind: Literal["lennard_jones"]
    epsilon: float | list[float]
    sigma: float | list[float]
    cutoff: float = Field(gt=0)
    smooth: Literal["none", "shift", "force"] = "shift"
    pairs: list[Pair] | None = None


class TabulatedPairBlock(Strict):
    """A pair table from a text file with columns distance (nm), energy (kJ/mol), force."""

    kind: Literal["tabulated_pair"]
    file: str
    pairs: list[Pair] | None = None


class StillingerWeberBlock(Strict):
    """Stillinger-Weber with epsilon in kJ/mol and sigma in nm."""

    kind: Literal["stillinger_weber"]
    type: str
    epsilon: float
    sigma: float
    a: float
    lambda_: float = Field(alias="lambda")
    gamma: float
    cos_theta0: float
    A: float
    B: float
    p: float
    q: float


class HarmonicBondsBlock(Strict):
    """Harmonic bonds 1/2 k (r - r0)^2 by type, e.g. types: [A-B]."""

    kind: Literal["harmonic_bonds"]
    types: list[str]
    stiffness: list[float]
    length: list[float]


PotentialBlock = Annotated[
    PairSplineBlock
    | LennardJonesBlock
    | TabulatedPairBlock
    | StillingerWeberBlock
    | HarmonicBondsBlock,
    Field(discriminator="kind"),
]


class LinearMethod(Strict):
    """Normal equations, solved once."""

    kind: Literal["linear"]
    ridge: Literal["auto"] | Annotated[float, Field(ge=0)] = "auto"
    blocks: int = Field(default=10, ge=2)
    minimum_samples: float = Field(default=50, ge=1)


class FitBlock(Strict):
    """An objective and a method."""

    objective: Literal["force_matching"]
    method: LinearMethod = LinearMethod(kind="linear")


class ModelBlock(Strict):
    """One candidate model: a potential, fitted unless there is nothing to fit."""

    potential: list[PotentialBlock] = Field(min_length=1)
    fit: FitBlock | None = None


class LangevinBlock(Strict):
    """Langevin thermostat with friction in 1/ps."""

    kind: Literal["langevin"]
    friction: float = Field(default=1.0, gt=0)


class NoThermostat(Strict):
    """Constant energy."""

    kind: Literal["none"]


class SimulateBlock(Strict):
    """How every model is run."""

    engine: Literal["jax", "lammps"] = "jax"
    thermostat: Annotated[LangevinBlock | NoThermostat, Field(discriminator="kind")] = (
        LangevinBlock(kind="langevin")
    )
    temperature: float | None = Field(default=None, gt=0)
    timestep: float = Field(default=0.005, gt=0)
    steps: int = Field(default=200_000, ge=1)
    every: int = Field(default=200, ge=1)
    equilibration: int = Field(default=20_000, ge=0)
    replicas: int = Field(default=1, ge=1)
    precision: Literal["single", "double"] = "single"
    threads: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> SimulateBlock:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        if self.engine == "lammps" and self.replicas > 1:
            raise ValueError("replicas are run side by side by the jax engine: use engine: jax")
        return self


Observable = Literal["rdf", "angles", "pressure", "diffusion"]


class Recipe(Strict):
    """A coarse-graining study: one reference, one or more models, one report."""

    molscape: Literal[1]
    kind: Literal["coarse_graining"] = "coarse_graining"
    title: str
    description: str = ""
    seed: int = Field(default=0, ge=0)
    reference: Reference
    mapping: MappingBlock
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[Observable] = ["rdf", "angles", "pressure", "diffusion"]
    tolerances: dict[Literal["rdf", "angles"], float] = {}
    export: list[Literal["lammps"]] = []
    quick: dict[str, Any] = {}

    @field_validator("models")
    @classmethod
    def _names(cls, models: dict[str, ModelBlock]) -> dict[str, ModelBlock]:
        for name in models:
            if not name.replace("_", "").replace("-", "").isalnum():
                raise ValueError(f"model name {name!r}: use letters, digits, - and _ only")
            if name in ("reference", "all-atom"):
                raise ValueError(f"model name {name!r} means the reference: choose another")
        return models
