"""Several observables at once, measured alike on a reference and on every model's run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement

import numpy as np

from molscape.analysis.blocks import Blocks
from molscape.analysis.maps import Map, map_of
from molscape.analysis.regions import Population, Region, population
from molscape.core.curve import Curve
from molscape.core.record import Progress
from molscape.core.space import largest_cutoff
from molscape.core.system import type_key
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

log = logging.getLogger(__name__)

RDF_RANGE = 1.0
"""Radial distributions are measured up to this distance (nm), or half the box."""

LONGEST_BOND = 5.0
"""Bonds of beads are measured up to this length (nm): a bead may hold much of a molecule."""

SHELL_SPACING = 0.005
"""Bins of the running coordination number in nm."""

BONDED = {"bonds": "bonds", "bond_angles": "angles", "dihedrals": "dihedrals"}
"""Bonded observables, and the connections of a topology that they are of."""


@dataclass(eq=False)
class Measured:
    """What was measured on one trajectory.

    `blocks` holds distributions by name ("rdf.W-W", "centres.SOL-SOL", "angles.W-W-W",
    "bonds.A-B", "bond_angles.A-B-C", "dihedrals.A-B-C-D", "gyration.POL"), `curves` the mean
    squared displacement ("msd") and the velocity autocorrelation ("velocity"), `diffusion` the
    slope of the former and its standard error in nm^2/ps. `numbers` are values with standard
    error and unit: "coordination.A-B" (how many B around an A) and "velocity.diffusion"
    (nm^2/ps). `maps` are of two dihedrals ("A-B-C-D.B-C-D-E"), `populations` of regions by name.
    `unmeasured` says why something could not be measured.
    """

    blocks: dict[str, Blocks] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    diffusion: tuple[float, float] | None = None
    numbers: dict[str, tuple[float, float, str]] = field(default_factory=dict)
    unmeasured: dict[str, str] = field(default_factory=dict)
    maps: dict[str, Map] = field(default_factory=dict)
    populations: dict[str, Population] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to measure: pairs and triples of types, with one range and cutoff for everybody.

    `leg` is the longest leg (nm) of each triple, by its label such as "W-W-W"; `impossible`
    says why something asked for cannot be measured. `bonded` holds the labels of bonded types
    by observable: "bonds", "bond_angles" and "dihedrals". `shell` is the first minimum (nm) of
    the reference's radial distribution of each pair whose coordination is measured. `maps` are
    pairs of dihedral types that share a bond, `regions` ranges of dihedrals by name. `centres`
    are pairs of names of molecules, `gyration` names of molecules of more than one bead.
    """

    pairs: tuple[tuple[str, str], ...]
    triples: tuple[tuple[str, str, str], ...]
    maximum: float
    leg: dict[str, float]
    diffusion: bool
    impossible: dict[str, str]
    bonded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shell: dict[tuple[str, str], float] = field(default_factory=dict)
    velocity: bool = False
    maps: tuple[tuple[str, str], ...] = ()
    regions: dict[str, Region] = field(default_factory=dict)
    centres: tuple[tuple[str, str], ...] = ()
    gyration: tuple[str, ...] = ()


