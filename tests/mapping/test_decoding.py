"""Linear decoders: exact where atoms are linear in beads, best elsewhere, over whole topologies."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from molscape.analysis import deviations
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import Decoder, LinearDecoder, by_assignment, by_hand, decode

BEADS = [0, 0, 1, 1, 2, 2]
FRAMES = 60


def topology(molecules=2, waters=1):
    """Molecules M of six atoms, interleaved, with a water of one atom before and after."""
    owner = [0, *np.tile(np.arange(1, molecules + 1), 6).tolist()]
    owner += [molecules + 1 + w for w in range(waters)]
    names = ["W", *[f"A{k}" for k in range(6) for _ in range(molecules)], *["W"] * waters]
    chain = [
        (1 + k * molecules + m, 1 + (k + 1) * molecules + m)
        for k in range(5)
        for m in range(molecules)
    ]
    return Topology.build(
        names,
        masses=[1.0 + ord(name[-1]) % 7 for name in names],
        elements=["C"] * len(names),
        molecules=owner,
        molecule_names=["SOL", *["M"] * molecules, *["SOL"] * waters],
        bonds=np.array(chain),
        constraints=np.array([[1, 1 + molecules]]),
        constraint_lengths=np.array([0.15]),
    )


def trajectory(seed=0, noise=1.0):
    """Atoms mixed from independent parts, molecules spread over space; noise moves all atoms."""
    random = np.random.default_rng(seed)
    which = topology()
    mixing = random.normal(size=(6, 3))
    inner = np.einsum("ab,fmbc->famc", mixing, random.normal(size=(FRAMES, 2, 3, 3)))
    inner = inner + noise * random.normal(size=inner.shape)
    inner = inner + random.normal(scale=5.0, size=(FRAMES, 1, 2, 3))
    x = random.normal(size=(FRAMES, len(which), 3))
    x[:, 1:13] = inner.reshape(FRAMES, 12, 3)
    frames = Frames(x, forces=random.normal(size=x.shape), times=np.arange(FRAMES) * 1.0)
    return Trajectory.from_frames(which, frames)


def test_beads_at_any_weights_are_decoded_as_least_squares_do():
    atoms = trajectory()
    mapping = by_hand(
        atoms.topology,
        {
            "A": {"molecule": "M", "atoms": ["A0", "A1"], "weights": [0.8, 0.2]},
            "B": {"molecule": "M", "atoms": ["A3"]},
            "C": {"molecule": "M", "atoms": ["A4", "A5"]},
        },
    )
    decoder = LinearDecoder.fit(atoms, mapping)
    beads = mapping(atoms).load().positions.reshape(FRAMES * 2, 3, 3)
    x = atoms.load().positions[:, decoder.atoms].reshape(FRAMES, 6, 2, 3).swapaxes(1, 2)
    x = x.reshape(FRAMES * 2, 6, 3)
    centre = beads.mean(axis=1, keepdims=True)
    design = (beads - centre)[:, :2].swapaxes(1, 2).reshape(-1, 2)
    target = (x - centre).swapaxes(1, 2).reshape(-1, 6)
    left = np.linalg.lstsq(design, target, rcond=None)[1]
    found = deviations(
        decode(decoder, mapping(atoms)), atoms, atoms=decoder.atoms, molecule="M"
    ).by_atom()
    np.testing.assert_allclose(found.y, np.sqrt(left / len(beads)), rtol=1e-9, atol=1e-10)


def test_atoms_that_are_linear_in_beads_are_decoded_exactly():
    random = np.random.default_rng(2)
    which = topology()
    # Pairs of atoms at fixed shares of three points: the pairs' centres tell all.
    shares = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.2, 0.8], [0, 0, 1], [1, 1, -1]])
    points = random.normal(size=(FRAMES, 2, 3, 3))
    x = random.normal(size=(FRAMES, len(which), 3))
    x[:, 1:13] = np.einsum("ab,fmbc->famc", shares, points).reshape(FRAMES, 12, 3)
    atoms = Trajectory.from_frames(which, Frames(x))
    mapping = by_assignment(which, {"M": BEADS})
    decoder = LinearDecoder.fit(atoms, mapping)
    decoded = decode(replace(mapping, decoder=decoder), mapping(atoms))
    found = deviations(decoded, atoms, atoms=decoder.atoms)
    assert found.over() == pytest.approx((0.0, 0.0), abs=1e-9)


def test_decoded_trajectories_are_lazy_and_have_the_topology_of_their_atoms():
    atoms = trajectory()
    mapping = by_assignment(atoms.topology, {"M": BEADS})
    decoder = LinearDecoder.fit(atoms, mapping)
    assert isinstance(decoder, Decoder)
    read = []
    beads = mapping(atoms).map(lambda frames: read.append(len(frames)) or frames)
    decoded = decode(decoder, beads)
    assert not read
    assert [len(chunk) for chunk in decoded.chunks(25)] == read == [25, 25, 10]
    assert decoder.atoms.tolist() == list(range(1, 13))
    part = decoded.topology
    assert part.molecule_names.tolist() == ["M", "M"]
    assert part.names.tolist() == atoms.topology.names[1:13].tolist()
    assert part.bonds.tolist() == (atoms.topology.bonds - 1).tolist()
    assert part.constraints.tolist() == [[0, 2]]
    assert part.molecules.tolist() == [0, 1] * 6
    assert decoded.fields == {"positions", "times"}
    whole = by_assignment(atoms.topology, {"M": BEADS, "SOL": [0]})
    every = LinearDecoder.fit(atoms, whole)
    assert every.topology is atoms.topology
    found = decode(every, whole(atoms)).load().positions
    np.testing.assert_allclose(found[:, [0, 13]], atoms.load().positions[:, [0, 13]], atol=1e-12)
    np.testing.assert_allclose(found[:, 1:13], decoded.load().positions, atol=1e-12)


def test_what_is_decoded_turns_and_moves_with_the_beads():
    atoms = trajectory()
    mapping = by_assignment(atoms.topology, {"M": BEADS})
    decoder = LinearDecoder.fit(atoms, mapping)
    beads = mapping(atoms).load()
    turn, shift = Rotation.random(random_state=3).as_matrix(), np.array([1.0, -2.0, 0.5])
    moved = decoder.decode_frames(beads.replace(positions=beads.positions @ turn.T + shift))
    still = decoder.decode_frames(beads)
    np.testing.assert_allclose(moved.positions, still.positions @ turn.T + shift, atol=1e-12)


def test_what_is_refused():
    atoms = trajectory()
    mapping = by_assignment(atoms.topology, {"M": BEADS})
    decoder = LinearDecoder.fit(atoms, mapping)
    with pytest.raises(ValueError, match="no decoder: fit one"):
        decode(mapping, mapping(atoms))
    with pytest.raises(ValueError, match="for 6 beads, the frames have 14"):
        decode(decoder, atoms).load()
    cut = mapping(atoms).load().replace(box=np.broadcast_to(np.eye(3), (FRAMES, 3, 3)))
    with pytest.raises(ValueError, match="cut by the periodic boundary"):
        decoder.decode_frames(cut)
    with pytest.raises(ValueError, match="give `atoms`"):
        deviations(decode(decoder, mapping(atoms)), atoms)
    weights = mapping.position_weights.tolil()
    weights[1, [3, 4, 5, 6]] = 0
    weights[1, 3] = 1.0
    with pytest.raises(ValueError, match="called M are not all mapped alike"):
        LinearDecoder.fit(atoms, replace(mapping, position_weights=weights.tocsr()))
