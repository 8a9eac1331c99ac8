"""`molscape init`: a commented recipe for the user's own files, ready to be run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from molscape import io
from molscape.app.console import console, print_notes
from molscape.app.proposed_recipe import propose_recipe
from molscape.core.note import Code
from molscape.core.store import write_text
from molscape.io.formats import Options
from molscape.reference import is_reference, open_folder

USUAL_TEMPERATURE = 300.0
"""Temperature (K) that a proposed recipe says where nobody told it."""


def init_recipe(files: list[Path], temperature: float | None, out: Path, options: Options) -> None:
    """Write a recipe for files or the folder of a reference, and say what to do with it.

    Args:
        files: a topology and a trajectory, or one folder.
        temperature: of the trajectory (K); 300 where nothing says it.
        out: the recipe to write.
        options: units, time step and masses, where files do not say them.

    Raises:
        FileExistsError: if the recipe is there already.
        ValueError: if the molecules cannot be told apart or named.
    """
    named = [os.path.relpath(file, out.resolve().parent) for file in files]
    reference: dict[str, Any]
    if is_reference(files):
        atoms, about = open_folder(files[0])
        reference = {"folder": named[0]}
        if temperature is not None or about.get("temperature") is None:
            reference["temperature"] = temperature or USUAL_TEMPERATURE
    else:
        given: dict[str, Any] = {
            "units": options.units,
            "timestep": options.timestep,
            "masses": dict(options.masses) or None,
        }
        atoms = io.open(*files, **given)
        reference = dict(zip(("topology", "trajectory"), named, strict=False))
        reference["temperature"] = temperature or USUAL_TEMPERATURE
        reference |= {key: value for key, value in given.items() if value is not None}
        if any(note.code == Code.REMOVABLE_NET_FORCE for note in atoms.notes):
            reference["remove_net_force"] = True
    molecules = ", ".join(dict.fromkeys(atoms.topology.molecule_names.tolist()))
    text = propose_recipe(atoms, reference, f"Coarse-grained {molecules}")
    write_proposal(text, out)
    print_notes(atoms.notes)
    console.print(f"wrote [bold]{out}[/bold]; look through it, then: molscape check {out}")


def write_proposal(text: str, file: Path) -> None:
    """Write a recipe; never over another one.

    Raises:
        FileExistsError: if the file is there already.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists: give another name with --out, or remove it")
    write_text(file, text)
