"""Atoms to beads, and their forces; `Mapping` itself is a core type."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "Bead": "hand",
    "Decoder": "decoding",
    "Level": "graph",
    "LinearDecoder": "decoding",
    "MolecularGraph": "molecular_graph",
    "VectorDecoder": "vector_decoder",
    "by_assignment": "learned",
    "by_graph": "graph_beads",
    "by_hand": "hand",
    "by_preset": "hand",
    "coarsen": "graph",
    "coarsen_by_degree": "degrees",
    "decode": "decoding",
    "decoder_parts": "decoder_files",
    "force_variance": "least_noise",
    "minimise_noise": "least_noise",
    "rebuild_decoder": "decoder_files",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
