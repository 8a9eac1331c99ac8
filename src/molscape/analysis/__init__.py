"""Structure, dynamics, thermodynamics, error bars and floors, of trajectories of any size.

curve = analysis.rdf(trajectory, ("W", "W"))
blocks = analysis.rdf_blocks(trajectory, ("W", "W"))     # curve, error and floor from one pass
value, error = analysis.distance_with_error(blocks, other)
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "Blocks": "blocks",
    "rdf": "pair_distribution",
    "rdf_blocks": "pair_distribution",
    "distribution_distance": "distances",
    "distance_with_error": "distances",
    "floor": "distances",
    "halves": "distances",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"molscape.analysis.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'molscape.analysis' has no attribute {name!r}")
