"""`molscape init`: a commented recipe for the user's own files, ready to be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.space import largest_cutoff, minimum_image
from molscape.core.store import write_text
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.mapping import BeadBlock, MappingBlock
from molscape.studies.parts.references import build_mapping

SMALL = 6
"""Molecules of at most so many heavy atoms are proposed as one bead."""

HEAVY_PER_BEAD = 4
"""Heavy atoms that are put into one bead of a larger molecule."""

FRAMES = 20
"""Frames in which the closest beads are looked for."""

SPACING = 0.02
HYDROGEN = 1.5
"""Atoms lighter than this (u) belong to the atom they are bonded to."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mapping for the molecules of a trajectory, with what is to be said of it."""

    block: MappingBlock
    comments: tuple[str, ...]


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
    if atoms.topology.bonds_guessed and _parted(proposal.block):
        # The user is shown that bonds are guessed, and can take the line out again.
        reference = {**reference, "guess_bonds": True}
        atoms = atoms.map(lambda frames: frames, atoms.topology.replace(bonds_guessed=False))
    beads = build_mapping(proposal.block, atoms)(atoms)
    has_forces = "forces" in atoms.fields
    files = [reference[key] for key in ("topology", "trajectory", "folder") if key in reference]
    told = ", ".join(Path(file).name for file in files)
    lines = [
        f"# A study of {told}, proposed by `molscape init`.",
        "# Change what does not suit you; `molscape check` says whether it can be run, "
        "`molscape run` runs it.",
        "molscape: 1",
        f"title: {_quoted(title)}",
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


def _parted(block: MappingBlock) -> bool:
    """Return whether a molecule has several beads."""
    molecules = [bead.molecule for bead in (block.beads or {}).values()]
    return len(set(molecules)) < len(molecules)


def _reference_line(key: str, value: Any) -> str:
    if isinstance(value, str):
        return f"  {key}: {_quoted(value)}"
    if isinstance(value, bool):
        return f"  {key}: {str(value).lower()}"
    told = "   # K: that of the simulation; the files do not say it" if key == "temperature" else ""
    return f"  {key}: {value:g}{told}"


def propose_mapping(topology: Topology) -> Proposal:
    """Return one bead for small molecules, one for each residue, or some heavy atoms each.

    Raises:
        ValueError: if a molecule has no name.
    """
    beads: dict[str, BeadBlock] = {}
    comments = []
    for kind in dict.fromkeys(str(name) for name in topology.molecule_names):
        if not kind:
            raise ValueError(
                "a molecule has no name: give a topology with residue names (GRO, TPR, PSF, PRMTOP)"
            )
        members = topology.members(kind)[0]
        heavy = int(np.sum(topology.masses[members] > HYDROGEN))
        residues = list(dict.fromkeys(topology.residue_names[members].tolist()))
        if heavy <= SMALL:
            beads[_name(kind, beads)] = BeadBlock(molecule=kind)
            comments.append(f"{kind}: {len(members)} atoms, one bead.")
        elif len(residues) > 1:
            for residue in residues:
                beads[_name(residue, beads)] = BeadBlock(molecule=kind, residues=[residue])
            comments.append(f"{kind}: one bead for each kind of residue; split it if it repeats.")
        else:
            groups = _groups(topology, members)
            for k, group in enumerate(groups, 1):
                names = topology.names[group].tolist()
                beads[_name(f"{kind}{k}", beads)] = BeadBlock(molecule=kind, atoms=names)
            comments.append(
                f"{kind}: {heavy} heavy atoms in {len(groups)} connected beads of at most "
                f"{HEAVY_PER_BEAD}; give alike beads a common `type`."
            )
    return Proposal(MappingBlock(beads=beads), tuple(comments))


def _name(text: str, taken: dict[str, BeadBlock]) -> str:
    """Return a bead name made of letters and digits that is not taken."""
    name = re.sub(r"[^A-Za-z0-9]", "", text)[:5] or "B"
    k = 2
    while name in taken:
        name, k = f"{name[:4]}{k}", k + 1
    return name


def _groups(topology: Topology, members: np.ndarray) -> list[np.ndarray]:
    """Cut a molecule into connected groups of a few heavy atoms, hydrogens with their own.

    Groups grow along the bonds from the atom that is farthest from the others, so that chains
    are cut from one end to the other.
    """
    near: dict[int, list[int]] = {int(atom): [] for atom in members}
    for a, b in topology.bonds.tolist():
        if a in near and b in near:
            near[a].append(b)
            near[b].append(a)
    heavy = {atom for atom in near if topology.masses[atom] > HYDROGEN}
    order = _walk(near, _walk(near, min(heavy), heavy)[-1], heavy)
    order += sorted(heavy - set(order))
    left, groups = list(order), []
    while left:
        group = [left.pop(0)]
        while len(group) < HEAVY_PER_BEAD:
            following = next((a for a in left if set(near[a]) & set(group)), None)
            if following is None:
                break
            left.remove(following)
            group.append(following)
        groups.append(group)
    for group in _joined(groups, near):
        group += [b for a in list(group) for b in near[a] if b not in heavy]
    return [np.array(sorted(set(group))) for group in groups]


def _joined(groups: list[list[int]], near: dict[int, list[int]]) -> list[list[int]]:
    """Put single atoms that were left over into a group that they are bonded to."""
    for group in [g for g in groups if len(g) == 1]:
        partner = next((g for g in groups if g is not group and set(near[group[0]]) & set(g)), None)
        if partner is not None:
            partner += group
            groups.remove(group)
    return groups


def _walk(near: dict[int, list[int]], start: int, heavy: set[int]) -> list[int]:
    """Return the heavy atoms in order of their distance in bonds from one of them."""
    found = [start]
    for atom in found:
        found += [b for b in near[atom] if b in heavy and b not in found]
    return found


def _mapping_lines(block: MappingBlock) -> Iterator[str]:
    yield "  beads:"
    assert block.beads is not None
    for name, bead in block.beads.items():
        parts = [f"molecule: {_quoted(bead.molecule)}"]
        if bead.atoms != ["*"]:
            parts.append(f"atoms: [{', '.join(_quoted(atom) for atom in bead.atoms)}]")
        if bead.residues != ["*"]:
            parts.append(f"residues: [{', '.join(_quoted(each) for each in bead.residues)}]")
        yield f"    {_quoted(name)}: {{{', '.join(parts)}}}"


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
        start, cutoff = _range(beads)
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


def _range(beads: Trajectory) -> tuple[float, float]:
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


def _quoted(text: str) -> str:
    """Return text as YAML, in quotes where it would mean something else without them."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./ -]*", text)
    taken = text.lower() in ("no", "yes", "on", "off", "true", "false", "null", "n", "y")
    return text if plain and not taken else '"' + text.replace('"', '\\"') + '"'


def write_proposal(text: str, file: Path) -> None:
    """Write a recipe; never over another one.

    Raises:
        FileExistsError: if the file is there already.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists: give another name with --out, or remove it")
    write_text(file, text)
