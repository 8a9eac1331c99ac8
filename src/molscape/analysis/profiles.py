"""Free energy and mean force along one coordinate, from its values in independent replicas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True, eq=False)
class Profile:
    """What was seen in bins of a coordinate: free energy in kT, mean force in any unit.

    Errors are standard errors over groups of replicas; NaN where a bin was never visited, or
    where no force was given. The free energy is that of the normalised density per unit of x.
    """

    x: Float[np.ndarray, " bin"]
    free_energy: Float[np.ndarray, " bin"]
    free_energy_error: Float[np.ndarray, " bin"]
    force: Float[np.ndarray, " bin"]
    force_error: Float[np.ndarray, " bin"]
    samples: Float[np.ndarray, " bin"]


def profile(
    x: Float[np.ndarray, "replica frame"],
    edges: Float[np.ndarray, " edge"],
    force: Float[np.ndarray, "replica frame"] | None = None,
    groups: int = 10,
) -> Profile:
    """Return F(x) = -ln p(x) and the mean force in each bin.

    Args:
        x: the coordinate in each replica.
        edges: of the bins; what lies outside them counts for the normalisation.
        force: the instantaneous force on the coordinate.
        groups: of replicas, whose scatter gives the errors; fewer where there are fewer.

    Raises:
        ValueError: if there are fewer than two replicas.
    """
    if len(x) < 2:
        raise ValueError(f"{len(x)} replicas: errors come from their scatter, give at least two")
    groups = min(groups, len(x))
    counts = np.zeros((groups, len(edges) - 1))
    sums, sizes = np.zeros_like(counts), np.zeros(groups)
    for group, members in enumerate(np.array_split(np.arange(len(x)), groups)):
        values = x[members].ravel()
        counts[group] = np.histogram(values, edges)[0]
        sizes[group] = values.size
        if force is not None:
            sums[group] = np.histogram(values, edges, weights=force[members].ravel())[0]
    width = np.diff(edges)
    total = counts.sum(axis=0)
    seen = total > 0
    share = np.where(seen, total, np.nan) / sizes.sum()
    scatter = np.sqrt(np.sum((counts - share * sizes[:, None]) ** 2, axis=0))
    factor = np.sqrt(groups / (groups - 1))
    mean = np.full(len(width), np.nan)
    force_error = mean.copy()
    if force is not None:
        mean[seen] = sums.sum(axis=0)[seen] / total[seen]
        residual = sums - counts * mean
        force_error = factor * np.sqrt(np.sum(residual**2, axis=0)) / np.where(seen, total, np.nan)
    return Profile(
        x=(edges[1:] + edges[:-1]) / 2,
        free_energy=-np.log(share / width),
        free_energy_error=factor * scatter / np.where(seen, total, np.nan),
        force=mean,
        force_error=force_error,
        samples=total,
    )


def root_mean_square(
    values: Float[np.ndarray, " bin"],
    reference: Float[np.ndarray, " bin"],
    chosen: Bool[np.ndarray, " bin"],
    *,
    shifted: bool = False,
) -> float:
    """Return the root mean square deviation over chosen bins.

    Args:
        values: a curve.
        reference: another on the same bins.
        chosen: the bins that count.
        shifted: take the mean difference away first, as free energies have no zero.
    """
    away = (values - reference)[chosen]
    if shifted:
        away = away - away.mean()
    return float(np.sqrt(np.mean(away**2)))
