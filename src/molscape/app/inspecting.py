"""The facts of an inspection as lines for the terminal."""

from __future__ import annotations

from molscape.io.inspection import Inspection


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
        dump = "lammps_dump" in found.formats
        return "unknown" + (": give --timestep, the time of one MD step in ps" if dump else "")
    return f"{found.frame_interval:g} ps between frames, {found.total_time:g} ps in total"


def _box(found: Inspection) -> str:
    if found.box_lengths is None:
        return "none"
    lengths = " x ".join(f"{length:.4f}" for length in found.box_lengths)
    kind = "triclinic" if found.triclinic else "orthorhombic"
    return f"{lengths} nm, {kind}{', varies' if found.box_varies else ''}"
