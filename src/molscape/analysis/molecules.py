"""Whole molecules: how their centres are arranged, and how large they are.

Atoms and beads of any mapping have centres of mass and radii of gyration, so that models of
different mappings can be held against one another.
"""

from __future__ import annotations

import numpy as np

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.pair_distribution import rdf_blocks
from molscape.core.trajectory import Trajectory


def centre_blocks(
    trajectory: Trajectory,
    pair: tuple[str, str],
    *,
    maximum: float | None = None,
    spacing: float = 0.005,
    blocks: int = 10,
) -> Blocks:
    """Return the radial distribution of the centres of mass of molecules.

    Args:
        trajectory: frames with boxes, molecules whole.
        pair: names of the two kinds of molecules.
        maximum: end of the range in nm; by default as in `rdf`.
        spacing: width of a bin in nm.
        blocks: number of contiguous blocks in time whose scatter gives the error.

    Raises:
        ValueError: if there are no such molecules, no box, or molecules are cut by the boundary.
    """
    from molscape.mapping import by_preset

    centres = by_preset(trajectory.topology, "com")(trajectory)
    return rdf_blocks(centres, pair, maximum=maximum, spacing=spacing, blocks=blocks)


def gyration_blocks(
    trajectory: Trajectory,
    molecule: str,
    *,
    spacing: float = 0.01,
    maximum: float = 10.0,
    blocks: int = 10,
) -> Blocks:
    """Return the distribution of the radius of gyration of molecules, integral one.

    R^2 = sum_i m_i |r_i - r_c|^2 / sum_i m_i, with r_c the centre of mass.

    Args:
        trajectory: frames, molecules whole.
        molecule: name of the molecules.
        spacing: width of a bin in nm; bins begin at 0.
        maximum: largest radius in nm.
        blocks: number of contiguous blocks in time whose scatter gives the error.

    Returns:
        Blocks of p(R) in 1/nm; `samples` are the numbers of molecules.

    Raises:
        ValueError: if there are no such molecules, or one is larger than `maximum`.
    """
    topology = trajectory.topology
    rows = topology.members(molecule)
    if not rows:
        known = sorted(set(topology.molecule_names.tolist()))
        raise ValueError(f"there is no molecule {molecule!r}; the topology has {known}")
    division = divide(trajectory, blocks)
    bins = round(maximum / spacing)
    counts, at = np.zeros((len(division), bins)), 0
    for chunk in trajectory.chunks():
        for own in rows:
            radii = _radii(chunk.positions[:, own].astype(np.float64), topology.masses[own])
            if radii.max(initial=0.0) >= maximum:
                raise ValueError(
                    f"a molecule {molecule} has a radius of gyration of {radii.max():.3g} nm, the "
                    f"range ends at {maximum:g} nm: raise `maximum`, or look for cut molecules"
                )
            number = (radii / spacing).astype(np.int64)
            np.add.at(counts, (division.block[at : at + len(chunk)], number), 1.0)
        at += len(chunk)
    return division.distribution(counts, spacing * np.arange(bins + 1), molecule, "R", "nm")


def _radii(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    share = masses / masses.sum()
    centre = np.einsum("a,fac->fc", share, positions)
    squares = np.sum((positions - centre[:, None]) ** 2, axis=-1)
    return np.sqrt(squares @ share)
