"""Least squares on forces where the answer is known."""

import jax
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.fit import LeastSquaresOptions, least_squares, parameter_names, standard_errors
from molscape.io import write_lammps_data
from molscape.objectives import ForceMatching
from molscape.potentials import HarmonicBonds, LennardJones, PairSpline, StillingerWeber, Sum
from molscape.simulate.lammps_process import find_lammps, run_script
from support.fluids import MONATOMIC_WATER

AA = (("A", "A"),)


def match(potential, data, **options):
    return least_squares(potential, ForceMatching(), data, LeastSquaresOptions(**options))


def start(epsilon=1.4, sigma=0.31):
    return LennardJones(epsilon=epsilon, sigma=sigma, pairs=AA, cutoff=0.78, smooth="force")


def test_lennard_jones_is_recovered_from_far_away(fluid):
    fit = match(start(), fluid)
    assert float(fit.potential.sigma[0]) == pytest.approx(0.34, rel=1e-6)
    assert float(fit.potential.epsilon[0]) == pytest.approx(1.0, rel=1e-6)
    assert fit.method == "least_squares"
    assert "no longer change" in fit.stopped
    losses = [step.numbers["force_loss"] for step in fit.history]
    assert losses == sorted(losses, reverse=True)
    assert fit.force_loss.fit < 1e-9 * fit.force_loss.zero
    assert fit.force_loss.explained == pytest.approx(1.0)
    assert len(fit.replicas) == 10


def test_error_bars_cover_the_truth(positions, forces, make):
    deviations, losses = [], []
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(scale=20.0, size=forces.shape)
        data = [(make.trajectory(positions, forces + noise), make.state)]
        fit = match(start(1.1, 0.335), data)
        errors = standard_errors(fit)
        found = fit.potential.arrays()
        for name, truth in (("epsilon", 1.0), ("sigma", 0.34)):
            deviations.append((found[name][0] - truth) / errors[name][0])
        losses.append((fit.force_loss.fit, fit.force_loss.validation))
    # Student's t of 9 degrees of freedom has a variance of 9/7; 12 independent pairs.
    assert np.mean(np.square(deviations)) == pytest.approx(9 / 7, rel=0.7)
    # Two parameters cost two of 15,360 components each way.
    assert np.mean(losses, axis=0) == pytest.approx([400.0, 400.0], rel=0.01)
    assert np.all(np.diff(losses, axis=1) > -0.5)


def test_some_parameters_of_a_sum_are_held(fluid):
    spline = PairSpline(start=0.3, cutoff=0.78, spacing=0.08, pairs=AA)
    bonds = HarmonicBonds(types=("A-A",), stiffness=5.0, length=0.3)
    model = Sum(start(1.0, 0.33), spline, bonds)
    names = parameter_names(model)
    assert names[:2] == ("parts[0].epsilon[0]", "parts[0].sigma[0]")
    assert names[-1] == "parts[2].length[0]"
    fit = match(model, fluid, free=("parts[0].sigma[0]",))
    found = fit.potential.terms()[0]
    assert float(found.sigma[0]) == pytest.approx(0.34, rel=2e-6)
    assert float(found.epsilon[0]) == 1.0
    with pytest.raises(ValueError, match=r"parts\[2\].stiffness\[0\], .* have no effect"):
        match(model, fluid, free=names[:2] + names[-2:])


def test_parameters_that_act_as_one_are_named(fluid):
    double = Sum(start(0.5, 0.33), start(0.6, 0.33))
    with pytest.raises(ValueError, match=r"cannot tell .*epsilon.* apart: hold one"):
        match(double, fluid, free=("parts[0].epsilon[0]", "parts[1].epsilon[0]"))


def test_parts_of_a_sum_say_what_may_change():
    names = parameter_names(
        Sum(StillingerWeber(type="W", free=("B", "A"), **MONATOMIC_WATER), start())
    )
    assert names == (
        "parts[0].values['A']", "parts[0].values['B']",
        "parts[1].epsilon[0]", "parts[1].sigma[0]",
    )  # fmt: skip


def test_options_are_checked(fluid):
    with pytest.raises(ValueError, match="choose some of epsilon"):
        match(start(), fluid, free=("depth",))
    with pytest.raises(ValueError, match="at least 2"):
        match(start(), fluid, blocks=1)


@pytest.fixture(scope="module")
def water(tmp_path_factory):
    """64 beads of mW at 300 K from LAMMPS' own parameter file, 20 frames with forces."""
    try:
        executable = find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("water")
    edge = 1.242
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    topology = Topology.build(["W"] * 64, masses=np.full(64, 18.015))
    frames = Frames(positions=grid[None] * edge / 4, box=edge * np.eye(3)[None], whole=True)
    write_lammps_data(folder / "mw.data", topology, frames)
    (folder / "mw.sw").write_text(
        "W W W 6.189 2.3925 1.80 23.15 1.20 -0.333333333333333 7.049556277 0.6022245584 4 0 0\n"
    )
    script = [
        "units real", "atom_style full", "read_data mw.data", "pair_style sw",
        "pair_coeff * * mw.sw W", "velocity all create 300 4711",
        "fix move all nve", "fix bath all langevin 300 300 200 99", "timestep 5", "run 3000",
        "unfix bath", "dump out all custom 100 mw.dump id type x y z fx fy fz", "run 1900",
    ]  # fmt: skip
    outcome = run_script(executable, script, folder)
    assert outcome.status == 0, outcome.error
    return folder


def test_mw_is_recovered_from_lammps_to_one_percent(water):
    import molscape as ms

    with jax.enable_x64(False):
        atoms = ms.open(water / "mw.data", water / "mw.dump", timestep=0.005)
        name = str(atoms.topology.types[0])
        random = np.random.default_rng(8)
        begin = dict(MONATOMIC_WATER)
        for parameter in ("sigma", "lambda_", "gamma", "cos_theta0", "A", "B", "p"):
            begin[parameter] *= 1 + random.choice([-1, 1]) * random.uniform(0.1, 0.2)
        model = StillingerWeber(type=name, cutoff=0.56, **begin)
        fit = match(model, [(atoms, State(300.0))], blocks=5)
    (term,) = fit.potential.lower()
    for parameter in model.free:
        assert getattr(term, parameter) == pytest.approx(MONATOMIC_WATER[parameter], rel=0.01)
    assert fit.force_loss.explained > 0.9999
