"""The graph of a molecule: united atoms and the bonds between them."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.topology import Topology
from molscape.io.elements import element_of_mass

LIGHT = 3.5
"""Atoms of less mass (u) are hydrogens: they become part of their neighbour."""


@dataclass(frozen=True, eq=False)
class MolecularGraph:
    """United atoms of one molecule and the bonds between them.

    `masses` are in u; `names` say what a node is made of, such as "CH3"; `atoms` hold, for each
    node, the indices of its atoms, the heavy one first. Edges are pairs a < b of nodes, sorted.
    """

    masses: Float[np.ndarray, " node"]
    names: tuple[str, ...]
    symbols: tuple[tuple[str, ...], ...]
    edges: Int[np.ndarray, "edge 2"]
    atoms: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.masses)
