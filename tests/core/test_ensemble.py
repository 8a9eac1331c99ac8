from dataclasses import FrozenInstanceError, asdict

import pytest

from molscape.core.ensemble import NVE, Langevin


def test_ensembles_are_values():
    assert Langevin(300) == Langevin(300, friction=1.0)
    assert Langevin(300) != Langevin(300, friction=2.0)
    assert asdict(NVE(250)) == {"temperature": 250}
    with pytest.raises(FrozenInstanceError):
        NVE(300).temperature = 1
