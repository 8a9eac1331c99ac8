"""Workers: many evaluations at once, here or on a cluster, nothing lost.

with open_pool(4) as pool:
    evaluator = Evaluator(pool)
    evaluator.submit("a", function, 1.0)
    for outcome in evaluator.collect():
        ...
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "ClusterBlock": "blocks",
    "Evaluator": "evaluator",
    "Outcome": "evaluator",
    "Workers": "blocks",
    "open_pool": "pools",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
