"""Layers that several potentials share."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {"MLP": "mlp", "ACTIVATIONS": "mlp", "spectral_norms": "spectral", "project": "spectral"}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
