"""Force jumps of potentials whose jumps are known, and of both forms of DeePCG."""

import jax
import numpy as np
import pytest

from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.objectives.force_jumps import force_jumps
from molscape.potentials import DeePCG, HarmonicBonds, LennardJones
from molscape.potentials.deepcg import Shape

BOX = np.eye(3) * 1.2


def crowd():
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    x = grid * 0.4 + np.random.default_rng(4).uniform(-0.05, 0.05, (27, 3))
    return System.build(Topology.build(["W"] * 27, masses=np.ones(27)), 300.0), x


def lennard_jones(smooth):
    return LennardJones(epsilon=[1.0], sigma=[0.34], pairs=(("W", "W"),), cutoff=0.5, smooth=smooth)


def test_a_cut_lennard_jones_force_jumps_by_its_slope_at_the_cutoff():
    found = force_jumps(lennard_jones("shift"), *crowd(), BOX)
    ratio = 0.34 / 0.5
    slope = 24 / 0.5 * (ratio**6 - 2 * ratio**12)
    assert found.cutoff * found.mean_force == pytest.approx(slope, rel=1e-5)
    assert found.swap < 1e-4
    smooth = force_jumps(lennard_jones("force"), *crowd(), BOX)
    assert max(smooth.cutoff, smooth.swap) < 1e-4
    alone = force_jumps(lennard_jones("shift"), *crowd(), None, events=4)
    assert alone.cutoff * alone.mean_force == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("form", ["smooth", "sharp"])
def test_only_the_sharp_form_jumps(form):
    options = {"neighbours": {"W": (12, 10)}} if form == "sharp" else {}
    potential = DeePCG.draw(
        types=("W",),
        cutoff=0.5,
        key=jax.random.key(1),
        form=form,
        shape=Shape(hidden=(12, 6), embedding=(6, 6)),
        **options,
    )
    found = force_jumps(potential, *crowd(), BOX)
    if form == "smooth":
        assert max(found.cutoff, found.swap) < 1e-4
    else:
        assert found.cutoff > 0.01
        assert found.swap > 0.1


def test_errors_name_the_remedy():
    system, x = crowd()
    bonds = HarmonicBonds(types=("W-W",), stiffness=[1.0], length=[0.3])
    with pytest.raises(ValueError, match="has no cutoff"):
        force_jumps(bonds, system, x, BOX)
    with pytest.raises(ValueError, match="give a denser configuration"):
        force_jumps(lennard_jones("shift"), system, x * 9, None)
