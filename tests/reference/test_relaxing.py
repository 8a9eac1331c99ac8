"""Relaxation of decoded frames: alanine dipeptide in vacuum, and a liquid with virtual sites."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.mapping import by_preset
from molscape.mapping.learned import by_assignment
from molscape.reference.assembly import Interactions, lattice_box
from molscape.reference.dynamics import MotionState, minimise
from molscape.reference.engine import Hardware
from molscape.reference.peptide import alanine_dipeptide
from molscape.reference.relaxing import Relaxation, relax

openmm = pytest.importorskip("openmm", reason="openmm is not installed")
REFERENCE = Hardware("Reference")
NAME = "ACE-ALA-NME"
BEADS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7, 7, 7, 7]


@pytest.fixture(scope="module")
def crushed():
    """The molecule near a minimum, and the same with each bead's atoms drawn to its centre."""
    system = alanine_dipeptide()
    start = minimise(system, MotionState(system.positions, None, None), REFERENCE).positions
    mapping = by_assignment(system.topology, {NAME: BEADS})
    centres = (mapping.position_weights @ start)[BEADS]
    return system, mapping, start, centres + 0.6 * (start - centres)


def lengths(system, positions):
    a, b = system.topology.constraints.T
    return np.linalg.norm(positions[a] - positions[b], axis=1)


def test_energy_falls_while_beads_stay(crushed):
    system, mapping, start, squeezed = crushed
    found = relax(system, Frames(squeezed[None]), mapping, hardware=REFERENCE)
    relaxed = found.frames.positions[0]
    known = relax(system, Frames(start[None]), mapping, hardware=REFERENCE)
    assert found.before[0] > known.before[0] + 1000
    assert found.after[0] < known.before[0] + 30
    assert found.beads_moved[0] < 0.005 < found.atoms_moved[0]
    shift = mapping.position_weights @ (relaxed - squeezed)
    assert np.sqrt(np.mean(np.sum(shift**2, axis=1))) == pytest.approx(found.beads_moved[0])
    np.testing.assert_allclose(
        lengths(system, relaxed), system.topology.constraint_lengths, rtol=1e-3
    )
    assert np.sqrt(np.mean(np.sum((relaxed - start) ** 2, axis=1))) < 0.03
    assert not found.bad.any()


def test_beads_held_by_stiffer_springs_move_less(crushed):
    """Against a molecule that is stretched by two per cent: as stiff as bonds, beads stay."""
    system, mapping, start, _ = crushed
    stretched = np.stack([start * [1.0, 1.0, 1.02]])
    moved = [
        relax(
            system,
            Frames(stretched),
            mapping,
            Relaxation(stiffness=k, iterations=0, tolerance=1.0),
            hardware=REFERENCE,
        ).beads_moved[0]
        for k in (1e4, 1e5, 1e6)
    ]
    assert moved[0] > 1.3 * moved[1] > 1.3**2 * moved[2]
    assert moved[2] < 5e-4


def test_methyl_groups_on_their_axis_do_not_turn_the_centre_to_its_other_hand(crushed):
    system, mapping, start, _ = crushed
    random = np.random.default_rng(0)
    decoded = start + 0.003 * random.normal(size=(40, *start.shape))
    for methyl in ([0, 2, 3], [11, 12, 13], [19, 20, 21]):
        decoded[:, methyl] = decoded[:, methyl].mean(axis=1, keepdims=True)
    found = relax(system, Frames(decoded), mapping, hardware=REFERENCE)
    nitrogen, alpha, beta, carbon = (found.frames.positions[:, k] for k in (6, 8, 10, 14))
    volume = np.sum((nitrogen - alpha) * np.cross(carbon - alpha, beta - alpha), axis=1)
    assert np.all(volume > 0.001)
    assert np.all(found.after < -20)


def test_held_atoms_and_the_same_result_twice(crushed):
    system, _, start, _ = crushed
    plan = Relaxation(restrain="atoms", stiffness=1e6, shake=0.0)
    one, two = (relax(system, Frames(start[None]), None, plan, hardware=REFERENCE) for _ in "ab")
    assert one.atoms_moved[0] < 0.005
    assert np.isnan(one.beads_moved[0])
    assert one.after.tolist() == two.after.tolist()


def test_water_with_sites_in_a_box_is_relaxed_where_it_stands():
    lattice = lattice_box({"tip4p2005": 27}, seed=0, interactions=Interactions(cutoff=0.45))
    mapping = by_preset(lattice.written, "com")
    real = lattice.topology.masses > 0
    assert (~real).sum() == 27
    atoms = lattice.positions[real]
    centres = np.repeat(mapping.position_weights @ atoms, 3, axis=0)
    frames = Frames((centres + 0.9 * (atoms - centres))[None], box=lattice.box[None], whole=True)
    found = relax(lattice, frames, mapping, Relaxation(iterations=50), hardware=REFERENCE)
    assert found.after[0] < found.before[0]
    assert found.beads_moved[0] < 0.03
    np.testing.assert_allclose(
        np.linalg.norm(found.frames.positions[0, 0] - found.frames.positions[0, 1]),
        0.09572,
        rtol=1e-3,
    )


def test_what_is_refused(crushed):
    system, mapping, start, _ = crushed
    with pytest.raises(ValueError, match="frames have 21 atoms"):
        relax(system, Frames(start[None, 1:]), mapping)
    with pytest.raises(ValueError, match="has no box, the frames have one"):
        relax(system, Frames(start[None], box=np.eye(3)[None], whole=True), mapping)
    with pytest.raises(ValueError, match="need the mapping"):
        relax(system, Frames(start[None]))
    with pytest.raises(ValueError, match="use 'beads' or 'atoms'"):
        Relaxation(restrain="bonds")
    with pytest.raises(ValueError, match="a positive stiffness"):
        Relaxation(stiffness=0.0)
