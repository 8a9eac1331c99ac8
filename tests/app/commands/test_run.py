"""`molscape run`: where it runs, what it prints, and the kinds it refuses."""

from pathlib import Path

import pytest
from rich.console import Console

from molscape.app.commands.run import RunOptions, numbers_table, run_recipe
from molscape.core.record import Number, Record, parse_key


def test_a_run_folder_is_named_after_its_recipe():
    assert RunOptions().folder("studies/water.yaml") == Path("runs/water")
    assert RunOptions(quick=True).folder("water") == Path("runs/water-quick")
    assert RunOptions(out=Path("here"), quick=True).folder("water") == Path("here")


def test_options_change_the_recipe():
    recipe, _ = RunOptions(overrides=["seed=7"], quick=True).load("water")
    assert recipe.seed == 7
    assert recipe != RunOptions(overrides=["seed=7"]).load("water")[0]


def test_the_first_stage_leaves_beads_and_says_where(fluid, capsys):
    run_recipe(str(fluid / "study.yaml"), RunOptions(out=fluid / "run"), until="map")
    out = "".join(capsys.readouterr().out.split())
    assert out.startswith(f"Lennard-Jonesfluidinto{fluid / 'run'}")
    assert out.endswith(f"beads:{fluid / 'run' / 'mapping'}")
    assert (fluid / "run" / "mapping" / "beads.gro").exists()
    assert not (fluid / "run" / "models").exists()


def test_a_study_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="kind coarse_graining: --compare runs a mapping_comp"):
        run_recipe("water", RunOptions(), kind="mapping_comparison")


def test_numbers_stand_with_error_floor_and_verdict():
    record = Record("a study", 0)
    record.numbers = [
        Number(parse_key("rdf"), 0.25, "nm", error=0.01, floor=0.02, reference=0.5, verdict="fail"),
        Number(parse_key("speed"), 3.0),
    ]
    console = Console(width=80)
    with console.capture() as captured:
        console.print(numbers_table(record))
    head, bad, plain = (line.split() for line in captured.get().splitlines())
    assert head == ["number", "value", "floor", "verdict"]
    assert bad == ["rdf", "0.250", "±", "0.010", "nm", "0.02", "fail", "(0.5)"]
    assert plain == ["speed", "3"]
