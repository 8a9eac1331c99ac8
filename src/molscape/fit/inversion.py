"""From distributions to energies: minus kT times the logarithm of counts, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from molscape.core.linear import held_terms
from molscape.core.potential import Potential
from molscape.fit.projection import Counted, Row, StructureProblem
from molscape.objectives.structure import Distribution, Histograms

REWEIGHTED = 4
"""Rounds of reweighting; each roughly squares the error of the one before."""


def invert(
    problem: StructureProblem, references: Sequence[Histograms]
) -> Float[np.ndarray, " parameter"]:
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
        found[row.parameters] = _invert_row(problem, row, histograms, held)
    return found


def choose_start(problem: StructureProblem, start: str) -> Float[np.ndarray, " parameter"]:
    """Return the parameters of the first iteration.

    Args:
        problem: potential and references.
        start: "inversion" for the Boltzmann inversion, "given" for the potential's parameters.
    """
    if start == "given":
        return problem.parameters
    return invert(problem, problem.references)


def compare_row(
    problem: StructureProblem, row: Row, samples: Sequence[Counted]
) -> Float[np.ndarray, " parameter"]:
    """Return kT ln(g / g_reference) of one row, projected on its parameters.

    ln(a/b) is taken as 2 (a - b)/(a + b): the same to third order, finite in empty bins, and
    unbiased where counts are few.
    """
    total, weights = np.zeros(row.fitted.shape), np.zeros(row.fitted.shape)
    for state, reference, sample in zip(problem.states, problem.references, samples, strict=True):
        counts, ideal, goal, goal_ideal = (
            each.sum(axis=0)[row.bins]
            for each in (
                sample.histograms.counts,
                sample.histograms.ideal,
                reference.counts,
                reference.ideal,
            )
        )
        scaled = goal * (ideal / np.maximum(goal_ideal, np.finfo(float).tiny))
        both = np.maximum(counts + scaled, np.finfo(float).tiny)
        energy = 2 * state.kT * (counts - scaled) / both
        pooled = (counts + goal) / (ideal + goal_ideal + np.finfo(float).tiny)
        weight = pooled * ideal * goal_ideal / (ideal + goal_ideal) / state.kT**2
        weight = np.where(row.fitted, weight, 0.0)
        total += weight * (energy - tail_mean(row, energy, weight))
        weights += weight
    mean = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
    return problem.project(row, mean, weights, errors_known=True)


def _held_energy(potential: Potential, which: Distribution, kT: float) -> Float[np.ndarray, " bin"]:
    """Return -kT ln <exp(-U/kT)> over each bin, with U the held terms of a coordinate.

    Three-point Gauss quadrature, weighted by the volume element.
    """
    points, weights = np.polynomial.legendre.leggauss(3)
    x = which.x[:, None] + np.diff(which.edges)[:, None] / 2 * points
    energy = np.zeros(x.size)
    for part in held_terms(potential):
        if part.coordinate == {"rdf": "pair"}.get(which.kind, which.kind):
            energy += part.tabulate(x.ravel(), which.types)[0]
    weight = weights * np.maximum(which.jacobian(x), np.finfo(float).tiny)
    weight /= weight.sum(axis=1, keepdims=True)
    found: Float[np.ndarray, " bin"] = -kT * logsumexp(
        -energy.reshape(x.shape) / kT, b=weight, axis=1
    )
    return found


def _invert_row(
    problem: StructureProblem,
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
