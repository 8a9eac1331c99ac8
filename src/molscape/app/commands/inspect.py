"""`molscape inspect`: what files hold, fact by fact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from molscape.app.console import console, print_notes
from molscape.io.formats import Options
from molscape.io.inspection import Inspection, inspect, summarise
from molscape.reference import is_reference, open_folder


def inspect_files(files: list[Path], options: Options) -> None:
    """Print what files, or the folder of a reference, hold.

    Args:
        files: a topology and a trajectory, or one folder.
        options: units, time step and masses, where files do not say them.
    """
    about: dict[str, Any] = {}
    if is_reference(files):
        trajectory, about = open_folder(files[0])
        found = summarise(trajectory, [files[0] / "conf.gro", files[0] / "traj.trr"])
    else:
        found = inspect(
            files, units=options.units, timestep=options.timestep, masses=options.masses
        )
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column()
    for label, text in inspection_lines(found, about.get("temperature")):
        table.add_row(f"[bold]{label}[/bold]", escape(text))
    console.print(table)
    print_notes(found.notes)
    for warning in found.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)


def inspection_lines(found: Inspection, temperature: float | None = None) -> list[tuple[str, str]]:
    """Return (label, text) of every fact; the temperature (K) where a reference tells it."""
    lines = [
        ("files", ", ".join(f"{n} ({f})" for n, f in zip(found.files, found.formats, strict=True))),
        ("atoms", f"{found.n_atoms:,}"),
    ]
    for name, count in found.molecules.items():
        atoms = found.atoms_of[name]
        shown = " ".join(atoms[:12]) + (f" … ({len(atoms)} atoms)" if len(atoms) > 12 else "")
        lines.append(("molecules", f"{count:,} x {name}: {shown}"))
    lines.append(("bonds", f"{found.n_bonds:,}" if found.n_bonds else "none in the files"))
    lines.append(("frames", f"{found.n_frames:,}"))
    lines.append(("time", _time(found)))
    lines.append(("box", _box(found)))
    if temperature is not None:
        lines.append(("temperature", f"{temperature:g} K"))
    if found.density is not None:
        lines.append(("density", f"{found.density:.4f} g/cm³"))
    carried = [
        name
        for name, there in (
            ("positions", True),
            ("velocities", found.has_velocities),
            ("forces", found.has_forces),
            ("energies", found.has_energies),
        )
        if there
    ]
    lines.append(("carries", ", ".join(carried)))
    if found.mean_force is not None:
        lines.append(("forces", f"root mean square {found.mean_force:,.0f} kJ/mol/nm per atom"))
    else:
        lines.append(("forces", "none: only structure-based fits are possible"))
    lines.append(("constraints", found.constraints or "none found"))
    return lines


def _time(found: Inspection) -> str:
    if found.frame_interval is None or found.total_time is None:
        hint = ": give --timestep, the time of one MD step in ps"
        return "unknown" + (hint if found.needs_timestep else "")
    return f"{found.frame_interval:g} ps between frames, {found.total_time:g} ps in total"


def _box(found: Inspection) -> str:
    if found.box_lengths is None:
        return "none"
    lengths = " x ".join(f"{length:.4f}" for length in found.box_lengths)
    kind = "triclinic" if found.triclinic else "orthorhombic"
    return f"{lengths} nm, {kind}{', varies' if found.box_varies else ''}"
