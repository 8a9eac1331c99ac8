"""A folder for GROMACS: topology, positions, run parameters and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.space import check_box, largest_cutoff
from molscape.core.topology import Topology
from molscape.export.gromacs_model import GromacsModel, gromacs_model
from molscape.export.gromacs_run import index_groups, readme, run_parameters
from molscape.export.gromacs_tables import write_bonded_table, write_pair_table
from molscape.export.gromacs_topology import KINDS, Parameters, plain_names, topology_text
from molscape.export.lammps import RunLength
from molscape.io.gro import write_gro


def write_gromacs(
    potential: Potential,
    topology: Topology,
    frames: Frames,
    folder: str | Path,
    *,
    ensemble: Ensemble | None = None,
    schedule: RunLength | None = None,
) -> list[Path]:
    """Write a folder for GROMACS; its `README.txt` has the commands and says what runs where.

    Lennard-Jones pairs (cut as they are, or shifted), Ewald sums and all bonded terms run in
    every GROMACS. Pair tables need the group cut-off scheme and with it GROMACS 2019 or older:
    2020 took out tables for short-range interactions, and nothing has come in their place.

    Args:
        potential: the model; each of its terms needs a counterpart in GROMACS.
        topology: the beads; written molecule by molecule.
        frames: the first frame is written, with velocities if it has them; it needs a box.
        folder: where to write; made if it is not there.
        ensemble: what `grompp.mdp` runs; None for the energy of the start.
        schedule: how long, and what is kept.

    Returns:
        The files written.

    Raises:
        ValueError: if a term has no counterpart, there is no box, or the cutoff exceeds half
            of it.
    """
    first = frames[0]
    if first.box is None:
        raise ValueError(
            "GROMACS needs a periodic box: give the frame one that is larger than the molecule "
            "by twice the cutoff, `frames.replace(box=...)`"
        )
    check_box(first.box, potential.reach)
    most = largest_cutoff(first.box)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    topology, first = _in_order(topology, first)
    model = gromacs_model(potential.lower(), topology, most)
    files = _write_tables(model, topology, folder)
    names = [str(name)[:5] for name in topology.names]
    residues = np.where(
        topology.residue_names == "",
        topology.molecule_names[topology.molecules],
        topology.residue_names,
    )
    short = topology.replace(
        names=np.array(names), residue_names=np.array([str(name)[:5] for name in residues])
    )
    write_gro(folder / "conf.gro", short, first, decimals=7, title="molscape")
    contents = {
        "topol.top": topology_text(short, model.bonded, _parameters(model), "molscape"),
        "grompp.mdp": run_parameters(model, topology, first, ensemble, schedule),
        "index.ndx": index_groups(topology),
        "README.txt": readme(model, [path.name for path in files]),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / "conf.gro", *(folder / name for name in contents), *files]


def _in_order(topology: Topology, first: Frames) -> tuple[Topology, Frames]:
    """Return beads and positions with the members of each molecule together."""
    order = np.argsort(topology.molecules, kind="stable")
    if np.array_equal(order, np.arange(len(order))):
        return topology, first
    new = np.argsort(order)
    per_bead = ("names", "types", "elements", "masses", "charges", "residue_names", "residues")
    changes: dict[str, Any] = {
        name: getattr(topology, name)[order] for name in (*per_bead, "molecules")
    }
    changes |= {name: new[getattr(topology, name)] for name in ("bonds", "angles", "dihedrals")}
    return topology.replace(**changes), first.particles(order)


def _write_tables(model: GromacsModel, topology: Topology, folder: Path) -> list[Path]:
    """Write all tables; return the files."""
    files: list[Path] = []
    if model.tabulated:
        plain = plain_names([str(name) for name in np.unique(topology.types)])
        for (one, two), members in sorted(model.pairs.items()):
            files.append(folder / f"table_{plain[one]}_{plain[two]}.xvg")
            write_pair_table(files[-1], members, model.field, model.cutoff)
        files.append(folder / "table.xvg")
        write_pair_table(files[-1], [], model.field, model.cutoff)
    counts = {2: 0, 3: 0, 4: 0}
    for table in model.tables:
        files.append(folder / f"{KINDS[table.width][1]}{counts[table.width]}.xvg")
        write_bonded_table(files[-1], table)
        counts[table.width] += 1
    return files


def _parameters(model: GromacsModel) -> Parameters:
    """Return C6 and C12, or 0 and 1 where a table says it all; charges carry the dielectric."""
    pairs = {
        key: (0.0, 1.0) if model.tabulated else members[0].coefficients
        for key, members in model.pairs.items()
    }
    scale = 0.0 if model.coulomb is None else 1 / np.sqrt(model.coulomb.dielectric)
    return Parameters(pairs, float(scale))
