"""Atoms to beads: by hand here; `Mapping` itself is a core type."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {"by_hand": "hand", "by_preset": "hand", "Bead": "hand"}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"molscape.mapping.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'molscape.mapping' has no attribute {name!r}")
