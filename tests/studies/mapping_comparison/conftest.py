"""The reference of the chain, and one comparison of its mappings that is run."""

import io

import pytest
from rich.console import Console

from molscape.app.display import Terminal
from molscape.core.state import State
from molscape.studies.mapping_comparison.measures import AtomData
from molscape.studies.mapping_comparison.run import run_comparison
from support.comparisons import write_comparison
from support.studies import write_chain

TORSIONS = {"middle": {"molecule": "CHN", "atoms": ["C2", "C3", "C4", "C5"]}}


@pytest.fixture(scope="session")
def data(chain_trajectory):
    return AtomData.of(chain_trajectory, State(300.0), lambda *_: None)


@pytest.fixture(scope="session")
def whole(chain_trajectory, tmp_path_factory):
    """A finished comparison with decoders: its recipe, base, run folder and record."""
    base = tmp_path_factory.mktemp("comparison")
    write_chain(base, chain_trajectory)
    learned = {"molecule": "CHN", "beads": [2, 3], "epochs": 200, "seeds": 2}
    mappings = {
        "learned": {"autoencoder": learned},
        "graph": {"graph": {"beads": [3, 6]}},
        "one": {"preset": "com"},
    }
    recipe, base = write_comparison(
        base, mappings=mappings, torsions=TORSIONS, network_decoder=True, noise_floor="none"
    )
    display = Terminal(Console(file=io.StringIO()))
    record = run_comparison(recipe, base, base / "run", display)
    return recipe, base, base / "run", record
