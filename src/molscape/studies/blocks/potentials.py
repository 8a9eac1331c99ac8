"""Blocks of a recipe that describe the parts of a potential."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block
from molscape.core.identity import PATH_FIELD

Pair = tuple[str, str]


class PairSplineBlock(Block):
    """A pair spline; without `pairs`, all pairs of bead types."""

    kind: Literal["pair_spline"]
    start: float = Field(ge=0)
    cutoff: float = Field(gt=0)
    spacing: float = Field(gt=0)
    degree: Literal[3, 4, 5] = 4
    pairs: list[Pair] | None = None

    @model_validator(mode="after")
    def _whole(self) -> PairSplineBlock:
        length = self.cutoff - self.start
        if length <= 0:
            raise ValueError(
                f"start {self.start:g} nm is not below the cutoff of {self.cutoff:g} nm: choose a "
                "larger `cutoff` or a smaller `start`"
            )
        intervals = length / self.spacing
        if abs(intervals - round(intervals)) > 1e-6:
            fewer, more = math.floor(intervals), math.ceil(intervals)
            ends = [f"{self.start + n * self.spacing:g}" for n in (fewer, more) if n]
            widths = [f"{length / n:.9g}" for n in (more, fewer) if n]
            raise ValueError(
                f"from start {self.start:g} to cutoff {self.cutoff:g} nm there are {intervals:.7g} "
                f"spacings of {self.spacing:g} nm, not a whole number: use cutoff "
                f"{' or '.join(ends)}, or spacing {' or '.join(widths)}"
            )
        return self


class LennardJonesBlock(Block):
    """Lennard-Jones; one value for all pairs, or one for each; without `pairs`, all pairs."""

    kind: Literal["lennard_jones"]
    epsilon: float | list[float]
    sigma: float | list[float]
    cutoff: float = Field(gt=0)
    smooth: Literal["none", "shift", "force"] = "shift"
    pairs: list[Pair] | None = None


class TabulatedPairBlock(Block):
    """A pair table from a text file with columns distance (nm), energy (kJ/mol), force."""

    kind: Literal["tabulated_pair"]
    file: str = Field(json_schema_extra=PATH_FIELD)
    pairs: list[Pair] | None = None


class StillingerWeberBlock(Block):
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


class HarmonicBondsBlock(Block):
    """Harmonic bonds 1/2 k (r - r0)^2; k and r0 from the reference's fluctuations if not given."""

    kind: Literal["harmonic_bonds"]
    types: list[str] | None = None
    stiffness: list[float] | None = None
    length: list[float] | None = None

    @model_validator(mode="after")
    def _together(self) -> HarmonicBondsBlock:
        _all_or_none(self, "types", "stiffness", "length")
        return self


class HarmonicAnglesBlock(Block):
    """Harmonic angles 1/2 k (t - t0)^2; k and t0 from the reference's fluctuations if not given."""

    kind: Literal["harmonic_angles"]
    types: list[str] | None = None
    stiffness: list[float] | None = None
    angle: list[float] | None = None

    @model_validator(mode="after")
    def _together(self) -> HarmonicAnglesBlock:
        _all_or_none(self, "types", "stiffness", "angle")
        return self


class PeriodicDihedralsBlock(Block):
    """Dihedrals k (1 + cos(n phi - phi0)); a type may come several times."""

    kind: Literal["periodic_dihedrals"]
    types: list[str]
    stiffness: list[float]
    multiplicity: list[int]
    phase: list[float]


class BondSplineBlock(Block):
    """Splines in the length of bonds (nm); without a range, that of the reference."""

    kind: Literal["bond_spline"]
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, gt=0)
    intervals: int = Field(default=20, ge=5)
    types: list[str] | None = None

    @model_validator(mode="after")
    def _together(self) -> BondSplineBlock:
        _all_or_none(self, "start", "end")
        return self


class AngleSplineBlock(Block):
    """Splines in the angles of three beads (rad); without a range, that of the reference."""

    kind: Literal["angle_spline"]
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, gt=0)
    intervals: int = Field(default=20, ge=5)
    types: list[str] | None = None

    @model_validator(mode="after")
    def _together(self) -> AngleSplineBlock:
        _all_or_none(self, "start", "end")
        return self


class DihedralSplineBlock(Block):
    """Periodic splines in the dihedrals of four beads (rad)."""

    kind: Literal["dihedral_spline"]
    intervals: int = Field(default=36, ge=5)
    types: list[str] | None = None


class BondedSplinesBlock(Block):
    """Splines of all bonds, angles and dihedrals that the beads have; none where they have none."""

    kind: Literal["bonded_splines"]
    intervals: int = Field(default=20, ge=5)
    dihedral_intervals: int = Field(default=36, ge=5)


class CoulombBlock(Block):
    """The charges of the beads: reaction field, or Ewald sum where the engine has it."""

    kind: Literal["coulomb"]
    cutoff: float = Field(gt=0)
    dielectric: float = Field(default=1.0, gt=0)
    method: Literal["reaction_field", "ewald"] = "reaction_field"
    reaction_field_dielectric: float = Field(default=float("inf"), ge=1)
    accuracy: float = Field(default=1e-5, gt=0)


class CgnetBlock(Block):
    """A network on distances, angles and dihedrals of the molecule; add harmonic priors."""

    kind: Literal["cgnet"]
    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[160] * 5, min_length=1)
    activation: Literal["tanh", "silu", "softplus", "gelu"] = "tanh"


class DeepcgBlock(Block):
    """A network on the surroundings of each bead."""

    kind: Literal["deepcg"]
    cutoff: float = Field(gt=0)
    form: Literal["smooth", "sharp"] = "smooth"
    neighbours: dict[str, tuple[int, int]] | None = None
    switch: float | None = Field(default=None, ge=0)
    wall: float = Field(default=25_000.0, ge=0, description="kJ/mol")
    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[120, 60, 30, 15], min_length=1)
    embedding: list[Annotated[int, Field(ge=1)]] = Field(default=[16, 32], min_length=1)
    axes: int = Field(default=4, ge=1)
    degree: int = Field(default=1, ge=1, le=3)
    mixed: bool = True
    activation: Literal["tanh", "silu", "softplus", "gelu"] = "tanh"


PotentialBlock = Annotated[
    PairSplineBlock
    | LennardJonesBlock
    | TabulatedPairBlock
    | StillingerWeberBlock
    | HarmonicBondsBlock
    | HarmonicAnglesBlock
    | PeriodicDihedralsBlock
    | BondSplineBlock
    | AngleSplineBlock
    | DihedralSplineBlock
    | BondedSplinesBlock
    | CoulombBlock
    | CgnetBlock
    | DeepcgBlock,
    Field(discriminator="kind"),
]


def _all_or_none(block: Block, *names: str) -> None:
    given = [name for name in names if getattr(block, name) is not None]
    if given and len(given) < len(names):
        raise ValueError(
            f"{', '.join(given)} without {', '.join(sorted(set(names) - set(given)))}: give all of "
            "them, or none to take them from the reference"
        )
