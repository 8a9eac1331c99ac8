import pytest

from molscape.studies.mapping_series.check import check_series
from support.series import write_series


def test_models_are_checked_for_every_mapping(chain):
    lines = list(check_series(*write_series(chain)))
    assert lines[:2] == ["recipe: Chain", "engine: jax"]
    assert sum(line.startswith("mapping three: 3 beads from 6 atoms") for line in lines) == 1
    assert sum(line.startswith("mapping two: 2 beads from 6 atoms") for line in lines) == 1
    assert sum(line.startswith("model forces: ") for line in lines) == 2
    assert not (chain / "run").exists()


def test_models_of_beads_that_are_learned_are_not_checked(chain):
    learned = {"learned": {"autoencoder": {"molecule": "CHN", "beads": 2}}}
    lines = list(check_series(*write_series(chain, mappings=learned)))
    assert lines[-1].startswith("mapping learned: 2 beads of molecule CHN")
    wrong = {"learned": {"autoencoder": {"molecule": "CHN", "beads": 7}}}
    with pytest.raises(ValueError, match="give at most 6"):
        list(check_series(*write_series(chain, mappings=wrong)))
