"""How far decoded atoms are from where they were: root mean square deviations with errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from molscape.analysis.blocks import Blocks, divide
from molscape.core.curve import Curve
from molscape.core.space import minimum_image
from molscape.core.trajectory import Trajectory
from molscape.mapping.moments import molecule_rows


@dataclass(frozen=True, eq=False)
class Deviations:
    """Mean squared deviations (nm^2) of atoms, apart by blocks of time.

    `blocks.x` numbers the atoms: in the molecule if one was named, else in the topology.
    """

    blocks: Blocks

    def by_atom(self) -> Curve:
        """Return the root mean square deviation of each atom in nm, with its standard error."""
        squares = self.blocks.curve()
        root = np.sqrt(squares.y)
        # The error of a root; exact reconstructions have none.
        error = np.divide(squares.error, 2 * root, out=np.zeros_like(root), where=root > 0)
        return replace(squares, y=root, error=error, y_label="deviation", y_unit="nm")

    def over(self, atoms: Sequence[int] | np.ndarray | None = None) -> tuple[float, float]:
        """Return the deviation over some atoms together, or all, in nm, and its standard error.

        Args:
            atoms: positions in `blocks.x`.
        """
        chosen = np.arange(len(self.blocks.x)) if atoms is None else np.asarray(atoms)
        whole = replace(
            self.blocks,
            x=np.zeros(1),
            numerator=self.blocks.numerator[:, chosen].sum(axis=1, keepdims=True),
            denominator=self.blocks.denominator[:, chosen].sum(axis=1, keepdims=True),
        )
        curve = Deviations(whole).by_atom()
        return float(curve.y[0]), float(curve.error[0])


def deviations(
    decoded: Trajectory,
    original: Trajectory,
    *,
    atoms: Int[np.ndarray, " atom"] | None = None,
    molecule: str | None = None,
    blocks: int = 10,
) -> Deviations:
    """Compare decoded atoms with the original ones, frame by frame and as they stand.

    Structures are not superposed: beads carry how a molecule lies and turns. Displacements are
    minimum images where there is a box.

    Args:
        decoded: from `mapping.decode`, of the mapped original.
        original: the atoms themselves, the same frames.
        atoms: which of the original's atoms were decoded (`decoder.atoms`), if not all.
        molecule: a name, over whose molecules deviations are averaged.
        blocks: of time, for the errors.

    Raises:
        ValueError: if frames or atoms differ in number, or there is no such molecule.
    """
    chosen = np.arange(len(original.topology)) if atoms is None else atoms
    if len(decoded) != len(original) or len(decoded.topology) != len(chosen):
        raise ValueError(
            f"decoded are {len(decoded)} frames of {len(decoded.topology)} atoms, the original "
            f"has {len(original)} of {len(chosen)}: compare the same frames, and give `atoms` of "
            "the decoder where molecules were left out"
        )
    rows = np.arange(len(chosen))[None]
    if molecule is not None:
        rows = molecule_rows(decoded.topology, molecule)
    division = divide(original, blocks)
    sums = np.zeros((len(division), rows.shape[1]))
    counts, start = np.zeros_like(sums), 0
    length = original.chunk_length()
    for ours, theirs in zip(decoded.chunks(length), original.chunks(length), strict=True):
        shift = ours.positions - theirs.positions[:, chosen].astype(np.float64)
        box = None if theirs.box is None else theirs.box[:, None]
        squares = np.sum(minimum_image(shift, box) ** 2, axis=-1)[:, rows]
        block = division.block[start : start + len(ours)]
        np.add.at(sums, block, squares.sum(axis=1))
        np.add.at(counts, block, float(len(rows)))
        start += len(ours)
    return Deviations(
        Blocks(
            x=np.arange(rows.shape[1], dtype=np.float64),
            numerator=sums,
            denominator=counts,
            replica=division.replica,
            part=division.part,
            x_label="atom",
            x_unit="",
            y_label="squared deviation",
            y_unit="nm^2",
        )
    )
