import json

import pytest

from molscape.reference.shipping import shipped
from molscape.reference.speed import measure_speed

pytest.importorskip("openmm", reason="openmm is not installed")


def test_speed_grows_with_the_timestep_and_is_positive():
    folder = shipped("spce-300")
    slow = measure_speed(folder, timestep=0.0005, seconds=0.5, threads=1)
    fast = measure_speed(folder, seconds=0.5, threads=1)
    assert 0 < slow < fast


def test_a_reference_of_unknown_molecules_is_refused(tmp_path):
    (tmp_path / "reference.json").write_text(json.dumps({"temperature": 300, "timestep": 0.002}))
    with pytest.raises(ValueError, match="does not say what molecules"):
        measure_speed(tmp_path)
