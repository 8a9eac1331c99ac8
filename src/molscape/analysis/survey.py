"""Several observables at once, measured alike on a reference and on every model's run."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import numpy as np

from molscape.analysis.blocks import Blocks
from molscape.core.curve import Curve
from molscape.core.record import Progress
from molscape.core.trajectory import Trajectory

log = logging.getLogger(__name__)

RDF_RANGE = 1.0
"""Radial distributions are measured up to this distance (nm), or half the box."""


@dataclass(eq=False)
class Measured:
    """What was measured on one trajectory.

    `blocks` holds distributions by name ("rdf.W-W", "angles.W-W-W"), `curves` the mean
    squared displacement ("msd"), `diffusion` its slope and standard error in nm^2/ps, and
    `unmeasured` why something could not be measured.
    """

    blocks: dict[str, Blocks] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    diffusion: tuple[float, float] | None = None
    unmeasured: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to measure: pairs and triples of types, with one range and cutoff for everybody."""

    pairs: tuple[tuple[str, str], ...]
    triples: tuple[tuple[str, str, str], ...]
    maximum: float
    leg: dict[str, float]
    diffusion: bool


def plan_observables(names: list[str], reference: Trajectory) -> Plan:
    """Choose pairs, triples and ranges from the reference.

    Angles are measured between neighbours of the same type inside the first shell, that is
    up to the first minimum of the reference's radial distribution.
    """
    from molscape.analysis import first_minimum, rdf_blocks

    types = sorted({str(t) for t in reference.topology.types})
    box = reference[0].box
    if box is None:
        return Plan((), (), 0.0, {}, "diffusion" in names)
    shortest = float(np.min(np.diagonal(box[0]))) / 2
    maximum = min(RDF_RANGE, np.floor(shortest / 0.005) * 0.005)
    pairs = tuple(combinations_with_replacement(types, 2)) if "rdf" in names else ()
    legs: dict[str, float] = {}
    if "angles" in names:
        for name in types:
            if int(np.sum(reference.topology.types == name)) >= 3:
                blocks = rdf_blocks(reference, (name, name), maximum=float(maximum))
                legs[name] = first_minimum(blocks.curve())
    triples = tuple((name, name, name) for name in legs)
    return Plan(pairs, triples, float(maximum), legs, "diffusion" in names)


def measure(trajectory: Trajectory, plan: Plan, progress: Progress | None = None) -> Measured:
    """Measure everything in the plan; what cannot be measured is told with the reason.

    Displacements in a liquid are taken relative to its centre of mass, which a Langevin
    thermostat lets wander with D = kT/(M friction).

    `progress` is called as progress("analysis", done, total).
    """
    from molscape.analysis import angular_blocks, rdf_blocks

    found = Measured()
    total = len(plan.pairs) + len(plan.triples) + plan.diffusion

    def tell(done: int) -> None:
        if progress is not None:
            progress("analysis", done, total)

    for pair in plan.pairs:
        name = "rdf." + "-".join(pair)
        found.blocks[name] = rdf_blocks(trajectory, pair, maximum=plan.maximum)
        tell(len(found.blocks))
    for triple in plan.triples:
        name = "angles." + "-".join(triple)
        found.blocks[name] = angular_blocks(trajectory, triple, cutoff=plan.leg[triple[0]])
        tell(len(found.blocks))
    if plan.diffusion:
        from molscape.analysis import diffusion, displacement_blocks

        try:
            liquid = trajectory.topology.n_molecules > 1
            blocks = displacement_blocks(trajectory, remove_drift=liquid)
            found.curves["msd"] = blocks.curve()
            found.diffusion = diffusion(blocks)
        except ValueError as error:
            found.unmeasured["diffusion"] = str(error)
            log.warning("diffusion was not measured: %s", error)
        tell(total)
    return found