def plan_observables(
    names: list[str], reference: Trajectory, regions: dict[str, Region] | None = None
) -> Plan:
    """Choose pairs, triples and ranges from the reference.

    Angles are measured between neighbours of the same type inside the first shell, that is
    up to the first minimum of the reference's radial distribution.
    """
    from molscape.analysis import first_minimum, rdf_blocks

    types = sorted({str(t) for t in reference.topology.types})
    bonded, impossible = _bonded(names, reference.topology)
    maps = _neighbouring_dihedrals(reference.topology) if "maps" in names else ()
    if "maps" in names and not maps:
        impossible["maps"] = "no two dihedrals share a bond"
    gyration = _extended(reference.topology) if "gyration" in names else ()
    if "gyration" in names and not gyration:
        impossible["gyration"] = "every molecule is a single bead"
    box = reference[0].box
    if box is None:
        asked = [name for name in names if name in ("rdf", "centres", "angles", "coordination")]
        impossible |= dict.fromkeys(asked, "the reference has no box, so there is no density")
        moving = "diffusion" in names
        return Plan(
            (),
            (),
            0.0,
            {},
            moving,
            impossible,
            bonded,
            {},
            "velocity" in names,
            maps,
            regions or {},
            gyration=gyration,
        )
    shortest = min(
        largest_cutoff(each) for chunk in reference.chunks() for each in np.asarray(chunk.box)
    )
    maximum = float(min(RDF_RANGE, np.floor(shortest / 0.005) * 0.005))
    pairs = tuple(combinations_with_replacement(types, 2)) if "rdf" in names else ()
    triples, legs = [], {}
    for name in types if "angles" in names else ():
        if int(np.sum(reference.topology.types == name)) >= 3:
            triple = (name, name, name)
            try:
                blocks = rdf_blocks(reference, (name, name), maximum=maximum)
                legs["-".join(triple)] = first_minimum(blocks.curve())
                triples.append(triple)
            except ValueError as error:
                impossible["angles." + "-".join(triple)] = str(error)
    shells = {}
    for pair in combinations_with_replacement(types, 2) if "coordination" in names else ():
        try:
            shells[pair] = first_minimum(rdf_blocks(reference, pair, maximum=maximum).curve())
        except ValueError as error:
            impossible["coordination." + "-".join(pair)] = str(error)
    return Plan(
        pairs,
        tuple(triples),
        maximum,
        legs,
        "diffusion" in names,
        impossible,
        bonded,
        shells,
        "velocity" in names,
        maps,
        regions or {},
        _kinds_of_pairs(reference.topology) if "centres" in names else (),
        gyration,
    )


def _kinds_of_pairs(topology: Topology) -> tuple[tuple[str, str], ...]:
    """Return the pairs of names of molecules, those of one name only where there are two."""
    names = topology.molecule_names.tolist()
    return tuple(
        (a, b)
        for a, b in combinations_with_replacement(sorted(set(names)), 2)
        if a != b or names.count(a) > 1
    )


def _extended(topology: Topology) -> tuple[str, ...]:
    """Return the names of molecules that have more than one bead."""
    large = np.bincount(topology.molecules) > 1
    return tuple(sorted(set(topology.molecule_names[large].tolist())))


def _neighbouring_dihedrals(topology: Topology) -> tuple[tuple[str, str], ...]:
    """Return the types of dihedrals that follow one another along a chain, each pair once."""
    found: dict[tuple[str, str], None] = {}
    rows = {tuple(int(i) for i in row) for row in topology.dihedrals}
    rows |= {row[::-1] for row in rows}
    after: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for row in rows:
        after.setdefault(row[:3], []).append(row)

    def name(row: tuple[int, ...]) -> str:
        return type_key(tuple(str(topology.types[i]) for i in row))

    for first in sorted(rows):
        for second in sorted(after.get(first[1:], [])):
            pair = (name(first), name(second))
            if pair[::-1] not in found:
                found[pair] = None
    return tuple(found)


