"""How parameters are found.

fit = fit.linear(spline, ForceMatching(), data)
fit = fit.iterative_boltzmann(spline, data, sampler, iterations=15, folder="fit")
fit = fit.train(network, ForceMatching(), data, fit.Training(fit.Adam(0.003), epochs=50))
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "Fit": "result",
    "Sampler": "iteration",
    "boltzmann": "boltzmann_inversion",
    "inverse_monte_carlo": "count_inversion",
    "iterative_boltzmann": "iterative_inversion",
    "least_squares": "levenberg_marquardt",
    "linear": "linear_solve",
    "relative_entropy": "entropy_descent",
    "stepwise": "stepwise_regression",
    "DecoderTraining": "decoder_training",
    "train_decoder": "decoder_training",
    "cross_validate": "gradient_descent",
    "train": "gradient_descent",
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
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
