"""Inverse Monte Carlo against a gas that is solved exactly."""

import pytest

from molscape.fit import inverse_monte_carlo
from support.recoveries import RECOVERIES


@pytest.mark.parametrize("check", RECOVERIES, ids=lambda check: check.__name__)
def test_the_energies_behind_a_structure_are_found(gas, check):
    check(gas, inverse_monte_carlo)
