"""All pair terms of a model as one OpenMM force, types looked up in small matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from molscape.core import terms
from molscape.core.units import COULOMB_CONSTANT
from molscape.export.openmm_tables import Grid, add_coefficients, coefficients, cubic

Key = tuple[int, int]

NEAR_END = 1e-6
"""Stillinger-Weber ends this share of its cutoff before it, where exp(-1e6) is zero anyway."""


class PairForce:
    """Gathers pair terms into the expression of one `CustomNonbondedForce`.

    One force for all of them means one walk over the neighbours: OpenMM's interaction groups,
    one for each pair of types, are slower on every platform.
    """

    def __init__(self, openmm: Any, names: tuple[str, ...]) -> None:
        self.openmm, self.names = openmm, names
        self.cutoff = 0.0
        self.empty = True
        self.tables: list[terms.PairTable] = []
        self.lennard_jones: list[terms.LennardJones] = []
        self.others: list[Callable[[], None]] = []
        self.parts: list[str] = []
        self.definitions: list[str] = []
        self.add_later: list[Callable[[Any], None]] = []
        self.charged = False

    def add_table(self, term: terms.PairTable) -> None:
        """Add a table; those with one grid share their lookups."""
        self._reach(term)
        self.tables.append(term)

    def add_lennard_jones(self, term: terms.LennardJones) -> None:
        """Add a Lennard-Jones term; those of different pairs share an expression."""
        self._reach(term)
        self.lennard_jones.append(term)

    def add_stillinger_weber(self, term: terms.StillingerWeber) -> None:
        """Add the two-body part of a Stillinger-Weber term."""
        self._reach(term)
        self.others.append(lambda: self._write_stillinger_weber(term))

    def add_reaction_field(self, term: terms.Coulomb) -> None:
        """Add charges in a reaction field."""
        self._reach(term)
        self.others.append(lambda: self._write_reaction_field(term))

    def _reach(self, term: terms.Term) -> None:
        self.cutoff, self.empty = max(self.cutoff, term.cutoff), False

    def build(self, species: np.ndarray, charges: np.ndarray, periodic: bool) -> Any:
        """Return the force for beads of these type numbers and charges (e); no exclusions yet."""
        # Only now the longest cutoff is known, which the expressions ask for.
        self._write_tables()
        self._write_lennard_jones()
        for write in self.others:
            write()
        expression = "; ".join([" + ".join(self.parts), *self.definitions])
        force = self.openmm.CustomNonbondedForce(expression)
        for add in self.add_later:
            add(force)
        force.addPerParticleParameter("type")
        if self.charged:
            force.addPerParticleParameter("charge")
        for kind, charge in zip(species.tolist(), charges.tolist(), strict=True):
            force.addParticle([kind, charge] if self.charged else [kind])
        method = "CutoffPeriodic" if periodic else "CutoffNonPeriodic"
        force.setNonbondedMethod(getattr(force, method))
        force.setCutoffDistance(self.cutoff)
        force.setName("pairs")
        return force

    def _key(self, names: tuple[str, str]) -> Key:
        i, j = sorted(self.names.index(name) for name in names)
        return i, j

    def _matrix(self, name: str, values: dict[Key, float], default: float = 0.0) -> str:
        """Return an expression for a number that depends on both types; a constant if it can be."""
        count = len(self.names)
        matrix = np.full((count, count), default)
        for (i, j), value in values.items():
            matrix[i, j] = matrix[j, i] = value
        if np.all(matrix == matrix[0, 0]):
            return f"({float(matrix[0, 0])!r})"
        function = self.openmm.Discrete2DFunction(count, count, matrix.ravel().tolist())
        self.add_later.append(lambda force: force.addTabulatedFunction(name, function))
        return f"{name}(type1, type2)"

    def _inside(self, cutoff: str) -> str:
        """Return a factor that is one inside a cutoff; none where OpenMM's own does it."""
        return "" if cutoff == f"({self.cutoff!r})" else f"*step({cutoff} - r)"

    def _write_tables(self) -> None:
        layers: list[tuple[Grid, dict[Key, terms.PairTable]]] = []
        for table in self.tables:
            grid, key = Grid.of(table.distance), self._key(table.types)
            for own, members in layers:
                if own.agrees(grid) and key not in members:
                    members[key] = table
                    break
            else:
                layers.append((grid, {key: table}))
        for number, (grid, members) in enumerate(layers):
            self._write_layer(f"table{number}", grid, members)

    def _write_layer(self, name: str, grid: Grid, members: dict[Key, terms.PairTable]) -> None:
        """Add tables of different pairs that share their grid."""
        blocks = [coefficients(grid.spacing, t.energy, t.force) for t in members.values()]
        bases = {key: float(k * grid.rows) for k, key in enumerate(members)}
        silent = float(len(blocks) * grid.rows)
        if len(members) < len(self.names) * (len(self.names) + 1) // 2:
            blocks.append(np.zeros_like(blocks[0]))
        base = self._matrix(f"{name}_base", bases, silent)
        numbers = (repr(grid.start), repr(1 / grid.spacing), repr(grid.points - 1))
        self.parts.append(name)
        self.definitions.append(cubic(name, "r", *numbers, base))
        self.add_later.append(lambda force: add_coefficients(self.openmm, force, name, blocks))

    def _write_lennard_jones(self) -> None:
        layers: list[dict[Key, terms.LennardJones]] = []
        for term in self.lennard_jones:
            key = self._key(term.types)
            free = [layer for layer in layers if key not in layer]
            if not free:
                layers.append({})
            (free or layers[-1:])[0][key] = term
        for number, layer in enumerate(layers):
            name = f"lj{number}"
            columns = {key: _lennard_jones_numbers(term) for key, term in layer.items()}
            # A pair without this term has zeros; any cutoff does for it.
            anywhere = next(iter(layer.values())).cutoff
            twelve, six, constant, linear, cutoff = (
                self._matrix(
                    f"{name}_{label}",
                    {key: numbers[k] for key, numbers in columns.items()},
                    anywhere if label == "cutoff" else 0.0,
                )
                for k, label in enumerate(("twelve", "six", "constant", "linear", "cutoff"))
            )
            self.parts.append(name)
            self.definitions.append(
                f"{name} = ({name}_s*({twelve}*{name}_s - {six}) - {constant} - {linear}*r)"
                f"{self._inside(cutoff)}; {name}_s = 1/r^6"
            )

    def _write_stillinger_weber(self, term: terms.StillingerWeber) -> None:
        kind = self.names.index(*term.types)
        name, sigma, end = f"sw{len(self.parts)}", term.sigma, term.cutoff
        strength = self._matrix(f"{name}_strength", {(kind, kind): term.A * term.epsilon})
        self.parts.append(name)
        self.definitions.append(
            f"{name} = {strength}*({term.B!r}*({sigma!r}/r)^{term.p!r} - ({sigma!r}/r)^{term.q!r})"
            f"*exp({sigma!r}/min(r - {end!r}, {-NEAR_END * end!r}))*step({end!r} - r)"
        )

    def _write_reaction_field(self, term: terms.Coulomb) -> None:
        e, cutoff = term.reaction_field_dielectric, term.cutoff
        k = (0.5 if np.isinf(e) else (e - 1) / (2 * e + 1)) / cutoff**3
        constant = 1 / cutoff + k * cutoff**2
        self.charged = True
        self.parts.append(
            f"{COULOMB_CONSTANT / term.dielectric!r}*charge1*charge2*(1/r + {k!r}*r*r - "
            f"{constant!r}){self._inside(f'({cutoff!r})')}"
        )


def _lennard_jones_numbers(term: terms.LennardJones) -> tuple[float, float, float, float, float]:
    """Return C12, C6, a and b of C12/r^12 - C6/r^6 - a - b r, and the cutoff."""
    six = 4 * term.epsilon * term.sigma**6
    twelve = six * term.sigma**6
    end = twelve / term.cutoff**12 - six / term.cutoff**6
    slope = (-12 * twelve / term.cutoff**12 + 6 * six / term.cutoff**6) / term.cutoff
    if term.smooth == "none":
        end = slope = 0.0
    elif term.smooth == "shift":
        slope = 0.0
    return twelve, six, end - slope * term.cutoff, slope, term.cutoff