def _bonded(
    names: list[str], topology: Topology
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the labels of the bonded observables asked for, and why one has none."""
    from molscape.analysis import bonded_types

    present = bonded_types(topology)
    bonded, impossible = {}, {}
    for name in names:
        if name in BONDED:
            labels = present[BONDED[name]]
            if labels:
                bonded[name] = labels
            else:
                impossible[name] = f"the topology has no {BONDED[name]}"
    return bonded, impossible


def measure(trajectory: Trajectory, plan: Plan, progress: Progress | None = None) -> Measured:
    """Measure everything in the plan; what cannot be measured is told with the reason.

    Displacements in a liquid are taken relative to its centre of mass, which a Langevin
    thermostat lets wander with D = kT/(M friction).

    `progress` is called as progress("analysis", done, total).
    """
    from molscape.analysis import (
        angle_blocks,
        angular_blocks,
        bond_blocks,
        centre_blocks,
        dihedral_blocks,
        gyration_blocks,
        rdf_blocks,
    )

    found = Measured(unmeasured=dict(plan.impossible))
    tasks: dict[str, Callable[[Trajectory], None]] = {}
    for pair in plan.pairs:
        name = "rdf." + "-".join(pair)
        tasks[name] = partial(_keep, found, name, rdf_blocks, pair, maximum=plan.maximum)
    for pair in plan.centres:
        name = "centres." + "-".join(pair)
        tasks[name] = partial(_keep, found, name, centre_blocks, pair, maximum=plan.maximum)
    for molecule in plan.gyration:
        name = f"gyration.{molecule}"
        tasks[name] = partial(_keep, found, name, gyration_blocks, molecule)
    for triple in plan.triples:
        label = "-".join(triple)
        name = "angles." + label
        tasks[name] = partial(_keep, found, name, angular_blocks, triple, cutoff=plan.leg[label])
    analyses: dict[str, Callable[..., Blocks]] = {
        "bonds": partial(bond_blocks, maximum=LONGEST_BOND),
        "bond_angles": angle_blocks,
        "dihedrals": dihedral_blocks,
    }
    for kind, labels in plan.bonded.items():
        for label in labels:
            name = f"{kind}.{label}"
            tasks[name] = partial(_keep, found, name, analyses[kind], label)
    for pair, cutoff in plan.shell.items():
        tasks["coordination." + "-".join(pair)] = partial(_coordinate, found, pair, cutoff)
    for first, second in plan.maps:
        tasks[f"maps.{first}.{second}"] = partial(_map, found, first, second)
    for name, region in plan.regions.items():
        tasks[f"regions.{name}"] = partial(_populate, found, name, region)
    if plan.velocity:
        tasks["velocity"] = partial(_correlate_velocities, found)
    if plan.diffusion:
        tasks["diffusion"] = partial(_diffuse, found)
    for done, (name, task) in enumerate(tasks.items(), start=1):
        try:
            task(trajectory)
        except ValueError as error:
            found.unmeasured[name] = str(error)
            log.warning("%s was not measured: %s", name, error)
        if progress is not None:
            progress("analysis", done, len(tasks))
    return found


def _keep(
    found: Measured,
    name: str,
    analysis: Callable[..., Blocks],
    types: tuple[str, ...] | str,
    trajectory: Trajectory,
    **options: float,
) -> None:
    found.blocks[name] = analysis(trajectory, types, **options)


def _map(found: Measured, first: str, second: str, trajectory: Trajectory) -> None:
    found.maps[f"{first}.{second}"] = map_of(trajectory, first, second)


def _populate(found: Measured, name: str, region: Region, trajectory: Trajectory) -> None:
    found.populations[name] = population(trajectory, region)


def _coordinate(
    found: Measured, pair: tuple[str, str], cutoff: float, trajectory: Trajectory
) -> None:
    """Count neighbours both ways: B around an A is not A around a B."""
    from molscape.analysis.coordination import coordination_at, coordination_blocks

    reach = cutoff + 2 * SHELL_SPACING
    for a, b in dict.fromkeys((pair, pair[::-1])):
        blocks = coordination_blocks(trajectory, (a, b), maximum=reach, spacing=SHELL_SPACING)
        value, error = coordination_at(blocks, cutoff)
        found.numbers[f"coordination.{a}-{b}"] = value, error, ""


def _correlate_velocities(found: Measured, trajectory: Trajectory) -> None:
    from molscape.analysis.velocities import (
        diffusion_from_velocities,
        normalised,
        velocity_blocks,
    )

    liquid = trajectory.topology.n_molecules > 1
    blocks = velocity_blocks(trajectory, remove_drift=liquid)
    found.curves["velocity"] = normalised(blocks).curve()
    value, error = diffusion_from_velocities(blocks)
    found.numbers["velocity.diffusion"] = value, error, "nm^2/ps"


def _diffuse(found: Measured, trajectory: Trajectory) -> None:
    from molscape.analysis import diffusion, displacement_blocks

    liquid = trajectory.topology.n_molecules > 1
    blocks = displacement_blocks(trajectory, remove_drift=liquid)
    found.curves["msd"] = blocks.curve()
    found.diffusion = diffusion(blocks)
