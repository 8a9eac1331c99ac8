"""Boltzmann inversion: the potential of mean force as a potential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.projection import MINIMUM_SAMPLES, Problem, Row
from molscape.fit.result import Fit
from molscape.objectives.structure import Histograms


def boltzmann(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    *,
    blocks: int = 10,
    minimum_samples: float = MINIMUM_SAMPLES,
) -> Fit:
    """Invert the distribution of every row of the linear terms.

    Pairs: u = -kT ln g(r), shifted to zero at the cutoff; exact for a dilute gas. Energies in
    fine bins are weighted by 1/variance and projected on the splines, which go on as walls
    where the reference has no samples. `replicas` leave out one block of frames each.

    Args:
        potential: one or several linear terms; others are kept and not subtracted.
        data: reference beads and their states; several are averaged by their weights.
        blocks: number of contiguous blocks of frames.
        minimum_samples: an interval with fewer samples counts as poor.

    Raises:
        ValueError: if there is nothing to fit, or a row has too few samples.

    Source: D. Reith, M. Puetz and F. Mueller-Plathe, J. Comput. Chem. 24, 1624 (2003).
    """
    problem = Problem.make(potential, data, blocks, minimum_samples)
    replicas = []
    if len(problem.references) == 1 and len(problem.references[0].frames) > 1:
        reference = problem.references[0]
        for block in range(len(reference.frames)):
            rest = inverted(problem, (reference.without(block),))
            replicas.append(problem.build(rest))
    return Fit(
        method="boltzmann",
        potential=problem.build(inverted(problem, problem.references)),
        frames=int(sum(each.frames.sum() for each in problem.references)),
        replicas=tuple(replicas),
        supports=tuple(row.support for row in problem.rows),
    )


def inverted(problem: Problem, references: Sequence[Histograms]) -> Float[np.ndarray, " parameter"]:
    """Return the parameters of the Boltzmann inversion of references."""
    found = np.zeros(problem.basis.shape[1])
    for row in problem.rows:
        total, weights = np.zeros(row.fitted.shape), np.zeros(row.fitted.shape)
        for state, reference in zip(problem.states, references, strict=True):
            counts = reference.counts.sum(axis=0)[row.bins]
            ideal = reference.ideal.sum(axis=0)[row.bins]
            energy = -state.kT * np.log((counts + 0.5) / (ideal + 0.5))
            weight = (counts + 0.5) / state.kT**2
            total += weight * shifted(row, energy, weight)
            weights += weight
        found[row.parameters] = problem.project(row, total / weights, weights)
    return found


def shifted(
    row: Row, energy: Float[np.ndarray, " bin"], weight: Float[np.ndarray, " bin"]
) -> Float[np.ndarray, " bin"]:
    """Return energies less their mean over the last interval before a cutoff, if there is one."""
    if row.tail is None:
        return energy
    return energy - np.average(energy[row.tail], weights=weight[row.tail])
