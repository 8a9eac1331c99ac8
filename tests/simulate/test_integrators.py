from dataclasses import dataclass
from typing import ClassVar

import pytest

from molscape.core.ensemble import NVE, Brownian, Ensemble, Langevin, NoseHoover
from molscape.simulate.integrators import INTEGRATORS, integrator_of, noise_block


def test_every_ensemble_has_an_integrator_with_a_bath_where_it_says_so():
    assert set(INTEGRATORS) == {NVE, Langevin, Brownian, NoseHoover}
    for kind in INTEGRATORS:
        assert (integrator_of(kind(300.0)).bath is not None) == kind.extended


def test_an_ensemble_without_an_integrator_is_named():
    @dataclass(frozen=True)
    class Isoenergetic(Ensemble):
        kind: ClassVar[str] = "isoenergetic"
        temperature: float = 300.0

    with pytest.raises(ValueError, match="no integrator for the ensemble Isoenergetic, only"):
        integrator_of(Isoenergetic())


def test_noise_is_drawn_for_whole_parts_between_frames():
    assert noise_block(NVE(300.0), 30, 100) == 0
    assert noise_block(Langevin(300.0), 30, 100) == 100
    assert noise_block(Langevin(300.0), 300, 100) == 50
    assert noise_block(Langevin(300.0), 10**6, 100) == 1
