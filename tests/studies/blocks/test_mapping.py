import pytest
from pydantic import ValidationError

from molscape.studies.blocks.mapping import AutoencoderBlock, BeadBlock, GraphBlock, MappingBlock
from molscape.studies.parts.learning import Learning


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


def test_a_bead_keeps_its_atoms_and_weights():
    bead = BeadBlock(molecule="SOL", atoms=["OW", "HW1"], weights=[2, 1], type="W").build()
    assert (bead.molecule, bead.atoms, bead.weights) == ("SOL", ("OW", "HW1"), (2.0, 1.0))
    assert (bead.residues, bead.type) == (("*",), "W")


def test_the_graph_block_reaches_the_mapping(chain_trajectory):
    block = MappingBlock(graph={"beads": {"CHN": 3}, "max_mass": 30.0}, exclude_within=1)
    mapping = block.build(chain_trajectory, Learning())
    assert mapping.topology.masses == pytest.approx([24.022] * 3)
    assert mapping.topology.exclude_within == 1


def test_a_learned_mapping_is_left_to_what_learns(chain_trajectory):
    class Known:
        def learn(self, block, atoms, exclude_within):
            asked.append((block.beads, len(atoms), exclude_within))
            return MappingBlock(preset="com").build(atoms, self)

    asked = []
    block = MappingBlock(autoencoder={"molecule": "CHN", "beads": 2}, exclude_within=2)
    assert len(block.build(chain_trajectory, Known()).topology) == 1
    assert asked == [(2, 300, 2)]
