"""A folder with waters to be read and computed again."""

import pytest

from molscape.io.trr import write_trr
from support.water_files import FOUR_SITES, HEAD, SPCE, TAIL, water


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spce.top").write_text(HEAD + SPCE + TAIL)
    (tmp_path / "four.top").write_text(HEAD + FOUR_SITES + TAIL)
    write_trr(tmp_path / "three.trr", water())
    write_trr(tmp_path / "four.trr", water(sites=True))
    return tmp_path
