"""Pair potentials given as tables: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from molscape.core.identity import PATH_FIELD
from molscape.core.lazy import defer
from molscape.potentials._block import Making, Pairs, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._tabulated_pair import TabulatedPair as TabulatedPair

__getattr__ = defer("molscape.potentials", {"TabulatedPair": "_tabulated_pair"})


class TabulatedPairBlock(PotentialBlock):
    """A pair table from a text file with columns distance (nm), energy (kJ/mol), force."""

    kind: Literal["tabulated_pair"]
    file: str = Field(
        description=(
            "text with columns distance (nm), energy (kJ/mol), force (kJ/mol/nm), on a uniform "
            "grid up to the cutoff"
        ),
        json_schema_extra=PATH_FIELD,
    )
    pairs: Pairs = None

    def build(self, making: Making) -> list[Potential]:
        """Return the table as a potential, the same for all pairs named.

        Raises:
            ValueError: if the file is no table on a uniform grid, or a type does not exist.
        """
        from molscape.potentials._bead_types import named_pairs
        from molscape.potentials._tabulated_pair import TabulatedPair

        pairs, file = named_pairs(self.pairs, making), making.base / self.file
        table = np.loadtxt(file, ndmin=2)
        steps = np.diff(table[:, 0])
        if table.shape[1] < 3 or len(table) < 2 or not np.allclose(steps, steps[0], rtol=1e-4):
            raise ValueError(
                f"{file}: a pair table has columns distance (nm), energy (kJ/mol) and force "
                "(kJ/mol/nm) on a uniform grid"
            )
        potential = TabulatedPair(
            start=float(table[0, 0]),
            cutoff=float(table[-1, 0]),
            energy=np.repeat(table[None, :, 1], len(pairs), axis=0),
            force=np.repeat(table[None, :, 2], len(pairs), axis=0),
            pairs=pairs,
        )
        return [potential]
