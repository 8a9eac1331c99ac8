"""Force-field files: what is found, what is settled, and what is refused with a remedy."""

import numpy as np
import pytest

from molscape.reference.force_field_files import Nonbonded, completed, load_force_field, reduced
from support.water_files import HEAD, SPCE, TAIL, write_psf

pytest.importorskip("openmm", reason="openmm is not installed")

BOX = 3.0 * np.eye(3)


def test_includes_are_found_and_missed_by_name(folder, monkeypatch):
    monkeypatch.delenv("GMXLIB", raising=False)
    (folder / "fields").mkdir()
    (folder / "fields" / "my_water.itp").write_text(SPCE)
    (folder / "outer.top").write_text(HEAD + '#include "my_water.itp"\n' + TAIL)
    with pytest.raises(FileNotFoundError, match=r"includes 'my_water.itp'.*`include_dir`.*GMXLIB"):
        load_force_field(folder / "outer.top")
    assert len(load_force_field(folder / "outer.top", include_dir=folder / "fields").topology) == 24
    monkeypatch.setenv("GMXLIB", str(folder / "fields"))
    assert len(load_force_field(folder / "outer.top").topology) == 24


def test_reduced_boxes_span_the_same_lattice():
    box = np.array([[2.0, 0, 0], [1.9, 2.0, 0], [-1.7, 1.8, 2.0]])
    near = reduced(box)
    assert abs(near[1, 0]) <= 1.0
    assert abs(near[2, 0]) <= 1.0
    assert abs(near[2, 1]) <= 1.0
    steps = near @ np.linalg.inv(box)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-12)
    assert np.linalg.det(near) == pytest.approx(np.linalg.det(box))


@pytest.mark.parametrize(
    ("family", "cutoff", "switch"),
    [("GROMACS", 1.0, None), ("AMBER", 0.8, None), ("CHARMM", 1.2, 1.0)],
)
def test_what_is_not_said_is_what_is_usual(family, cutoff, switch):
    settled = Nonbonded().settled(family, BOX)
    assert settled == Nonbonded("pme", cutoff, switch)
    # A cutoff of one's own has no switch, unless that is given too.
    assert Nonbonded(cutoff=0.9).settled(family, BOX) == Nonbonded("pme", 0.9, None)
    assert Nonbonded(cutoff=0.9, switch=0.7).settled(family, BOX).switch == 0.7
    assert Nonbonded(cutoff=0.9).settled(family, None) == Nonbonded("none")


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"unknown method 'shift': use one of auto, pme, "):
        Nonbonded(method="shift")
    for name in ("cutoff", "switch", "ewald_tolerance"):
        with pytest.raises(ValueError, match=f"{name} must be positive, got -1"):
            Nonbonded(**{name: -1.0})
    with pytest.raises(ValueError, match=r"cutoff 1.6 nm exceeds half the box \(1.500 nm\)"):
        Nonbonded(cutoff=1.6).settled("GROMACS", BOX)
    with pytest.raises(ValueError, match=r"switch 0.9 nm is not below the cutoff 0.9 nm"):
        Nonbonded(cutoff=0.9, switch=0.9).settled("GROMACS", BOX)
    with pytest.raises(ValueError, match="has no box, and method 'pme' needs the other"):
        Nonbonded("pme").settled("GROMACS", None)
    with pytest.raises(ValueError, match="has a box, and method 'none' needs the other"):
        Nonbonded("none").settled("GROMACS", BOX)


def test_a_system_completes_the_topology(folder):
    field = load_force_field(folder / "four.top")
    assert field.family == "GROMACS"
    system = field.build(Nonbonded().settled("GROMACS", None), None)
    topology = completed(field.topology, system)
    assert topology.masses[:4].tolist() == pytest.approx([15.9994, 1.008, 1.008, 0.0])
    assert topology.charges[:4].tolist() == pytest.approx([0.0, 0.5564, 0.5564, -1.1128])
    assert topology.elements[:4].tolist() == ["O", "H", "H", ""]
    sites = topology.virtual_sites
    assert sites.sites[:2].tolist() == [3, 7]
    assert sites.parents[0].tolist() == [0, 1, 2]
    np.testing.assert_allclose(sites.weights[0], [1 - 2 * 0.13458335, 0.13458335, 0.13458335])


def test_rigid_waters_have_bonds_from_their_constraints_but_none_between_hydrogens(folder):
    rigid = SPCE[: SPCE.index("[ bonds ]")] + "[ settles ]\n1 1 0.1 0.1633\n"
    (folder / "rigid.top").write_text(HEAD + rigid + TAIL)
    field = load_force_field(folder / "rigid.top")
    system = field.build(Nonbonded().settled("GROMACS", None), None)
    topology = completed(field.topology, system)
    assert topology.bonds[:2].tolist() == [[0, 1], [0, 2]]
    assert len(topology.bonds) == 16
    assert len(topology.constraints) == 24
    assert sorted(set(np.round(topology.constraint_lengths, 6))) == [0.1, 0.1633]


def test_files_that_say_too_little_are_refused(folder):
    pytest.importorskip("MDAnalysis", reason="MDAnalysis is not installed")
    write_psf(folder / "water.psf")
    with pytest.raises(ValueError, match="holds no parameters: name CHARMM's files"):
        load_force_field(folder / "water.psf")
    with pytest.raises(FileNotFoundError, match="there is no parameter file"):
        load_force_field(folder / "water.psf", parameters=[folder / "none.prm"])
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none.top: check the path"):
        load_force_field(folder / "none.top")
    with pytest.raises(ValueError, match=r"three.trr is no force field: give a GROMACS .top"):
        load_force_field(folder / "three.trr")
