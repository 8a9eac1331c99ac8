"""Trained decoders: a handed molecule on its right side, exact cases, and what stays linear."""

import numpy as np
import pytest

from molscape.analysis import deviations
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.fit.decoder_training import DecoderTraining, train_decoder
from molscape.mapping import LinearDecoder, by_hand, decode
from molscape.mapping.vector_decoder import RefinedDecoder

HEIGHT = 0.08
QUICK = DecoderTraining(hidden=(32, 32), epochs=60, batch=64, learning_rate=0.01)


def topology(names, molecules=1, name="M"):
    count = len(names)
    return Topology.build(
        list(names) * molecules,
        masses=np.ones(count * molecules),
        elements=["C"] * (count * molecules),
        molecules=np.repeat(np.arange(molecules), count),
        molecule_names=[name] * molecules,
        bonds=np.array(
            [[count * m, count * m + k] for m in range(molecules) for k in range(1, count)]
        ),
    )


def corners(random, frames, molecules=1):
    """Triangles of about 0.25 nm that bend and turn, anywhere in space."""
    angle = 2 * np.pi * np.arange(3) / 3
    base = 0.15 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    shape = base + 0.02 * random.normal(size=(frames, molecules, 3, 3))
    turns = np.linalg.qr(random.normal(size=(frames, molecules, 3, 3)))[0]
    turns = turns * np.linalg.det(turns)[..., None, None]
    place = random.normal(scale=3.0, size=(frames, molecules, 1, 3))
    return np.einsum("fmij,fmkj->fmki", turns, shape) + place


def normal(triangle):
    out = np.cross(
        triangle[..., 1, :] - triangle[..., 0, :], triangle[..., 2, :] - triangle[..., 0, :]
    )
    return out / np.linalg.norm(out, axis=-1, keepdims=True)


def tetrahedron(random, frames, molecules=2):
    """Substituents A, B and C around an atom X that stands out to the side their order says."""
    triangle = corners(random, frames, molecules)
    top = triangle.mean(axis=-2) + HEIGHT * normal(triangle)
    return np.concatenate([top[..., None, :], triangle], axis=-2).reshape(frames, -1, 3)


BEADS = {name: {"molecule": "M", "atoms": [name]} for name in "ABC"}


@pytest.fixture(scope="module")
def handed():
    random = np.random.default_rng(0)
    which = topology("XABC", 2)
    atoms = Trajectory.from_frames(which, Frames(tetrahedron(random, 400)))
    mapping = by_hand(which, BEADS)
    return atoms, mapping, train_decoder(atoms, mapping, QUICK)


def sides(positions):
    """How far X stands out of the plane of A, B and C, to the side of their order."""
    x = positions.reshape(len(positions), -1, 4, 3)
    return np.sum((x[:, :, 0] - x[:, :, 1:].mean(axis=2)) * normal(x[:, :, 1:]), axis=-1)


def test_a_chiral_centre_is_on_its_side_where_the_linear_decoder_puts_it_into_the_plane(handed):
    atoms, mapping, found = handed
    fresh = Frames(tetrahedron(np.random.default_rng(1), 200))
    new = Trajectory.from_frames(atoms.topology, fresh)
    np.testing.assert_allclose(sides(fresh.positions), HEIGHT, atol=1e-12)
    linear = decode(found.linear, mapping(new))
    refined = decode(found.decoder, mapping(new))
    np.testing.assert_allclose(sides(linear.load().positions), 0.0, atol=1e-9)
    assert np.all(np.abs(sides(refined.load().positions) - HEIGHT) < 0.5 * HEIGHT)
    assert deviations(linear, new).over([0])[0] == pytest.approx(HEIGHT, rel=0.05)
    assert deviations(refined, new).over([0])[0] < 0.05 * HEIGHT
    fit = found.fits[0]
    assert fit.best > 0
    assert fit.validation[fit.best] == fit.validation.min() < 0.05 * fit.validation[0]
    assert found.held_out.sum() == 80


def test_the_mirror_image_of_the_beads_keeps_the_hand_of_the_data(handed):
    atoms, mapping, found = handed
    image = atoms.map(lambda f: f.replace(positions=f.positions * [1.0, 1.0, -1.0]))
    np.testing.assert_allclose(sides(image.load().positions), -HEIGHT, atol=1e-12)
    found_sides = sides(decode(found.decoder, mapping(image)).load().positions)
    assert found_sides.min() > 0.5 * HEIGHT
    assert found_sides.mean() == pytest.approx(HEIGHT, rel=0.01)


