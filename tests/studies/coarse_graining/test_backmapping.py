"""The backmap command: the atoms of a run, from a decoder that is kept."""

import io

import numpy as np
import pytest
import yaml
from rich.console import Console

from molscape.app.commands.backmap import backmap_run
from molscape.app.commands.run import RunOptions
from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.io import open as open_files
from molscape.io.trr import write_trr
from molscape.mapping import by_hand
from molscape.studies.coarse_graining.backmapping import Backmapping, backmap
from support.studies import write_recipe

BEADS = {
    "A": {"molecule": "CHN", "atoms": ["C1", "C2"], "type": "E"},
    "B": {"molecule": "CHN", "atoms": ["C3", "C4"]},
    "C": {"molecule": "CHN", "atoms": ["C5", "C6"], "type": "E"},
}


@pytest.fixture
def study(chain, chain_trajectory):
    """A study of the chain whose `model` ran: its beads, in every other frame."""
    file = write_recipe(chain, mapping={"beads": BEADS}, observables=["bonds"])
    plain = yaml.safe_load(file.read_text())
    plain["reference"]["guess_bonds"] = True
    file.write_text(yaml.safe_dump(plain, sort_keys=False))
    recipe, base = load_recipe(str(file))
    folder = chain / "run"
    (folder / "models" / "model").mkdir(parents=True)
    beads = by_hand(chain_trajectory.topology, BEADS)(chain_trajectory)[::2].load()
    write_trr(folder / "models" / "model" / "trajectory.trr", beads.replace(forces=None))
    return recipe, base, folder


def run(study, out, **wish):
    display = Terminal(Console(file=io.StringIO()))
    return backmap(*study, Backmapping("model", out, **wish), display)


def test_the_atoms_of_a_run_are_written_and_near_those_it_came_from(
    study, chain_trajectory, tmp_path
):
    out = tmp_path / "atoms" / "run.trr"
    lines = run(study, out, linear=True)
    assert lines[-1] == f"150 frames of 6 atoms in {out}"
    atoms = open_files(out.with_suffix(".gro"), out)
    assert atoms.topology.names.tolist() == [f"C{k}" for k in range(1, 7)]
    x, y = atoms.load().positions, chain_trajectory[::2].load().positions
    deviation = np.sqrt(np.mean(np.sum((x - y) ** 2, axis=-1)))
    told = float(lines[0].split("decoded to ")[1].split("(")[0])
    assert deviation == pytest.approx(told, rel=0.1)
    assert 0.01 < deviation < 0.08


def test_the_decoder_is_kept(study, tmp_path, monkeypatch):
    first = run(study, tmp_path / "a.trr", every=50)
    assert first[-1].startswith("3 frames of 6 atoms")
    monkeypatch.setattr("molscape.fit.decoder_training.train_decoder", None)
    assert run(study, tmp_path / "b.trr", every=50)[:-1] == first[:-1]
    assert (tmp_path / "a.trr").read_bytes() == (tmp_path / "b.trr").read_bytes()


def test_the_beads_of_an_earlier_version_are_made_again(study, tmp_path):
    first = run(study, tmp_path / "a.trr", linear=True)
    mapping = study[2] / "mapping"
    for file in mapping.rglob("store.json"):
        file.unlink()
    (mapping / "identity").write_text("earlier")
    assert run(study, tmp_path / "b.trr", linear=True)[:-1] == first[:-1]
    assert (tmp_path / "a.trr").read_bytes() == (tmp_path / "b.trr").read_bytes()


def test_what_is_refused(study, tmp_path):
    with pytest.raises(ValueError, match=r"written as \.trr"):
        run(study, tmp_path / "a.pdb")
    with pytest.raises(ValueError, match="only references made by molscape"):
        run(study, tmp_path / "a.trr", linear=True, relax=True)
    display = Terminal(Console(file=io.StringIO()))
    with pytest.raises(FileNotFoundError, match="no run of a model 'x'; it has model"):
        backmap(*study, Backmapping("x", tmp_path / "a.trr"), display)


def test_the_command_says_what_it_wrote(study, tmp_path, capsys):
    out = tmp_path / "atoms.trr"
    recipe = str(study[1] / "study.yaml")
    backmap_run(recipe, Backmapping("model", out, linear=True, every=10), RunOptions(study[2]))
    told = " ".join(capsys.readouterr().out.split())
    assert "atoms of the reference are decoded to" in told
    assert "15 frames of 6 atoms in" in told
    assert out.exists()
