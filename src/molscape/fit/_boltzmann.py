"""Boltzmann inversion: the potential of mean force as a potential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from molscape.core.potential import LinearPotential, Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.projection import MINIMUM_SAMPLES, Problem, Row
from molscape.fit.result import Fit
from molscape.objectives.structure import Distribution, Histograms
from molscape.potentials.bonded import BondedPotential
from molscape.potentials.pair import PairPotential


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
    problem = Problem.make(potential, data, blocks, minimum_samples)
    _check_held(problem.potential)
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


REWEIGHTED = 4
"""Rounds of reweighting; each roughly squares the error of the one before."""


def inverted(problem: Problem, references: Sequence[Histograms]) -> Float[np.ndarray, " parameter"]:
    """Return the parameters of the Boltzmann inversion of references.

    The energy of terms that are held is subtracted where it is one of the row's coordinate.
    """
    found = np.zeros(problem.basis.shape[1])
    for row, which in zip(problem.rows, problem.distributions, strict=True):
        histograms = [
            (each.counts.sum(axis=0)[row.bins], each.ideal.sum(axis=0)[row.bins])
            for each in references
        ]
        held = [_held_energy(problem.potential, which, state.kT) for state in problem.states]
        found[row.parameters] = _inverted_row(problem, row, histograms, held)
    return found


def _check_held(potential: Potential) -> None:
    """Refuse terms whose share in the distribution of one coordinate is not known."""
    for part in potential.terms():
        if not isinstance(part, LinearPotential | PairPotential | BondedPotential):
            raise ValueError(
                f"Boltzmann inversion cannot subtract the fixed term {part.kind}, which is no "
                "function of one distance, angle or dihedral: leave it out, or use an iterative "
                "fit, which runs the model with it"
            )


def _held_energy(potential: Potential, which: Distribution, kT: float) -> Float[np.ndarray, " bin"]:
    """Return -kT ln <exp(-U/kT)> over each bin, with U the held terms of a coordinate.

    Three-point Gauss quadrature, weighted by the volume element.
    """
    points, weights = np.polynomial.legendre.leggauss(3)
    x = which.x[:, None] + np.diff(which.edges)[:, None] / 2 * points
    energy = np.zeros(x.size)
    for part in potential.terms():
        if isinstance(part, LinearPotential):
            continue
        if isinstance(part, PairPotential) and which.kind == "rdf":
            a, b = which.types
            energy += part.tabulate(x.ravel(), (a, b))[0]
        if isinstance(part, BondedPotential) and which.kind == part.coordinate:
            energy += part.tabulate(x.ravel(), which.label)[0]
    weight = weights * np.maximum(which.jacobian(x), np.finfo(float).tiny)
    weight /= weight.sum(axis=1, keepdims=True)
    found: Float[np.ndarray, " bin"] = -kT * logsumexp(
        -energy.reshape(x.shape) / kT, b=weight, axis=1
    )
    return found


def _inverted_row(
    problem: Problem,
    row: Row,
    histograms: Sequence[tuple[np.ndarray, np.ndarray]],
    held: Sequence[np.ndarray],
) -> Float[np.ndarray, " parameter"]:
    """Fit one row to counts that scatter as Poisson's around ideal counts times exp(-u/kT).

    `held` is what is known of u in each bin at each state, in kJ/mol. Iteratively reweighted least
    squares: logarithms of few counts would be biased.
    """
    shifts, curves = [], []
    for state, (counts, ideal), known in zip(problem.states, histograms, held, strict=True):
        energy = -state.kT * np.log((counts + 0.5) / (ideal + 0.5)) - known
        curves.append(energy)
        shifts.append(tail_mean(row, energy, counts + 0.5))
    weights = [
        (counts + 0.5) / state.kT**2
        for state, (counts, _) in zip(problem.states, histograms, strict=True)
    ]
    parameters = np.zeros(len(row.active))
    for _ in range(REWEIGHTED):
        total = np.sum(weights, axis=0)
        moved = [w * (u - c) for w, u, c in zip(weights, curves, shifts, strict=True)]
        mean = np.sum(moved, axis=0) / total
        parameters = problem.project(row, mean, total)
        smooth = problem.basis[row.bins, row.parameters] @ parameters
        for k, (state, (counts, ideal)) in enumerate(zip(problem.states, histograms, strict=True)):
            exponent = np.clip(-(smooth + shifts[k] + held[k]) / state.kT, -50.0, 50.0)
            expected = np.where(row.fitted, ideal * np.exp(exponent), 1.0) + 1e-9
            curves[k] = smooth + shifts[k] - state.kT * (counts - expected) / expected
            weights[k] = expected / state.kT**2
    return parameters


def tail_mean(
    row: Row, energy: Float[np.ndarray, " bin"], weight: Float[np.ndarray, " bin"]
) -> float:
    """Return the mean energy over the last interval before a cutoff; zero without a cutoff."""
    if row.tail is None:
        return 0.0
    return float(np.average(energy[row.tail], weights=weight[row.tail]))
