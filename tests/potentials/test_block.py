from pathlib import Path

import pytest
from pydantic import ValidationError

from molscape.potentials import KINDS, Making
from molscape.potentials.harmonic_bonds import HarmonicBondsBlock
from support.beads import CHAIN, placed


def test_every_block_says_its_kind_and_reads_no_file_unless_it_says_so():
    blocks = {block.__name__: block for block in KINDS.blocks()}
    assert len(blocks) == 14
    assert all(block.__doc__ for block in blocks.values())


def test_what_is_made_knows_the_bead_types():
    assert Making(placed(CHAIN), 300.0, Path()).types == ("A", "B", "C")


def test_arguments_are_the_keys_without_the_kind():
    block = HarmonicBondsBlock(kind="harmonic_bonds", types=["A-B"], stiffness=[1.0], length=[0.3])
    assert block.arguments() == {"types": ("A-B",), "stiffness": [1.0], "length": [0.3]}
    assert block.files() == ()
    assert block.moved(str.upper) == block


def test_keys_that_belong_together_are_given_together():
    with pytest.raises(ValidationError, match="stiffness without length, types: give all of them"):
        HarmonicBondsBlock(kind="harmonic_bonds", stiffness=[1.0])
