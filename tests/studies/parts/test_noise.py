import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.fit.result import Fit, ForceLoss
from molscape.potentials import HarmonicBonds
from molscape.studies.blocks.atoms import Place
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.learning import Learning
from molscape.studies.parts.models import ModelTask
from molscape.studies.parts.noise import with_floor
from molscape.studies.parts.state_points import StatePoint

POTENTIAL = HarmonicBonds(types=("A-B",), stiffness=[1.0], length=[1.0])
LOSS = ForceLoss(fit=90.0, zero=100.0, validation=91.0, error=1.0)


def task(tmp_path, how, point=None):
    points = [] if point is None else [point]
    return ModelTask("m", POTENTIAL, points, SimulateBlock(), [], tmp_path, 1, how, lambda *_: None)


def fitted(loss=LOSS):
    return Fit(method="linear", potential=POTENTIAL, frames=1, force_loss=loss)


def test_none_leaves_a_fit_as_it_is(tmp_path):
    found = fitted()
    assert with_floor(found, task(tmp_path, "none")) is found
    without = fitted(None)
    assert with_floor(without, task(tmp_path, "held")) is without


def shipped(tmp_path, folder):
    recipe, base = load_recipe("water")
    atoms = recipe.reference.open(Place(base, folder))
    mapping = recipe.mapping.build(atoms.trajectory, Learning())
    beads = mapping(atoms.trajectory)
    return StatePoint("", atoms.state, beads, atoms, mapping, measured=True, fit=True)


def test_beads_can_only_be_held_where_the_atoms_are_known(tmp_path):
    from dataclasses import replace

    point = shipped(tmp_path, tmp_path)
    unknown = replace(point, atoms=replace(point.atoms, about={}))
    with pytest.raises(ValueError, match="use noise_floor: neighbours"):
        with_floor(fitted(), task(tmp_path, "held", unknown))


def test_forces_of_atoms_carry_no_noise(tmp_path):
    from dataclasses import replace

    point = shipped(tmp_path, tmp_path)
    loose = point.atoms.trajectory.topology.replace(
        constraints=np.zeros((0, 2), int), constraint_lengths=np.zeros(0)
    )
    atoms = point.atoms.trajectory.map(lambda frames: frames, topology=loose)
    every = replace(point, mapping=MappingBlock(preset="atoms").build(atoms, Learning()))
    loss = with_floor(fitted(), task(tmp_path, "neighbours", every)).force_loss
    assert loss.floor == 0.0
    assert not loss.floor_is_bound
    assert loss.explained == pytest.approx(1 - 91 / 100)


@pytest.mark.slow
def test_the_floor_of_one_bead_water_from_held_beads(tmp_path):
    pytest.importorskip("openmm")
    found = with_floor(fitted(), task(tmp_path, "held", shipped(tmp_path, tmp_path)))
    loss = found.force_loss
    # Three frames held 60 ps long gave 13,500 (kJ/mol/nm)^2.
    assert np.isclose(loss.floor, 13_500, rtol=0.05)
    assert not loss.floor_is_bound
    assert "held" in loss.floor_note
