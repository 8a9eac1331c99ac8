"""The topology file of a model for GROMACS: types, molecules, bonded terms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from molscape.core.system import type_key
from molscape.core.topology import Topology

KINDS = {2: ("bonds", "table_b"), 3: ("angles", "table_a"), 4: ("dihedrals", "table_d")}


@dataclass(frozen=True)
class Interaction:
    """A bonded term as a topology file has it: its types, function type and parameters."""

    types: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Parameters:
    """What the topology file says of pairs: C6 and C12 (or 0 and 1 for a table) by types."""

    pairs: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    charge_scale: float = 1.0


def plain_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each type a name that GROMACS can read: letters, digits, no digit first."""
    plain: dict[str, str] = {}
    for name in names:
        base = re.sub(r"\W", "_", name, flags=re.ASCII)
        own = base = base if base[:1].isalpha() else f"T{base}"
        again = 1
        while own in plain.values():
            again += 1
            own = f"{base}_{again}"
        plain[name] = own
    return plain


def topology_text(
    topology: Topology,
    bonded: Sequence[Interaction],
    parameters: Parameters,
    title: str,
) -> str:
    """Return `topol.top` for beads whose molecules stand together.

    Args:
        topology: the beads, in the order of the file of positions.
        bonded: the bonded terms.
        parameters: pair parameters.
        title: the name of the system.
    """
    types = [str(name) for name in np.unique(topology.types)]
    plain = plain_names(types)
    lines = [
        "; Written by molscape. Units: nm, ps, u, kJ/mol, e.",
        "[ defaults ]",
        "; nbfunc comb-rule gen-pairs",
        "1 1 no",
        "",
        "[ atomtypes ]",
        "; name mass charge ptype C6 C12",
    ]
    for name in types:
        mass = topology.masses[topology.types == name][0]
        six, twelve = parameters.pairs.get((name, name), (0.0, 0.0))
        lines.append(f"{plain[name]} {mass:.10g} 0.0 A {six:.12e} {twelve:.12e}")
    lines += ["", "[ nonbond_params ]", "; i j func C6 C12"]
    for a in range(len(types)):
        for b in range(a, len(types)):
            one, two = types[a], types[b]
            six, twelve = parameters.pairs.get((one, two), (0.0, 0.0))
            lines.append(f"{plain[one]} {plain[two]} 1 {six:.12e} {twelve:.12e}")
    texts: dict[str, str] = {}
    sequence: list[str] = []
    for block, members in _molecules(topology):
        text = _molecule_text(topology, block, members, bonded, plain, parameters)
        if text not in texts:
            base = plain_names([str(topology.molecule_names[topology.molecules[block[0]]])])
            name = next(iter(base.values()))
            taken = [own for own in texts.values() if own.split("__")[0] == name]
            texts[text] = f"{name}__{len(taken) + 1}" if taken else name
        sequence.append(texts[text])
    for text, name in texts.items():
        lines += [
            "",
            "[ moleculetype ]",
            "; name nrexcl",
            f"{name} {topology.exclude_within}",
            text,
        ]
    lines += ["", "[ system ]", title, "", "[ molecules ]"]
    lines += [f"{name} {len(list(run))}" for name, run in groupby(sequence)]
    return "\n".join(lines) + "\n"


def _molecules(topology: Topology) -> Iterator[tuple[np.ndarray, dict[int, np.ndarray]]]:
    """Yield the beads of each molecule, and its bonds, angles and dihedrals by their width."""
    ids = topology.molecules
    starts = np.flatnonzero(np.diff(ids, prepend=-1))
    lists = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}
    order = {k: np.argsort(ids[rows[:, 0]], kind="stable") for k, rows in lists.items()}
    owned = {k: ids[rows[:, 0]][order[k]] for k, rows in lists.items()}
    for block in np.split(np.arange(len(topology)), starts[1:]):
        members = {}
        for width, rows in lists.items():
            low, high = np.searchsorted(owned[width], [ids[block[0]], ids[block[0]] + 1])
            members[width] = rows[order[width][low:high]]
        yield block, members


def _molecule_text(
    topology: Topology,
    block: np.ndarray,
    members: dict[int, np.ndarray],
    bonded: Sequence[Interaction],
    plain: dict[str, str],
    parameters: Parameters,
) -> str:
    """Return all sections of one molecule but its name; equal texts are equal molecules."""
    lines = ["", "[ atoms ]", "; nr type resnr residue atom cgnr charge mass"]
    first = int(block[0])
    residues = topology.residues[block] - topology.residues[first] + 1
    for k, i in enumerate(block.tolist()):
        residue = str(topology.residue_names[i] or topology.molecule_names[topology.molecules[i]])
        charge = topology.charges[i] * parameters.charge_scale
        lines.append(
            f"{k + 1} {plain[str(topology.types[i])]} {residues[k]} {residue[:5]} "
            f"{str(topology.names[i])[:5]} {k + 1} {charge:.10g} {topology.masses[i]:.10g}"
        )
    for width, rows_of_width in members.items():
        rows = []
        for row in rows_of_width:
            key = type_key(tuple(str(topology.types[i]) for i in row))
            place = " ".join(str(int(i) - first + 1) for i in row)
            found = [term for term in bonded if len(term.types) == width]
            texts = [own.text for own in found if type_key(own.types) == key]
            # A bond without a term still counts for exclusions.
            rows += [f"{place} {text}" for text in texts or (["5"] if width == 2 else [])]
        if rows:
            lines += ["", f"[ {KINDS[width][0]} ]", *rows]
    return "\n".join(lines)