def test_both_hands_in_the_data_are_told_apart_by_the_volume_of_four_beads():
    """A fourth bead D stands to one side or the other, and X across from it; N is anywhere."""

    def both(seed, frames=400):
        random = np.random.default_rng(seed)
        triangle = corners(random, frames)
        out = normal(triangle) * random.choice([-1.0, 1.0], size=(frames, 1, 1))
        middle = triangle.mean(axis=-2)
        reach = random.uniform(0.05, 0.35, size=(frames, 1, 1))
        parts = [middle - HEIGHT * out, middle + reach * out]
        parts.append(middle + 0.1 * random.normal(size=middle.shape))
        top, bottom, loose = (part[..., None, :] for part in parts)
        return np.concatenate([top, triangle, bottom, loose], axis=-2).reshape(frames, 6, 3)

    which = topology("XABCDN")
    mapping = by_hand(which, {**BEADS, "D": {"molecule": "M", "atoms": ["D"]}})
    atoms = Trajectory.from_frames(which, Frames(both(2)))
    found = train_decoder(atoms, mapping, QUICK)
    assert found.fits[0].follows.tolist() == [True, False, False, False, False, False]
    assert "1 of 6 atoms (N) do not follow the beads" in found.notes[0]
    new = Trajectory.from_frames(which, Frames(both(3, 200)))
    mirror = np.array([1.0, 1.0, -1.0])
    image = new.map(lambda f: f.replace(positions=f.positions * mirror))
    ours = decode(found.decoder, mapping(new))
    theirs = deviations(decode(found.linear, mapping(new)), new).over([0])[0]
    assert deviations(ours, new).over([0])[0] < 0.1 * HEIGHT < 0.3 * theirs
    turned = decode(found.decoder, mapping(image)).load().positions * mirror
    assert np.sqrt(np.mean((turned - ours.load().positions) ** 2)) < 0.1 * HEIGHT


def test_a_refined_decoder_turns_with_beads_far_from_the_origin(handed):
    atoms, mapping, found = handed
    assert isinstance(found.decoder, RefinedDecoder)
    beads = mapping(atoms)[:20].load()
    still = found.decoder.decode_frames(beads).positions
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    turn = turn * np.linalg.det(turn)
    far = np.array([300.0, -200.0, 100.0])
    moved = found.decoder.decode_frames(beads.replace(positions=beads.positions @ turn.T + far))
    assert np.abs(moved.positions - (still @ turn.T + far)).max() < 1e-5


def test_the_same_seed_gives_the_same_decoder_in_double_precision():
    random = np.random.default_rng(5)
    which = topology("XABC", 1)
    atoms = Trajectory.from_frames(which, Frames(tetrahedron(random, 100, 1)))
    mapping = by_hand(which, BEADS)
    told = []
    short = DecoderTraining(hidden=(8,), epochs=5, batch=16, precision="double", seed=3)
    one, two = (
        train_decoder(atoms, mapping, short, lambda *what: told.append(what)) for _ in range(2)
    )
    assert one.fits[0].validation.tolist() == two.fits[0].validation.tolist()
    assert told[0] == ("trying the decoder of M", 1, 1)
    assert told[-1] == ("training the decoder of M", 5, 5)
    assert one.decoder.refined[0].decoder.linear.dtype == np.float64
    assert len(one.fits[0].training) == 6


def test_what_stays_linear_is_said():
    random = np.random.default_rng(6)
    which = topology("XABC", 1)
    x = tetrahedron(random, 50, 1)
    two = by_hand(
        which,
        {"A": {"molecule": "M", "atoms": ["A"]}, "B": {"molecule": "M", "atoms": ["B", "C"]}},
    )
    atoms = Trajectory.from_frames(which, Frames(x))
    found = train_decoder(atoms, two, QUICK)
    assert isinstance(found.decoder, LinearDecoder)
    assert found.notes[0].startswith("molecule M has 2 beads, which give no plane")
    x[:, 0] = x[:, 1:].mean(axis=1)
    flat = Trajectory.from_frames(which, Frames(x))
    found = train_decoder(flat, by_hand(which, BEADS), QUICK)
    assert found.notes == ("the atoms of molecule M are linear in its beads",)
    assert deviations(decode(found.decoder, by_hand(which, BEADS)(flat)), flat).over()[0] < 1e-9


def test_what_is_refused():
    with pytest.raises(ValueError, match="epochs 0"):
        DecoderTraining(epochs=0)
    with pytest.raises(ValueError, match="use 'single' or 'double'"):
        DecoderTraining(precision="half")
