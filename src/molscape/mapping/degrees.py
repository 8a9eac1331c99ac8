"""Beads from the graph of a molecule: nodes of few neighbours absorb those of fewer."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

import numpy as np
from jaxtyping import Int

from molscape.mapping.graph import Level, check_max_mass, first_level, neighbour_lists
from molscape.mapping.molecular_graph import LIGHT, MolecularGraph


def coarsen_by_degree(
    graph: MolecularGraph,
    rounds: Sequence[tuple[int, int]] | None = None,
    max_mass: float | None = None,
) -> tuple[Level, ...]:
    """Return a hierarchy of beads by the progressive scheme, degree by degree.

    A round goes through degrees d from a lowest to a highest. The untouched nodes with d
    neighbours queue, and each absorbs all of its untouched neighbours of lower degree, lightest
    first as far as `max_mass` lets it; both then are touched until the round ends. A node whose
    untouched neighbours have d neighbours at the least goes to the end of the queue once, and
    absorbs those of degree d when its turn comes again; one with neighbours of higher degree only
    is left alone. First in the queue is the node with the largest 100 (heavy atoms) + 10
    (untouched neighbours) + (untouched neighbours of these), after it always that with the most
    untouched neighbours.

    Every degree that merges something gives a level. The scheme ends where a round changes
    nothing, such as at two beads: unlike the spectral one it need not reach a single bead. Nodes
    that tie for their turn take it in the order of the molecule, so the result may depend on it.

    The rules are those of the authors' program, whose examples (a dendrimer of 101 nodes,
    61-41-25-19-9-5, and a dimer of hypromellose, 47-41-39-21-14-9-2) it reproduces. How to choose
    the degrees is not known beyond these: 2 to 6 in five rounds, and 2, 2-3, 2-3, 3, 4.

    Args:
        graph: of one molecule, connected.
        rounds: lowest and highest degree of each round; rounds from 2 to the highest degree there
            is, as long as they change something, if none.
        max_mass: of a bead, u.

    Returns:
        The levels, the first with every node a bead.

    Raises:
        ValueError: if the graph is not connected, or a range of degrees or `max_mass` makes no
            sense.

    Source: Webb, Delannoy and de Pablo, J. Chem. Theory Comput. 15, 1199 (2019).
    """
    check_max_mass(max_mass)
    for lowest, highest in rounds or ():
        if not 1 <= lowest <= highest:
            raise ValueError(f"degrees {lowest} to {highest}: give two numbers, 1 <= a <= b")
    levels = [first_level(graph)]
    state = _Round(levels[0], max_mass)
    if rounds is not None:
        for lowest, highest in rounds:
            levels += state.run(levels[-1], lowest, highest)
        return tuple(levels)
    while True:
        found = state.run(levels[-1], 2, max(map(len, state.neighbours.values())))
        if not found:
            return tuple(levels)
        levels += found


class _Round:
    """The graph while beads are absorbed; a bead is called by the node that absorbed the others."""

    def __init__(self, level: Level, max_mass: float | None):
        lists = neighbour_lists(len(level), level.edges)
        self.neighbours = {node: set(own) for node, own in enumerate(lists)}
        self.mass = dict(enumerate(level.masses.tolist()))
        self.heavy = {node: int(mass >= LIGHT) for node, mass in self.mass.items()}
        self.owner = np.arange(len(level))
        self.limit = np.inf if max_mass is None else max_mass
        self.touched: set[int] = set()

    def run(self, level: Level, lowest: int, highest: int) -> list[Level]:
        """Do one round; return the levels that it finds."""
        levels: list[Level] = []
        self.touched = set()
        for degree in range(lowest, highest + 1):
            before = levels[-1] if levels else level
            self._absorb_at(degree)
            if len(self.neighbours) < len(before):
                levels.append(before.merged(self._into(before), None))
        return levels

    def _into(self, before: Level) -> Int[np.ndarray, " bead"]:
        """Return what each bead of a level has become part of."""
        first = np.unique(before.bead, return_index=True)[1]
        into = self.owner[first]
        while np.any(self.owner[into] != into):
            into = self.owner[into]
        return into

    def _absorb_at(self, degree: int) -> None:
        """Let the untouched beads of one degree take their turns."""
        waiting = [
            node
            for node, own in self.neighbours.items()
            if len(own) == degree and node not in self.touched
        ]
        waiting.sort(key=self._precedence, reverse=True)
        # The key of a turn: most untouched neighbours first, then the place in the queue.
        turn = {node: (-self._untouched(node), place) for place, node in enumerate(waiting)}
        if waiting:
            turn[waiting[0]] = (-len(self.neighbours), 0)
        queue = [(key, node) for node, key in turn.items()]
        heapify(queue)
        front, back, tried = 0, len(waiting), set()
        while queue:
            key, node = heappop(queue)
            if turn.get(node) != key:
                continue
            del turn[node]
            if self._goes_last(node, degree) and node not in tried:
                tried.add(node)
                back += 1
                turn[node] = (-self._untouched(node), back)
                heappush(queue, (turn[node], node))
                continue
            changed = self._absorb(node, degree)
            affected = {k for one in changed for k in self.neighbours.get(one, ()) if k in turn}
            for gone in changed:
                turn.pop(gone, None)
            # Those that move down a class go to its front, in the order that they stood in.
            for other in sorted(affected & turn.keys(), key=turn.__getitem__, reverse=True):
                if -self._untouched(other) != turn[other][0]:
                    front -= 1
                    turn[other] = (-self._untouched(other), front)
                    heappush(queue, (turn[other], other))

    def _precedence(self, node: int) -> int:
        near = self.neighbours[node] - self.touched
        return 100 * self.heavy[node] + 10 * len(near) + sum(self._untouched(k) for k in near)

    def _untouched(self, node: int) -> int:
        return len(self.neighbours[node] - self.touched)

    def _goes_last(self, node: int, degree: int) -> bool:
        """Whether the least degree among a bead's untouched neighbours is its own."""
        near = self.neighbours[node] - self.touched
        return (
            self.mass[node] < self.limit
            and min((len(self.neighbours[k]) for k in near), default=0) == degree
        )

    def _absorb(self, node: int, degree: int) -> set[int]:
        """Take in the neighbours of lower degree, or of the same; return the beads touched."""
        near = sorted(self.neighbours[node] - self.touched)
        degrees = [len(self.neighbours[k]) for k in near]
        least = min(degrees, default=degree + 1)
        most = degree if least == degree else degree - 1
        chosen = [k for k, own in zip(near, degrees, strict=True) if own <= most]
        changed = {node}
        for other in sorted(chosen, key=self.mass.__getitem__):
            if self.mass[node] + self.mass[other] > self.limit:
                continue
            self.mass[node] += self.mass[other]
            self.heavy[node] += self.heavy[other]
            self.owner[other] = node
            beyond = self.neighbours.pop(other)
            self.neighbours[node] |= beyond
            self.neighbours[node] -= {node, other}
            for k in beyond - {node}:
                self.neighbours[k].discard(other)
                self.neighbours[k].add(node)
            changed.add(other)
        self.touched |= changed
        return changed
