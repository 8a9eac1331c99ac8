"""The `molscape` command."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="molscape",
    help="Coarse-grained models from trajectories: fitted, run, validated and exported.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

REFUSED, FAILED, BUG, INTERRUPTED = 2, 3, 70, 130
"""Exit codes: input that cannot be used, work that failed, an error of molscape, Ctrl-C."""

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change a key of the recipe."),
]
UnitsOption = Annotated[
    str | None, typer.Option(help="Of files that do not say: nm, real, metal or atomic.")
]
TimestepOption = Annotated[
    float | None, typer.Option(help="Time of one MD step in ps, for LAMMPS dumps and DCD.")
]
MassesOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=MASS", help="Of atoms of this name, in u; may be repeated."),
]
QuickOption = Annotated[
    bool, typer.Option("--quick", help="Apply the recipe's own smaller settings.")
]


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print the log too.")] = False,
) -> None:
    if version:
        from molscape import __version__

        typer.echo(f"molscape {__version__}")
        raise typer.Exit
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(message)s"
    )


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="A YAML file, or the name of a gallery recipe.")],
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/RECIPE.")] = None,
    set_: SetOption = None,
    quick: QuickOption = False,
) -> None:
    """Run a study: fit, simulate, compare, export and write report.html."""
    from molscape.app.commands.run import RunOptions, run_recipe

    run_recipe(recipe, RunOptions(out, set_, quick))


@app.command()
def init(
    files: Annotated[list[Path], typer.Argument(help="A topology and a trajectory, or a folder.")],
    temperature: Annotated[
        float | None,
        typer.Option(min=0.0, help="Of the trajectory, in K; 300 where a folder does not say it."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The recipe to write.")] = Path("study.yaml"),
    units: UnitsOption = None,
    timestep: TimestepOption = None,
    masses: MassesOption = None,
) -> None:
    """Write a commented recipe for your own files, with a proposed mapping."""
    from molscape.app.commands.init import init_recipe
    from molscape.app.file_options import file_options

    init_recipe(files, temperature, out, file_options(units, timestep, masses))


@app.command(name="map")
def map_(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="A recipe (or gallery name); with --graph a topology, or a folder."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/RECIPE.")] = None,
    set_: SetOption = None,
    quick: QuickOption = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="Show the levels of every molecule in the files.")
    ] = False,
    smiles: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Show the levels of this molecule.")
    ] = None,
    weights: Annotated[
        str, typer.Option(help="With --graph or --smiles: mass, difference, none or degree.")
    ] = "mass",
    max_mass: Annotated[
        float | None, typer.Option(help="With --graph or --smiles: of a bead, in u.")
    ] = None,
    guess_bonds: Annotated[
        bool, typer.Option("--guess-bonds", help="With --graph: where files have no bonds.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Run a comparison of mappings, with its report.")
    ] = False,
) -> None:
    """Only map the reference to beads; or show which mappings a molecule has, or compare some."""
    from molscape.app.commands.map import MapOptions, map_molecules
    from molscape.app.commands.run import RunOptions

    options = MapOptions(
        graph=graph,
        smiles=smiles,
        compare=compare,
        weights=weights,
        max_mass=max_mass,
        guess_bonds=guess_bonds,
    )
    map_molecules(files or [], options, RunOptions(out, set_, quick))


@app.command()
def fit(
    recipe: Annotated[str, typer.Argument(help="A YAML file, or the name of a gallery recipe.")],
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/RECIPE.")] = None,
    set_: SetOption = None,
    quick: QuickOption = False,
) -> None:
    """Map and fit only; `run` continues from there."""
    from molscape.app.commands.run import RunOptions, run_recipe

    run_recipe(recipe, RunOptions(out, set_, quick), until="fit")


@app.command()
def gallery() -> None:
    """List the recipes that come with molscape."""
    from molscape.app.commands.gallery import list_gallery

    list_gallery()


@app.command()
def check(
    recipe: Annotated[str, typer.Argument(help="A YAML file, or the name of a gallery recipe.")],
    set_: SetOption = None,
    quick: QuickOption = False,
) -> None:
    """Check a recipe and its input files, and estimate time and memory."""
    from molscape.app.commands.check import check_recipe

    check_recipe(recipe, set_, quick)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="A topology and a trajectory, or a folder.")],
    units: UnitsOption = None,
    timestep: TimestepOption = None,
    masses: MassesOption = None,
) -> None:
    """Say what files hold: atoms, frames, box, time step, forces, constraints, units."""
    from molscape.app.commands.inspect import inspect_files
    from molscape.app.file_options import file_options

    inspect_files(files, file_options(units, timestep, masses))


@app.command()
def rerun(
    trajectory: Annotated[list[Path], typer.Argument(help="Frames of all atoms, in order.")],
    force_field: Annotated[Path, typer.Option(help="GROMACS .top, AMBER .prmtop or CHARMM .psf.")],
    out: Annotated[Path, typer.Option(help="Folder for the trajectory with forces.")],
    parameters: Annotated[
        list[Path] | None, typer.Option(help="CHARMM parameter files, one each.")
    ] = None,
    include_dir: Annotated[
        Path | None, typer.Option(help="Where a .top finds what it includes.")
    ] = None,
    cutoff: Annotated[
        float | None, typer.Option(min=0.0, help="Of the simulation's interactions, in nm.")
    ] = None,
    platform: Annotated[str, typer.Option(help="OpenMM's: CUDA, OpenCL, CPU, Reference.")] = "auto",
) -> None:
    """Recompute the forces of a trajectory that has none, from its force field."""
    from molscape.app.commands.rerun import rerun_trajectory

    rerun_trajectory(trajectory, force_field, out, parameters, include_dir, cutoff, platform)


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(help="A run folder.")],
    run_b: Annotated[Path, typer.Argument(help="Another run folder.")],
    rtol: Annotated[float, typer.Option(min=0.0, help="Relative tolerance of numbers.")] = 0.0,
) -> None:
    """Compare two run folders: numbers, models and trajectories; exit code 1 if they differ."""
    from molscape.app.commands.compare import compare_folders

    compare_folders(run_a, run_b, rtol)


@app.command()
def simulate(
    model: Annotated[Path, typer.Argument(help="Folder of a model, e.g. RUN/models/NAME.")],
    start: Annotated[Path, typer.Argument(help="GRO file of beads to start from.")],
    out: Annotated[Path, typer.Option(help="Folder for the trajectory.")],
    engine: Annotated[str, typer.Option(help="jax, lammps or openmm.")] = "jax",
    steps: Annotated[int, typer.Option(min=1, help="Steps to keep frames of.")] = 200_000,
    seed: Annotated[int, typer.Option(min=0, help="Of velocities and noise.")] = 0,
    set_: SetOption = None,
) -> None:
    """Run a fitted model; --set takes the keys of a recipe's `simulate` block."""
    from molscape.app.commands.simulate import simulate_model

    simulate_model(model, start, out, {"engine": engine, "steps": steps}, set_, seed)


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="Folder of a model, e.g. RUN/models/NAME.")],
    start: Annotated[Path, typer.Argument(help="GRO file of beads for the data file.")],
    out: Annotated[Path, typer.Option(help="Folder for the exported files.")],
    engine: Annotated[str, typer.Argument(help="lammps, gromacs or openmm.")] = "lammps",
) -> None:
    """Write a fitted model as input files of an engine."""
    from molscape.app.commands.export import export_model

    export_model(model, start, out, engine)


