from dataclasses import replace

import pytest

from molscape.analysis.observables import observable
from molscape.core.ensemble import Barostat, Langevin
from molscape.core.units import GRAM_PER_CUBIC_CENTIMETRE


def test_a_barostat_leads_to_a_density(walkers):
    density = observable("density")
    held = replace(walkers(), ensemble=Langevin(300.0, barostat=Barostat(1.0)))
    assert list(density.plan(held, {}).labels) == [""]
    assert not density.plan(replace(held, ensemble=Langevin(300.0)), {}).labels
    (number,) = density.numbers("", density.measure(held, None), None)
    assert number.value == pytest.approx(125 / 8 / GRAM_PER_CUBIC_CENTIMETRE)
    assert (number.name, number.unit) == ("density", "g/cm³")
