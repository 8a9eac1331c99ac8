"""Atoms to beads: by hand here; `Mapping` itself is a core type."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {"by_hand": "hand", "by_preset": "hand", "Bead": "hand"}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
