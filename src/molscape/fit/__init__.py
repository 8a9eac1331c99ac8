"""How parameters are found.

fit = fit.linear(spline, ForceMatching(), data)
fit = fit.iterative_boltzmann(spline, data, sampler, fit.IterationOptions(iterations=15))
fit = fit.train(network, ForceMatching(), data, fit.Training(fit.Adam(0.003), epochs=50))
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "Fit": "result",
    "Sampler": "comparison",
    "boltzmann": "_boltzmann",
    "inverse_monte_carlo": "_inverse_monte_carlo",
    "iterative_boltzmann": "_iterative_boltzmann",
    "least_squares": "_least_squares",
    "parameter_names": "_least_squares",
    "standard_errors": "_least_squares",
    "linear": "_linear",
    "LinearOptions": "_linear",
    "LeastSquaresOptions": "_least_squares",
    "IterationOptions": "iteration",
    "relative_entropy": "_relative_entropy",
    "stepwise": "_stepwise",
    "DecoderTraining": "decoder_training",
    "train_decoder": "decoder_training",
    "cross_validate": "cross_validation",
    "train": "cross_validation",
    "Training": "training",
    "Adam": "optimisers",
    "LBFGS": "optimisers",
    "RPROP": "optimisers",
    "SGD": "optimisers",
    "Kalman": "kalman",
    "Constant": "schedules",
    "Cosine": "schedules",
    "Exponential": "schedules",
    "Steps": "schedules",
    "Task": "task",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
