"""Boltzmann inversion: the potential of mean force as a potential."""

from __future__ import annotations

from collections.abc import Sequence

from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.inversion import invert
from molscape.fit.projection import MINIMUM_SAMPLES, StructureProblem
from molscape.fit.result import Fit


def boltzmann(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    *,
    blocks: int = 10,
    minimum_samples: float = MINIMUM_SAMPLES,
) -> Fit:
    """Invert the distribution of every row of the linear terms.

    Pairs: u = -kT ln g(r), shifted to zero at the cutoff, exact for a dilute gas. Bonds:
    u = -kT ln (p(r)/r^2); angles: u = -kT ln (p(theta)/sin theta); dihedrals: u = -kT ln p(phi).
    The splines are fitted to the counts in fine bins with their Poisson errors, and go on as
    walls where the reference has no samples. `replicas` leave out one block of frames each.
    Of terms that are not linear, pair and bonded ones are held as they are, and their energy of
    the same types is subtracted: the sum of both inverts the distribution.

    Args:
        potential: one or several linear terms, with pair or bonded terms that are held.
        data: reference beads and their states; several are averaged by their weights.
        blocks: number of contiguous blocks of frames.
        minimum_samples: an interval with fewer samples counts as poor.

    Raises:
        ValueError: if there is nothing to fit, a row has too few samples, or a term that is held
            is no function of one distance, angle or dihedral.

    Source: D. Reith, M. Puetz and F. Mueller-Plathe, J. Comput. Chem. 24, 1624 (2003).
    """
    problem = StructureProblem.make(potential, data, blocks, minimum_samples)
    _check_held(problem.potential)
    replicas = []
    if len(problem.references) == 1 and len(problem.references[0].frames) > 1:
        reference = problem.references[0]
        for block in range(len(reference.frames)):
            rest = invert(problem, (reference.without(block),))
            replicas.append(problem.build(rest))
    return Fit(
        method="boltzmann",
        potential=problem.build(invert(problem, problem.references)),
        frames=int(sum(each.frames.sum() for each in problem.references)),
        replicas=tuple(replicas),
        supports=tuple(row.support for row in problem.rows),
    )


def _check_held(potential: Potential) -> None:
    """Refuse terms whose share in the distribution of one coordinate is not known."""
    for part in potential.terms():
        if not part.coordinate:
            raise ValueError(
                f"Boltzmann inversion cannot subtract the fixed term {part.kind}, which is no "
                "function of one distance, angle or dihedral: leave it out, or use an iterative "
                "fit, which runs the model with it"
            )
