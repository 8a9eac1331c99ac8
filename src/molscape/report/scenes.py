"""A `Scene` as the data and layout that plotly draws in three dimensions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.panels import Scene
from molscape.report.figures import FONT, INK, MODEL_COLOURS, plain

# Colours of elements as chemists expect them, darkened where white paper swallows them.
_ELEMENTS = {
    "H": "#c9c9c9",
    "C": "#3d3d3d",
    "N": "#2f5fd0",
    "O": "#d22b2b",
    "S": "#c9a800",
    "P": "#e07b00",
    "F": "#5aa02c",
    "Cl": "#2ca02c",
    "Na": "#8a4fcf",
}
_OTHER = "#8a8a8a"
_ATOM_SIZE, _HYDROGEN_SIZE = 9, 6
_SUBDIVISIONS = 2


def draw_scene(scene: Scene) -> dict[str, Any]:
    """Return `{"data": ..., "layout": ..., "config": ...}` for plotly, as plain JSON types."""
    data = [*_beads(scene), *_bonds(scene), *_atoms(scene)]
    axis = {"visible": False, "showspikes": False}
    return {
        "data": data,
        "layout": {
            "autosize": True,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 64},
            "paper_bgcolor": "white",
            "scene": {
                "xaxis": axis,
                "yaxis": axis,
                "zaxis": axis,
                "aspectmode": "data",
                "camera": {"eye": {"x": 1.2, "y": 1.2, "z": 0.9}},
            },
            "font": {"family": FONT, "size": 13, "color": INK},
            "legend": {"orientation": "h", "x": 0, "y": 0.0, "yanchor": "top"},
            "showlegend": True,
        },
        "config": {
            "responsive": True,
            "displaylogo": False,
            "modeBarButtons": [["toImage", "orbitRotation", "resetCameraDefault3d"]],
        },
    }


def _atoms(scene: Scene) -> list[dict[str, Any]]:
    """One trace for each element, so that the legend names it."""
    elements = np.asarray([element or "atom" for element in scene.elements])
    traces = []
    for element in sorted(set(elements.tolist())):
        chosen = np.flatnonzero(elements == element)
        traces.append(
            {
                "type": "scatter3d",
                "mode": "markers",
                **_columns(scene.positions[chosen]),
                "text": [scene.names[int(k)] for k in chosen],
                "hovertemplate": "%{text}<extra></extra>",
                "name": element,
                "marker": {
                    "size": _HYDROGEN_SIZE if element == "H" else _ATOM_SIZE,
                    "color": _ELEMENTS.get(element, _OTHER),
                    "line": {"width": 0.5, "color": "#ffffff"},
                    "opacity": 1.0,
                },
            }
        )
    return traces


def _bonds(scene: Scene) -> list[dict[str, Any]]:
    if not len(scene.bonds):
        return []
    gap = np.full((len(scene.bonds), 1, 3), np.nan)
    lines = np.concatenate([scene.positions[scene.bonds], gap], axis=1).reshape(-1, 3)
    return [
        {
            "type": "scatter3d",
            "mode": "lines",
            **_columns(lines),
            "line": {"width": 5, "color": "#6a6a6a"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _beads(scene: Scene) -> list[dict[str, Any]]:
    """One translucent sphere for each bead; a type has one entry in the legend."""
    points, faces = sphere(_SUBDIVISIONS)
    kinds = list(dict.fromkeys([*scene.palette, *scene.types]))
    traces = []
    told: set[str] = set()
    for centre, radius, kind in zip(scene.beads, scene.radii, scene.types, strict=True):
        traces.append(
            {
                "type": "mesh3d",
                **_columns(centre + radius * points),
                **{key: faces[:, k].tolist() for k, key in enumerate("ijk")},
                "color": MODEL_COLOURS[kinds.index(kind) % len(MODEL_COLOURS)],
                "opacity": 0.22,
                "name": f"bead {kind}",
                "legendgroup": kind,
                "showlegend": kind not in told,
                "hovertemplate": f"bead {kind}<extra></extra>",
                "lighting": {"ambient": 0.8, "diffuse": 0.4, "specular": 0.0},
            }
        )
        told.add(kind)
    return traces


def _columns(points: np.ndarray) -> dict[str, list[float | None]]:
    return {axis: plain(points[:, k]) for k, axis in enumerate("xyz")}


@lru_cache
def sphere(
    subdivisions: int,
) -> tuple[Float[np.ndarray, "point 3"], Int[np.ndarray, "face 3"]]:
    """Return points and faces of a unit sphere: an icosahedron, its faces cut in four each time."""
    golden = (1 + 5**0.5) / 2
    corners = [(0.0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    points = np.array([corner[k:] + corner[:k] for corner in corners for k in range(3)])
    near = np.linalg.norm(points[:, None] - points, axis=-1)
    joined = (near > 0) & (near < 2.1)
    faces = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if joined[i, j] and joined[j, k] and joined[i, k]
    ]
    triangles = points[np.array(faces)]
    for _ in range(subdivisions):
        a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        triangles = np.concatenate([np.stack(each, axis=1) for each in quarters])
    flat = np.round(triangles.reshape(-1, 3), 9)
    unique, index = np.unique(flat, axis=0, return_inverse=True)
    return unique / np.linalg.norm(unique, axis=1, keepdims=True), index.reshape(-1, 3)
