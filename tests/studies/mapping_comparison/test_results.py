import pytest

from molscape.mapping import by_preset
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.mapping_comparison.results import Compared
from support.comparisons import measures


@pytest.mark.parametrize(
    ("way", "family"),
    [
        ({"graph": {"beads": 3}}, "graph"),
        ({"graph": {"beads": 3, "weights": "none"}}, "graph, none"),
        ({"autoencoder": {"molecule": "CHN", "beads": 2}}, "autoencoder"),
        (
            {"autoencoder": {"molecule": "CHN", "beads": 2, "force_weight": 0.5}},
            "autoencoder, force weight 0.5",
        ),
        ({"preset": "com"}, "mine"),
    ],
)
def test_mappings_that_differ_in_their_beads_alone_are_a_family(chain_trajectory, way, family):
    mapping = by_preset(chain_trajectory.topology, "com")
    one = Compared("mine", MappingBlock.model_validate(way), mapping, measures(2, 0.1))
    assert one.family == family
