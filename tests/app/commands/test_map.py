"""`molscape map`: levels of molecules as tables, and what does not go together."""

import pytest
from typer.testing import CliRunner

from molscape.app.command_line import app
from molscape.app.commands.map import level_rows
from molscape.app.console import console
from molscape.mapping import MolecularGraph, coarsen

pytest.importorskip("rdkit", reason="rdkit is not installed")


@pytest.fixture
def shown(monkeypatch):
    """Run a command and return what it printed; errors are raised."""

    def run(*arguments):
        monkeypatch.setattr(console, "width", 160)
        with console.capture() as captured:
            result = CliRunner().invoke(app, ["map", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return captured.get()

    return run


def test_toluene_from_smiles_has_four_levels(shown):
    text = shown("--smiles", "Cc1ccccc1")
    rows = [line.split() for line in text.splitlines() if line[:5].strip().isdigit()]
    assert [row[1] for row in rows] == ["7", "4", "2", "1"]
    assert "C1 C2 | " in text


def test_rows_name_atoms_masses_and_formulas():
    graph = MolecularGraph.from_smiles("CCO")
    rows = list(level_rows(graph, coarsen(graph)))
    assert rows[0][:2] == ("0", "3")
    assert rows[0][4] == "CH3, CH2, HO"
    assert rows[0][5] == "C1 | C2 | O3"
    assert rows[-1][:2] == (str(len(rows) - 1), "1")
    assert rows[-1][3] == "46.1"
    assert rows[-1][5] == "C1 C2 O3"


def test_files_are_shown_by_the_names_of_their_atoms(shown, chain):
    with pytest.raises(ValueError, match=r"carries no bonds, .* --guess-bonds"):
        shown(str(chain / "conf.gro"), "--graph")
    text = shown(str(chain / "conf.gro"), "--graph", "--guess-bonds")
    assert "molecule CHN" in text
    assert "C1 C2 | C3 C4 | C5 C6" in text
    assert "guessed" in text


def test_what_cannot_be_shown_says_why(shown, chain):
    with pytest.raises(ValueError, match="not a SMILES string that rdkit can read"):
        shown("--smiles", "C1CC")
    with pytest.raises(ValueError, match="is in 2 pieces"):
        shown("--smiles", "CC.CC")
    with pytest.raises(ValueError, match="weights 'heavy': use one of"):
        shown("--smiles", "CC", "--weights", "heavy")
    with pytest.raises(ValueError, match="--graph and --compare do not go together"):
        shown("study.yaml", "--graph", "--compare")
    with pytest.raises(ValueError, match="--smiles takes no files"):
        shown("study.yaml", "--smiles", "CC")
    with pytest.raises(ValueError, match="give a recipe, or a topology with --graph"):
        shown()
    with pytest.raises(ValueError, match="2 files: give one recipe"):
        shown("a.gro", "b.trr")
    with pytest.raises(ValueError, match="water is a study of kind coarse_graining: --compare"):
        shown("water", "--compare")


def test_missing_bonds_are_told(tmp_path, shown):
    import numpy as np

    from molscape.core.frames import Frames
    from molscape.core.topology import Topology
    from molscape.io import write_gro

    apart = Topology.build(
        ["C1", "C2"],
        masses=[12.0, 12.0],
        residue_names=["M", "M"],
        residues=np.zeros(2, int),
        molecules=np.zeros(2, int),
        molecule_names=["M"],
    )
    frames = Frames(positions=np.array([[[0.0, 0, 0], [0.5, 0, 0]]]))
    write_gro(tmp_path / "apart.gro", apart, frames)
    with pytest.raises(ValueError, match="has no bonds between its 2 united atoms"):
        shown(str(tmp_path / "apart.gro"), "--graph")
