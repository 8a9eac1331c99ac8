from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.observables import observable
from molscape.core.ensemble import NVE, Langevin


def test_the_slope_of_the_energy_is_that_of_one_bead(walkers):
    drift = observable("energy_drift")
    time = np.arange(40.0)[:, None]
    series = {"time": time, "total_energy": 0.125 * time}
    run = replace(walkers(), series=series, ensemble=NVE(300.0))
    assert list(drift.plan(run, {}).labels) == [""]
    (number,) = drift.numbers("", drift.measure(run, None), None)
    assert (number.name, number.unit) == ("energy_drift", "kJ/mol/ns")
    assert number.value == pytest.approx(1.0)
    assert not drift.plan(replace(run, ensemble=Langevin(300.0)), {}).labels
