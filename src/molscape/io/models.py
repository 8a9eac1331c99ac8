"""Model files: parameters as arrays, everything else as versioned JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.store import write_arrays, write_text

MODEL_FORMAT = 2
"""Written now; 1 is read too, whose fits lack the parts that came later."""


def write_model(
    folder: str | Path, description: dict[str, Any], arrays: dict[str, np.ndarray]
) -> Path:
    """Write `model.json` and `model.npz` into a folder, each whole or not at all.

    `description` holds plain values only; the format version is added. The arrays are written
    first, so that a folder with a `model.json` is complete.
    """
    folder = Path(folder)
    write_arrays(folder / "model.npz", arrays)
    text = json.dumps({"format": MODEL_FORMAT, **description}, indent=1)
    return write_text(folder / "model.json", text)


def read_model(folder: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write_model` wrote; also accepts the path of the `model.json`.

    Raises:
        FileNotFoundError: if the folder has no model.
        ValueError: if the format version is not known.
    """
    folder = Path(folder)
    if folder.name == "model.json":
        folder = folder.parent
    if not (folder / "model.json").is_file() or not (folder / "model.npz").is_file():
        raise FileNotFoundError(
            f"{folder} holds no model (model.json and model.npz): give the folder of a model, "
            "e.g. RUN/models/NAME"
        )
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if description.get("format") not in (1, MODEL_FORMAT):
        raise ValueError(
            f"{folder}/model.json has format {description.get('format')}, this molscape reads 1 "
            f"to {MODEL_FORMAT}: upgrade molscape"
        )
    with np.load(folder / "model.npz") as data:
        return description, {name: data[name] for name in data.files}


def arrays_under(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays of one part of a model, whose names begin with `prefix`, without it."""
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
