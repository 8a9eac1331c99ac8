"""A model as files that other engines run unchanged."""

from __future__ import annotations

import importlib
from typing import Any

_FUNCTIONS = {"write_lammps": "lammps"}

__all__ = [*_FUNCTIONS]


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"molscape.export.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module 'molscape.export' has no attribute {name!r}")
