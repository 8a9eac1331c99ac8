"""`molscape rerun`: forces for a trajectory that has none."""

from __future__ import annotations

from pathlib import Path

from molscape.app.console import console, print_notes
from molscape.app.display import Terminal
from molscape.reference import Nonbonded, load_force_field, rerun


def rerun_trajectory(
    trajectory: list[Path],
    force_field: Path,
    out: Path,
    parameters: list[Path] | None,
    include_dir: Path | None,
    cutoff: float | None,
    platform: str,
) -> None:
    """Recompute forces of every frame and say how to use them.

    Args:
        trajectory: files of frames of all atoms, in order.
        force_field: a GROMACS .top, AMBER .prmtop or CHARMM .psf.
        out: folder for the trajectory with forces.
        parameters: CHARMM parameter files.
        include_dir: where a .top finds what it includes.
        cutoff: of the simulation's interactions (nm); by default the force field's.
        platform: OpenMM's, or auto.
    """
    with Terminal(console).running() as display:
        found = rerun(
            trajectory,
            load_force_field(force_field, parameters=parameters or (), include_dir=include_dir),
            out,
            nonbonded=None if cutoff is None else Nonbonded(cutoff=cutoff),
            hardware=platform,
            progress=display,
        )
    print_notes(found.notes)
    console.print(
        f"{len(found)} frames with forces in [bold]{out}[/bold]; in a recipe: reference: {{folder: "
        f"{out}, temperature: ...}}",
        highlight=False,
    )
