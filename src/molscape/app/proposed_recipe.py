"""The text of the recipe that `molscape init` proposes, with comments that say what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from molscape.app.proposed_mapping import propose_mapping
from molscape.core.space import largest_cutoff, minimum_image
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.parts.learning import Learning

FRAMES = 20
"""Frames in which the closest beads are looked for."""

SPACING = 0.02
"""Of the knots of pair splines, in nm."""


def propose_recipe(atoms: Trajectory, reference: dict[str, Any], title: str) -> str:
    """Return the text of a recipe for these atoms, with comments that say what to look at.

    Args:
        atoms: the opened trajectory.
        reference: keys and values of the recipe's reference; the files come first.
        title: of the study.

    Raises:
        ValueError: if the molecules cannot be told apart or named.
    """
    proposal = propose_mapping(atoms.topology)
    if atoms.topology.bonds_guessed and _has_parts(proposal.block):
        # The user is shown that bonds are guessed, and can take the line out again.
        reference = {**reference, "guess_bonds": True}
        atoms = atoms.map(lambda frames: frames, atoms.topology.replace(bonds_guessed=False))
    beads = proposal.block.build(atoms, Learning())(atoms)
    has_forces = "forces" in atoms.fields
    files = [reference[key] for key in ("topology", "trajectory", "folder") if key in reference]
    names = ", ".join(Path(file).name for file in files)
    lines = [
        f"# A study of {names}, proposed by `molscape init`.",
        "# Change what does not suit you; `molscape check` says whether it can be run, "
        "`molscape run` runs it.",
        "molscape: 1",
        f"title: {_quote(title)}",
        "reference:",
        *(_reference_line(key, value) for key, value in reference.items()),
        "",
        "# Which atoms make which bead. Beads sit at centres of mass (weights: equal places them",
        "# at centres of geometry).",
        *(f"# {comment}" for comment in proposal.comments),
        "mapping:",
        *_mapping_lines(proposal.block),
        "",
        *_model_lines(beads, has_forces),
        "",
        *_run_lines(atoms, beads),
    ]
    return "\n".join(lines) + "\n"


def _has_parts(block: MappingBlock) -> bool:
    """Return whether a molecule has several beads."""
    molecules = [bead.molecule for bead in (block.beads or {}).values()]
    return len(set(molecules)) < len(molecules)


def _reference_line(key: str, value: Any) -> str:
    if isinstance(value, str):
        return f"  {key}: {_quote(value)}"
    if isinstance(value, bool):
        return f"  {key}: {str(value).lower()}"
    remark = "   # K: that of the simulation; the files do not say it"
    return f"  {key}: {value:g}{remark if key == 'temperature' else ''}"


def _mapping_lines(block: MappingBlock) -> Iterator[str]:
    yield "  beads:"
    assert block.beads is not None
    for name, bead in block.beads.items():
        parts = [f"molecule: {_quote(bead.molecule)}"]
        if bead.atoms != ["*"]:
            parts.append(f"atoms: [{', '.join(_quote(atom) for atom in bead.atoms)}]")
        if bead.residues != ["*"]:
            parts.append(f"residues: [{', '.join(_quote(each) for each in bead.residues)}]")
        yield f"    {_quote(name)}: {{{', '.join(parts)}}}"


def _model_lines(beads: Trajectory, has_forces: bool) -> Iterator[str]:
    box = beads[0].box
    terms = []
    if len(beads.topology.bonds):
        terms.append("{kind: bond_spline}")
    if len(beads.topology.angles):
        terms.append("{kind: angle_spline}")
    if len(beads.topology.dihedrals):
        terms.append("{kind: dihedral_spline}")
    if box is not None and beads.topology.n_molecules > 1:
        start, cutoff = _spline_range(beads)
        yield f"# Beads come no closer than {start + SPACING:.2f} nm in a few frames; half the box"
        yield "# limits the cutoff."
        terms.append(
            f"{{kind: pair_spline, start: {start:.2f}, cutoff: {cutoff:.2f}, spacing: {SPACING}}}"
        )
    if not terms:
        raise ValueError(
            "one bead alone has nothing to interact with: give the molecule several beads by hand, "
            "as the propane recipe of the gallery does"
        )
    if np.any(beads.topology.charges):
        yield "# The beads carry charges. With charged beads add, for a medium of your own choice:"
        yield "#   - {kind: coulomb, cutoff: 0.9, dielectric: 71.0}"
    if has_forces:
        yield "# Forces are there: force matching takes minutes. For a model that has the structure"
        yield "# of the reference use objective: structure (iterative Boltzmann inversion) or"
        yield "# objective: relative_entropy."
        name, fit = "forces", "{objective: force_matching}"
    else:
        yield "# The trajectory has no forces, so the model is fitted to its structure, by"
        yield "# iterative Boltzmann inversion. `molscape rerun` recomputes forces."
        name, fit = "structure", "{objective: structure}"
    yield "models:"
    yield f"  {name}:"
    yield "    potential:"
    yield from (f"      - {term}" for term in terms)
    yield f"    fit: {fit}"


def _spline_range(beads: Trajectory) -> tuple[float, float]:
    """Return where a pair spline may begin and end, in nm, a whole number of spacings apart."""
    topology = beads.topology
    frames = beads[:: max(1, len(beads) // FRAMES)].load()
    assert frames.box is not None
    # Rows of some particles are enough to find how close beads come.
    some = np.arange(len(topology))[:: max(1, len(topology) // 200)]
    closest = np.inf
    for positions, box in zip(frames.positions, frames.box, strict=True):
        difference = minimum_image(positions[some, None] - positions[None], box)
        square = np.sum(difference**2, axis=-1)
        square[topology.molecules[some, None] == topology.molecules[None]] = np.inf
        closest = min(closest, float(np.sqrt(square.min())))
    start = max(SPACING, np.floor(closest / SPACING) * SPACING - SPACING)
    limit = min(1.2, *(largest_cutoff(box) for box in frames.box))
    cutoff = start + np.floor((limit - start) / SPACING) * SPACING
    return round(float(start), 2), round(float(cutoff), 2)


def _run_lines(atoms: Trajectory, beads: Trajectory) -> Iterator[str]:
    yield "simulate:"
    yield "  engine: jax          # or lammps, openmm"
    yield "  timestep: 0.005      # ps; bonded models may need 0.002"
    yield "  steps: 200000"
    observables = []
    if beads[0].box is not None:
        observables += ["rdf", "angles", "pressure"]
    if len(beads.topology.bonds):
        observables.append("bonds")
    if len(beads.topology.angles):
        observables.append("bond_angles")
    if len(beads.topology.dihedrals):
        observables.append("dihedrals")
    if atoms[0].times is not None and len(atoms) > 1:
        observables.append("diffusion")
    yield f"observables: [{', '.join(observables)}]"
    yield "export: [lammps, openmm]   # or gromacs: pair tables need GROMACS 2019 or older"
    yield "quick:"
    yield "  simulate.steps: 20000"


def _quote(text: str) -> str:
    """Return text as YAML, in quotes where it would mean something else without them."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./ -]*", text)
    taken = text.lower() in ("no", "yes", "on", "off", "true", "false", "null", "n", "y")
    return text if plain and not taken else '"' + text.replace('"', '\\"') + '"'
