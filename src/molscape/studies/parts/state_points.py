"""The states of a study: each with its atoms, its beads and its temperature."""

from __future__ import annotations

from dataclasses import dataclass

from molscape.core.mapping import Mapping
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.atoms import Atoms

MAIN = ""
"""Name of the state of the recipe's `reference`."""


@dataclass(frozen=True, eq=False)
class StatePoint:
    """One state: reference beads at a temperature, or a temperature alone.

    `measured` is False where there is no reference at this state: the beads are then those of
    the main one, to start from. `fit` says whether models are fitted to it.
    """

    name: str
    state: State
    beads: Trajectory
    atoms: Atoms
    mapping: Mapping
    measured: bool
    fit: bool

    @property
    def label(self) -> str:
        """What numbers of this state are called behind a model's name, with its dot."""
        return f"{self.name}." if self.name else ""

    @property
    def words(self) -> str:
        """How reports name the state."""
        kelvin = f"{self.state.temperature:g} K"
        return f"{self.name} ({kelvin})" if self.name else kelvin
