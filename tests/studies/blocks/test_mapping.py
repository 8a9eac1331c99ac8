import pytest
from pydantic import ValidationError

from molscape.studies.blocks.mapping import AutoencoderBlock, GraphBlock, MappingBlock


@pytest.mark.parametrize(
    ("plain", "way"),
    [
        ({"preset": "com"}, "preset"),
        ({"beads": {"W": {"molecule": "SOL"}}}, "beads"),
        ({"graph": {"level": 1}}, "graph"),
        ({"graph": {"beads": {"TOL": 4}, "weights": "none", "max_mass": 40}}, "graph"),
        ({"autoencoder": {"molecule": "TOL", "beads": 4}}, "autoencoder"),
    ],
)
def test_a_mapping_goes_one_of_four_ways(plain, way):
    assert MappingBlock.model_validate(plain).way == way


def test_two_ways_or_none_are_refused_with_what_was_given():
    with pytest.raises(ValidationError, match=r"one of `beads`, `preset`, `graph`, `autoencoder`"):
        MappingBlock()
    with pytest.raises(ValidationError, match="got preset and graph"):
        MappingBlock(preset="com", graph={"level": 0})


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(ValidationError, match="either `level` or `beads`"):
        GraphBlock(level=1, beads=4)
    with pytest.raises(ValidationError, match="either `level` or `beads`"):
        GraphBlock()
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        GraphBlock(level=-1)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        AutoencoderBlock(molecule="TOL", beads=0)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        AutoencoderBlock(molecule="TOL", beads=2, force_weight=-1)
