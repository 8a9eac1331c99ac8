"""The all-atom data that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(name: str) -> Path:
    """Return the folder of a shipped data set, with conf.gro, traj.trr and reference.json.

    Args:
        name: of the data set, e.g. "spce-300".

    Raises:
        ValueError: if there is none of that name.
    """
    data = Path(str(files("molscape.reference"))) / "data"
    found = data.iterdir() if data.is_dir() else ()
    known = sorted(folder.name for folder in found if (folder / "reference.json").exists())
    if name not in known:
        raise ValueError(
            f"no data set {name!r} is shipped: choose one of {', '.join(known) or 'none'}"
        )
    return data / name
