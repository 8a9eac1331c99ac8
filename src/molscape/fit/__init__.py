"""How parameters are found."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {"linear": "linear_solve", "Fit": "result"}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
