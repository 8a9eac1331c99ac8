"""Sizes of the jax engine's neighbour lists: for all replicas, and for boxes that may shrink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molscape.core.ensemble import Barostat
from molscape.core.neighbours import NeighbourSearch, plan_search
from molscape.core.space import largest_cutoff
from molscape.core.units import BAR
from molscape.simulate.chunks import EngineState

SKIN = 0.12
"""Skin of the neighbour list as a share of the cutoff: the flat optimum for liquids on a CPU."""

SHRINKAGE = 0.95
"""With a barostat, lists are planned for boxes narrower by this factor than the first."""

ROOM = 0.3
"""With a barostat, the share of the room between cutoff and half the box that a skin may take."""

TIGHT = 0.01
"""A barostat must leave this share of the cutoff between it and half the box."""


SMALL = 32
"""Without a box, up to this many particles keep a list of all pairs, which never expires."""


@dataclass(frozen=True)
class ListPlanner:
    """Plans lists complete up to `reach` (nm); `barostat` is None at constant volume."""

    reach: float
    barostat: Barostat | None

    def restored(self, state: EngineState) -> NeighbourSearch | None:
        """Return the search that the chunk before ended with: its sizes decide the rounding."""
        if not state.sizes:
            return None
        capacity, cell_capacity, *cells = state.sizes
        return NeighbourSearch(
            cutoff=self.reach,
            skin=float(state.extra["skin"]),
            capacity=capacity,
            cells=(cells[0], cells[1], cells[2]) if cells else None,
            cell_capacity=cell_capacity,
        )

    def allocate(self, state: EngineState, shrinkage: float = SHRINKAGE) -> NeighbourSearch:
        """Plan lists that serve all replicas, and under a barostat boxes narrower by a factor.

        Nothing is listed for potentials without a reach.
        """
        particles = state.positions.shape[1]
        if self.reach == 0 or (state.box is None and particles <= SMALL):
            every = 1 if self.reach == 0 else max(1, particles - 1)
            skin = 0.0 if self.reach == 0 else float("inf")
            return NeighbourSearch(self.reach, skin, every, None, 0)
        reach, factor, skin = self.reach, 1.0, self._skin(state.box)
        if self.barostat is not None and state.box is not None:
            skin = self._skin(shrinkage / SHRINKAGE * state.box)
            factor = max(shrinkage, (reach + skin) / largest_cutoff(state.box))
        searches = [
            plan_search(
                factor * x, None if state.box is None else factor * state.box[k], reach, skin
            )
            for k, x in enumerate(state.positions)
        ]
        cells = [search.cells for search in searches if search.cells is not None]
        all_have = len(cells) == len(searches)
        least = np.min(np.array(cells), axis=0) if all_have else None
        return NeighbourSearch(
            cutoff=reach,
            skin=skin,
            capacity=max(search.capacity for search in searches),
            cells=None if least is None else (int(least[0]), int(least[1]), int(least[2])),
            cell_capacity=max(search.cell_capacity for search in searches) if all_have else 0,
        )

    def replanned(self, state: EngineState, narrowest: float) -> NeighbourSearch:
        """Return a search for the narrowest box (nm) that came up in a chunk.

        Raises:
            ValueError: if the cutoff does not fit that box.
        """
        assert state.box is not None
        assert self.barostat is not None
        if 0.5 * narrowest < (1 + TIGHT) * self.reach:
            pressure = self.barostat.pressure / BAR
            raise ValueError(
                f"cutoff {self.reach:g} nm exceeds half the box ({0.5 * narrowest:.3f} nm), which "
                f"the barostat made smaller at {pressure:g} bar: start from more beads, or use a "
                "lower pressure or a smaller `cutoff`"
            )
        smallest = np.min(np.diagonal(state.box, axis1=-2, axis2=-1))
        return self.allocate(state, SHRINKAGE * narrowest / float(smallest))

    def _skin(self, box: np.ndarray | None) -> float:
        if box is None:
            return SKIN * self.reach
        room = largest_cutoff(box) - self.reach
        return max(0.0, min(SKIN * self.reach, room if self.barostat is None else ROOM * room))
