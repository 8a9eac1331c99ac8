"""One series that is run."""

import io

import pytest
from rich.console import Console

from molscape.app.display import Terminal
from molscape.studies.mapping_series.run import run_series
from support.series import write_series
from support.studies import write_chain


@pytest.fixture(scope="session")
def series(chain_trajectory, tmp_path_factory):
    """A finished series: its recipe, base, run folder and record."""
    folder = tmp_path_factory.mktemp("series")
    write_chain(folder, chain_trajectory)
    recipe, base = write_series(folder)
    record = run_series(recipe, base, folder / "run", Terminal(Console(file=io.StringIO())))
    return recipe, base, folder / "run", record
