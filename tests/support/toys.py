"""A toy whose data is drawn from its closed form, and a model that is the closed form."""

from pathlib import Path

import numpy as np

from molscape.app.loading import load_recipe
from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory
from molscape.fit.result import Fit, ForceLoss, Step
from molscape.potentials import BasisSum
from molscape.potentials.rippled_quartic import ROOTS, WELLS, quartic, quartic_force
from molscape.simulate.run import Run
from molscape.studies.analytic_toy.results import PARTICLE, ToyData, ToyStudy
from molscape.studies.parts.models import Model

SMALL = [
    "data={replicas: 400, steps: 2500, every: 25, equilibration: 2500, timestep: 0.004}",
    "models={regression: {kind: regression}, "
    "net: {kind: cgnet, hidden: [8], prior: 1.25, spectral_bounds: [2, 9]}}",
    "training={frames: 4000, folds: 2, epochs: 2, batch: 200}",
    "simulate={replicas: 40, steps: 200, every: 20, equilibration: 20, timestep: 0.01}",
]
REPLICAS = 40


def drawn_x(frames: int) -> np.ndarray:
    """Return positions (replica, frame) in nm, distributed as the closed form says."""
    fine = np.linspace(-8.0, 8.0, 20001)
    below = np.cumsum(np.exp(-quartic(fine)))
    uniform = np.random.default_rng(0).uniform(size=(REPLICAS, frames))
    return np.interp(uniform, below / below[-1], fine)


def run_of(x: np.ndarray) -> Run:
    """Return a run that saw these positions along x; replicas follow each other by frame."""
    positions = np.zeros((x.size, 1, 3))
    positions[:, 0, 0] = x.T.ravel()
    trajectory = Trajectory.from_frames(PARTICLE, Frames(positions=positions))
    return Run("jax", trajectory, {}, 100, 0.01, 1.0, None, Path())


def drawn_toy(folder: Path, display) -> ToyStudy:
    """Return a study of 40 replicas of 500 points, with models of 500 frames of a replica."""
    changes = ["simulate={replicas: 40, steps: 10000, every: 20}", "tolerance=0.2"]
    recipe = load_recipe("toy-2d", [*SMALL, *changes])[0]
    study = ToyStudy(recipe, folder, folder, display)
    x = drawn_x(500)
    study.data = ToyData(x, np.zeros_like(x), quartic_force(x), run_of(x))
    return study


def exact_model(study: ToyStudy, name: str, method: str = "stepwise", slope: float = 0.0) -> Model:
    """Return the closed form as a fitted model; its two replicas are tilted by +-slope (kT/nm)."""
    powers = np.poly(ROOTS)[:4][::-1] * WELLS

    def tilted(by: float) -> BasisSum:
        own = (powers + np.array([by, 0, 0, 0])) * study.kT
        return BasisSum(functions=["x", "x^2", "x^3", "x^4"], coefficients=own)

    square = study.kT**2
    fit = Fit(
        method=method,
        potential=tilted(0.0),
        frames=100,
        replicas=(tilted(slope), tilted(-slope)),
        force_loss=ForceLoss(fit=2 * square, zero=4 * square, validation=3 * square, error=0.0),
        history=tuple(Step(k, {}, {"validation": (4 - k) * square}, 0.0, 0.0) for k in (1, 2)),
        settings={"spectral_bound": 4.0, "bound_4": square, "bound_9": 2 * square},
    )
    return Model(name, fit.potential, PARTICLE, study.recipe.temperature, fit)
