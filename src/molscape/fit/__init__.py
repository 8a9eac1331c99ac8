"""How parameters are found."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {"linear": "linear_solve", "Fit": "linear_solve"}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"molscape.fit.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'molscape.fit' has no attribute {name!r}")
