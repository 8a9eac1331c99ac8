"""What a potential lowers itself to: the terms that engines and exporters know.

Arrays are numpy, units are the inside ones, `types` are bead type names. Nobody asks what
kind a potential is; everybody reads its terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float


class Term:
    """One part of a lowered model; exporters and engines find what writes it by its class.

    `types` are the bead types that must be there for it to act, none where any beads will do.
    Beads further apart than `cutoff` (nm) do not interact; it is zero for bonded terms.
    """

    types: tuple[str, ...]

    if TYPE_CHECKING:
        # Declared only: a dataclass would take it for the default of a field of this name.
        @property
        def cutoff(self) -> float:
            """Distance beyond which there is no interaction, nm."""

    @property
    def long_range(self) -> bool:
        """Whether a part of it acts beyond the cutoff."""
        return False


class Bonded(Term):
    """A term of the bonds, angles or dihedrals of some types, read from either end."""

    cutoff = 0.0

    @property
    def width(self) -> int:
        """Number of beads: 2 for bonds, 3 for angles, 4 for dihedrals."""
        return len(self.types)


class ManyBody(Term):
    """A term of several beads within the cutoff at once; bonded beads are not excluded from it."""


@dataclass(frozen=True, eq=False)
class PairTable(Term):
    """Energy (kJ/mol) and force -dU/dr (kJ/mol/nm) of one pair of types on a uniform grid.

    `distance` (nm) runs up to the cutoff, where energy and force are zero. Below its first
    point a walker is already lost: engines report it.
    """

    types: tuple[str, str]
    distance: Float[np.ndarray, " point"]
    energy: Float[np.ndarray, " point"]
    force: Float[np.ndarray, " point"]

    @property
    def cutoff(self) -> float:
        """Distance beyond which there is no interaction, nm."""
        return float(self.distance[-1])


@dataclass(frozen=True)
class LennardJones(Term):
    """U = 4 epsilon [(sigma/r)^12 - (sigma/r)^6] inside the cutoff; shifted to zero there if asked.

    `smooth`: "none" truncates the energy as it is, "shift" subtracts U(cutoff),
    "force" subtracts U(cutoff) + (r - cutoff) U'(cutoff), so that the force vanishes too.
    """

    types: tuple[str, str]
    epsilon: float
    sigma: float
    cutoff: float
    smooth: str


@dataclass(frozen=True)
class HarmonicBond(Bonded):
    """U = 1/2 stiffness (r - length)^2 for bonds between two types; kJ/mol/nm^2 and nm."""

    types: tuple[str, str]
    stiffness: float
    length: float


@dataclass(frozen=True)
class HarmonicAngle(Bonded):
    """U = 1/2 stiffness (theta - angle)^2 at the middle type; kJ/mol/rad^2 and rad."""

    types: tuple[str, str, str]
    stiffness: float
    angle: float


@dataclass(frozen=True)
class PeriodicDihedral(Bonded):
    """U = stiffness (1 + cos(multiplicity phi - phase)); kJ/mol and rad.

    phi is zero for cis and grows clockwise looking along the middle bond (IUPAC).
    """

    types: tuple[str, str, str, str]
    stiffness: float
    multiplicity: int
    phase: float


@dataclass(frozen=True, eq=False)
class BondedTable(Bonded):
    """Energy and -dU/dx of a bond, angle or dihedral (2, 3 or 4 types) on a uniform grid.

    The coordinate is the bond's length in nm, the angle in rad from 0 to pi, or the dihedral
    in rad from -pi to pi, both ends included (IUPAC sign, zero for cis).
    """

    types: tuple[str, ...]
    coordinate: Float[np.ndarray, " point"]
    energy: Float[np.ndarray, " point"]
    force: Float[np.ndarray, " point"]


@dataclass(frozen=True, eq=False)
class AngularTable(ManyBody):
    """Three-body table in the angle at the first type; legs weighted by exp(gamma/(r - cutoff)).

    U = sum over pairs of legs of energy(angle) exp(gamma/(r_ij - cutoff) + gamma/(r_ik - cutoff)),
    angles in rad, `gamma` and `cutoff` in nm.
    """

    types: tuple[str, str, str]
    angle: Float[np.ndarray, " point"]
    energy: Float[np.ndarray, " point"]
    force: Float[np.ndarray, " point"]
    gamma: float
    cutoff: float


@dataclass(frozen=True)
class StillingerWeber(ManyBody):
    """Stillinger-Weber two- and three-body energy of one type (PRB 31, 5262 (1985), eqs 2-5).

    epsilon in kJ/mol, sigma in nm; the cutoff is a * sigma.
    """

    types: tuple[str]
    epsilon: float
    sigma: float
    a: float
    lambda_: float
    gamma: float
    cos_theta0: float
    A: float
    B: float
    p: float
    q: float

    @property
    def cutoff(self) -> float:
        """Distance at which both parts vanish, nm."""
        return self.a * self.sigma


@dataclass(frozen=True)
class Tersoff(ManyBody):
    """Tersoff bond-order term of one type, in the parameter order of LAMMPS; nm and kJ/mol."""

    types: tuple[str]
    m: float
    gamma: float
    lambda3: float
    c: float
    d: float
    cos_theta0: float
    n: float
    beta: float
    lambda2: float
    B: float
    R: float
    D: float
    lambda1: float
    A: float

    @property
    def cutoff(self) -> float:
        """Outer end of the cutoff function, nm."""
        return self.R + self.D


@dataclass(frozen=True)
class Coulomb(Term):
    """Coulomb interaction of the beads' charges; excluded pairs take no part.

    `dielectric` divides all charges' products. With method "reaction_field" a pair inside the
    cutoff (nm) has U = q q'/(4 pi epsilon_0 dielectric) (1/r + k r^2 - c), where
    k = (e - 1)/((2 e + 1) cutoff^3), c = 1/cutoff + k cutoff^2, and e is
    `reaction_field_dielectric` relative to `dielectric` (inf: a conductor). With "ewald" the
    periodic sum is taken with conducting boundaries to a relative accuracy of forces `accuracy`.
    """

    cutoff: float
    dielectric: float = 1.0
    method: Literal["reaction_field", "ewald"] = "reaction_field"
    reaction_field_dielectric: float = float("inf")
    accuracy: float = 1e-5

    types = ()

    @property
    def long_range(self) -> bool:
        """Whether a part of it acts beyond the cutoff: that of an Ewald sum."""
        return self.method == "ewald"


@dataclass(frozen=True)
class Opaque(Term):
    """A term that only molscape can evaluate, such as a network; `why` is shown to the user."""

    kind: str
    cutoff: float
    why: str

    types = ()


def opaque_terms(lowered: Iterable[Term]) -> list[Opaque]:
    """Return the terms that only molscape can evaluate."""
    return [term for term in lowered if isinstance(term, Opaque)]
