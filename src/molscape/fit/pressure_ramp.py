"""Correction of the pressure by a weak linear ramp added to pair energies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from molscape.fit.projection import Counted, StructureProblem

LARGEST = 0.1
"""Largest height of the ramp at zero distance added in one iteration, in kT."""


def pressure_change(
    problem: StructureProblem, samples: Sequence[Counted]
) -> tuple[Float[np.ndarray, " parameter"], float]:
    """Return the change of parameters that brings the pressure nearer to `State.pressure`.

    Every pair energy gets A (1 - r/cutoff), projected on its spline. To first order the
    pressure answers with dP = -1/(3 V) <sum over pairs of r du'(r)>, from which A follows; it
    is at most 0.1 kT. With several states A is that of least squares.

    Returns:
        The change of the parameters (kJ/mol), and A in kJ/mol.

    Raises:
        ValueError: if there is no pair row, a target pressure, or a pressure of the model.

    Source: H. Wang, C. Junghans and K. Kremer, Eur. Phys. J. E 28, 221 (2009).
    """
    pairs = [k for k, each in enumerate(problem.distributions) if each.kind == "rdf"]
    if not pairs:
        raise ValueError("a pressure is corrected by pair energies: this potential has none")
    change = np.zeros(problem.basis.shape[1])
    for k in pairs:
        row, x = problem.rows[k], problem.distributions[k].x
        end = row.support.start + row.support.spacing * len(row.support.samples)
        weight = np.sum([sample.histograms.mean[row.bins] for sample in samples], axis=0)
        change[row.parameters] = problem.project(row, np.maximum(1 - x / end, 0.0), weight)
    answers, lacking = [], []
    for state, sample in zip(problem.states, samples, strict=True):
        own = sample.histograms
        if state.pressure is None:
            raise ValueError("a target pressure is missing: give State(temperature, pressure)")
        if sample.pressure is None or own.volume is None:
            raise ValueError("the sampler reports no pressure, or has no box: use another engine")
        virial = 0.0
        for k in pairs:
            row, x = problem.rows[k], problem.distributions[k].x
            energy = problem.basis[row.bins, row.parameters] @ change[row.parameters]
            used = row.fitted
            slope = np.gradient(energy, x)
            virial -= float(np.sum((own.mean[row.bins] * x * slope)[used]))
        answers.append(virial / (3 * own.volume))
        lacking.append(state.pressure - sample.pressure)
    answer = np.asarray(answers)
    height = float(answer @ np.asarray(lacking) / (answer @ answer))
    height = float(np.clip(height, -LARGEST * problem.kT, LARGEST * problem.kT))
    return height * change, height