@app.command()
def backmap(
    study: Annotated[
        str, typer.Argument(help="Recipe of a finished study; its run folder if data are made.")
    ],
    model: Annotated[str, typer.Argument(help="Name of the model whose run gets its atoms back.")],
    to: Annotated[Path, typer.Option(help="File of the atoms, FILE.trr; FILE.gro comes beside.")],
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/RECIPE.")] = None,
    set_: SetOption = None,
    quick: QuickOption = False,
    linear: Annotated[bool, typer.Option("--linear", help="Train no network.")] = False,
    relax: Annotated[
        bool, typer.Option("--relax", help="Relax each frame with OpenMM, beads held.")
    ] = False,
    every: Annotated[int, typer.Option(min=1, help="Take every N-th frame.")] = 1,
) -> None:
    """Place atoms on the beads of a run, by a decoder fitted to the reference."""
    from molscape.app.commands.backmap import backmap_run
    from molscape.app.commands.run import RunOptions
    from molscape.studies.coarse_graining.backmapping import Backmapping

    wish = Backmapping(model, to, linear=linear, relax=relax, every=every)
    backmap_run(study, wish, RunOptions(out, set_, quick))


def main() -> None:
    """Run the command; expected errors become one line, unexpected ones keep their trace."""
    try:
        app(standalone_mode=True)
    except (ValueError, FileNotFoundError, FileExistsError, IsADirectoryError) as error:
        _fail(error, REFUSED)
    except (RuntimeError, ImportError, OSError) as error:
        _fail(error, FAILED)
    except Exception:
        traceback.print_exc()
        sys.stderr.write(
            "molscape: this is an error of molscape, not of your input: please report it with the "
            "lines above and the version (`molscape --version`)\n"
        )
        sys.exit(BUG)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer turns Ctrl-C into this
            sys.stderr.write("stopped; run the same command again to go on from here\n")
        raise


def _fail(error: Exception, code: int) -> NoReturn:
    text = str(error)
    if isinstance(error, OSError) and error.errno == 28:
        text = f"the disk is full: free some space and run the same command again ({text})"
    sys.stderr.write(f"molscape: {text}\n")
    if logging.getLogger().isEnabledFor(logging.INFO):
        raise error
    sys.exit(code)
