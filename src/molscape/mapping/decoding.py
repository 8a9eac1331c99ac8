"""From beads back to atoms: what a decoder is, and the linear one of least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_matrix

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.moments import SecondMoments, best_decoder, molecule_rows

LOST = frozenset({"velocities", "forces", "energies"})
"""Fields that beads do not tell of atoms."""


@runtime_checkable
class Decoder(Protocol):
    """Places atoms where beads are given; `Mapping.decoder` is one."""

    @property
    def topology(self) -> Topology:
        """The atoms that it places."""
        ...

    @property
    def atoms(self) -> Int[np.ndarray, " atom"]:
        """Their indices among all atoms that were mapped; molecules without beads are missing."""
        ...

    def decode_frames(self, frames: Frames) -> Frames:
        """Return frames of atoms for frames of beads."""
        ...


@dataclass(frozen=True, eq=False)
class LinearDecoder:
    """Atoms as weighted means of beads, x_i = sum_I D_iI z_I.

    `weights` D is sparse (atom, bead) and its rows sum to one, so that atoms move and turn with
    the beads; weights may be negative. A mean over what the beads leave open is not a structure
    of low energy: hydrogens of a methyl group that turns lie on its axis.
    """

    kind: ClassVar[str] = "linear"

    weights: csr_matrix
    topology: Topology
    atoms: Int[np.ndarray, " atom"]

    @classmethod
    def fit(cls, trajectory: Trajectory, mapping: Mapping) -> LinearDecoder:
        """Fit the weights of each kind of molecule to its atoms by least squares.

        All atoms of a molecule with beads are decoded, also those that belong to no bead. The
        trajectory is read once for each kind.

        Args:
            trajectory: of the atoms.
            mapping: of these atoms; any, its beads need not be at centres of geometry.

        Raises:
            ValueError: if molecules of a name differ in their atoms or beads, are cut by the
                boundary, or there is no frame.
        """
        topology = trajectory.topology
        rows, columns, values = [], [], []
        for kind in mapped_molecules(topology, mapping):
            moments = SecondMoments.of(trajectory, kind.name)
            own = best_decoder(moments, kind.encoder)[0]
            shape = (*kind.atoms.shape, kind.beads.shape[1])
            rows.append(np.broadcast_to(kind.atoms[:, :, None], shape).ravel())
            columns.append(np.broadcast_to(kind.beads[:, None, :], shape).ravel())
            values.append(np.broadcast_to(own, shape).ravel())
        row = np.concatenate(rows)
        atoms, place = np.unique(row, return_inverse=True)
        shape = (len(atoms), mapping.position_weights.shape[0])
        weights = csr_matrix((np.concatenate(values), (place, np.concatenate(columns))), shape)
        return cls(weights, selected(topology, atoms), atoms)

    def decode_frames(self, frames: Frames) -> Frames:
        """Return frames of atoms; velocities, forces and energies of beads say nothing of them.

        Raises:
            ValueError: if the number of beads differs, or molecules are cut by the boundary.
        """
        check_beads(frames, self.weights.shape[1])
        x = frames.positions.astype(np.float64)
        flat = x.transpose(1, 0, 2).reshape(x.shape[1], -1)
        placed = (self.weights @ flat).reshape(-1, len(frames), 3).transpose(1, 0, 2)
        return frames.replace(
            positions=np.ascontiguousarray(placed), velocities=None, forces=None, energies=None
        )


def decode(decoder: Decoder | Mapping, beads: Trajectory) -> Trajectory:
    """Return the trajectory of atoms for one of beads; chunks are decoded when they are read.

    Args:
        decoder: or a mapping that has one.
        beads: such as a run of a coarse-grained model.

    Raises:
        ValueError: if the mapping has no decoder, or the number of beads differs.
    """
    found = decoder.decoder if isinstance(decoder, Mapping) else decoder
    if found is None:
        raise ValueError(
            "the mapping has no decoder: fit one with LinearDecoder.fit(trajectory, mapping) or "
            "molscape.fit.train_decoder"
        )
    assert isinstance(found, Decoder)
    return beads.map(found.decode_frames, topology=found.topology, fields=beads.fields - LOST)


def check_beads(frames: Frames, beads: int) -> None:
    """Raise ValueError unless frames have so many beads and whole molecules."""
    if frames.n_particles != beads:
        raise ValueError(
            f"the decoder is for {beads} beads, the frames have {frames.n_particles}: use beads "
            "of the mapping that it was fitted with"
        )
    if frames.box is not None and not frames.whole:
        raise ValueError(
            "molecules are cut by the periodic boundary, atoms would be placed between images: "
            "make them whole first (molscape.io.open does)"
        )


@dataclass(frozen=True, eq=False)
class MappedMolecules:
    """All molecules of a name that have beads, mapped alike.

    Rows of `atoms` and `beads` are the indices of each molecule's; `encoder` takes the atoms of
    one to its beads.
    """

    name: str
    atoms: Int[np.ndarray, "molecule atom"]
    beads: Int[np.ndarray, "molecule bead"]
    encoder: Float[np.ndarray, "bead atom"]


def mapped_molecules(topology: Topology, mapping: Mapping) -> list[MappedMolecules]:
    """Return the molecules that a mapping gives beads, by name.

    Raises:
        ValueError: if molecules of a name differ in their atoms or are mapped differently.
    """
    weights = mapping.position_weights.copy()
    weights.eliminate_zeros()
    owner = topology.molecules[weights.indices[weights.indptr[:-1]]]
    order = np.argsort(owner, kind="stable")
    found = []
    for name in np.unique(topology.molecule_names[owner]).tolist():
        atoms = molecule_rows(topology, name)
        molecules = topology.molecules[atoms[:, 0]]
        mine = order[np.isin(owner[order], molecules)]
        counts = np.bincount(owner[mine], minlength=topology.n_molecules)[molecules]
        beads = mine.reshape(len(molecules), -1) if np.all(counts == counts[0]) else None
        encoder = None if beads is None else _shared_encoder(weights, atoms, beads)
        if beads is None or encoder is None:
            raise ValueError(
                f"molecules called {name} are not all mapped alike: give those that differ "
                "different names"
            )
        found.append(MappedMolecules(name, atoms, beads.astype(np.int64), encoder))
    return found


def _shared_encoder(
    weights: csr_matrix, atoms: np.ndarray, beads: np.ndarray
) -> Float[np.ndarray, "bead atom"] | None:
    """Return the encoder of every molecule, None if they differ."""
    molecules, width = atoms.shape
    place = np.zeros(weights.shape[1], dtype=np.int64)
    place[atoms] = np.arange(width)
    own = weights[beads.ravel()].tocoo()
    molecule, bead = np.divmod(own.row, beads.shape[1])
    shape = (molecules, beads.shape[1] * width)
    flat = csr_matrix((own.data, (molecule, bead * width + place[own.col])), shape)
    first = csr_matrix(np.ones((molecules, 1))) @ flat[0]
    if abs(flat - first).max() > 1e-9:
        return None
    return flat[0].toarray().reshape(beads.shape[1], width)


def selected(topology: Topology, atoms: Int[np.ndarray, " atom"]) -> Topology:
    """Return the topology of some atoms, whole molecules, in ascending order."""
    if len(atoms) == len(topology):
        return topology
    place = np.full(len(topology), -1)
    place[atoms] = np.arange(len(atoms))
    molecules = np.unique(topology.molecules[atoms])
    rows = {
        name: place[getattr(topology, name)]
        for name in ("bonds", "angles", "dihedrals", "constraints")
    }
    kept = {name: (each >= 0).all(axis=1) for name, each in rows.items()}
    sites = topology.virtual_sites
    if sites is not None:
        inside = place[sites.sites] >= 0
        sites = type(sites)(
            place[sites.sites[inside]], place[sites.parents[inside]], sites.weights[inside]
        )
    per_atom = ("names", "types", "elements", "masses", "charges", "residue_names")
    return topology.replace(
        **{name: getattr(topology, name)[atoms] for name in per_atom},
        residues=np.unique(topology.residues[atoms], return_inverse=True)[1].astype(np.int64),
        molecules=np.searchsorted(molecules, topology.molecules[atoms]).astype(np.int64),
        molecule_names=topology.molecule_names[molecules],
        **{name: rows[name][kept[name]].astype(np.int64) for name in rows},
        constraint_lengths=topology.constraint_lengths[kept["constraints"]],
        virtual_sites=sites,
    )
