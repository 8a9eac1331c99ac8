import numpy as np

from molscape.core.record import Record
from molscape.core.topology import Topology
from molscape.potentials import HarmonicBonds
from molscape.studies.mapping_series.results import SeriesMember
from molscape.studies.parts.models import Model, save_model


def test_beads_are_the_mean_over_molecules(tmp_path):
    topology = Topology.build(
        ["A", "B", "A"], masses=np.ones(3), molecules=[0, 0, 1], bonds=np.array([[0, 1]])
    )
    bond = HarmonicBonds(types=("A-B",), stiffness=[1000.0], length=[0.2])
    for name in ("b", "a"):
        model = Model(name, bond, topology, 300.0, None)
        save_model(model, tmp_path / "models" / name)
    assert SeriesMember(tmp_path, Record("x", 0)).beads == 1.5
