"""A comparison of mappings from recipe to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from molscape.app.comparison_blocks import ComparisonRecipe
from molscape.app.display import Display
from molscape.app.learning import Learning
from molscape.app.mapping_blocks import MappingBlock
from molscape.app.mapping_measures import Data, Measures, add_numbers, measure
from molscape.app.pipeline import Study, claim, digest
from molscape.app.references import Atoms, build_mapping, open_reference
from molscape.core.mapping import Mapping
from molscape.core.record import Record


@dataclass(eq=False)
class ComparisonStudy(Study):
    """What a running comparison knows so far."""

    recipe: ComparisonRecipe  # type: ignore[assignment]
    atoms: Atoms = field(init=False)


@dataclass(frozen=True, eq=False)
class Compared:
    """One mapping, what was measured of it, and the errors of all seeds if it was learned."""

    block: MappingBlock
    mapping: Mapping
    measures: Measures
    seeds: tuple[float, ...] = ()

    @property
    def family(self) -> str:
        """What mappings that differ in the number of beads alone have in common."""
        graph, learned = self.block.graph, self.block.autoencoder
        if graph is not None:
            return "graph" if graph.weights == "mass" else f"graph, {graph.weights}"
        if learned is not None:
            weight = learned.force_weight
            return "autoencoder" if weight == 0 else f"autoencoder, force weight {weight:g}"
        return "by hand" if self.block.beads is not None else "preset"


def run_comparison(
    recipe: ComparisonRecipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a comparison into a folder and return its record; a stopped one is taken up again.

    Args:
        recipe: the study.
        base: folder that relative paths in the recipe start from.
        folder: the run folder.
        display: where progress is shown.
        until: "map" makes the mappings alone, "run" measures them and writes the report.

    Raises:
        ValueError: if the folder holds another study, the inputs do not fit the recipe, or a fit
            is asked for.
        OSError: if a file cannot be read or written.
    """
    from molscape.report import write_record

    if until == "fit":
        raise ValueError(
            "a comparison of mappings fits no models: use `molscape run` for its report, or "
            "`molscape map` to make the mappings alone"
        )
    study = ComparisonStudy(recipe, base, folder, display)
    claim(study)
    with study.stage("reference"):
        atoms = open_reference(recipe.reference, base, folder, recipe.seed, display)
        study.atoms = atoms
        study.record.inputs += study.inputs_of(atoms)
        study.record.notes += list(atoms.trajectory.notes)
        data = Data.of(atoms.trajectory, atoms.state, display)
    mappings = {}
    for name, block in recipe.mappings.items():
        with study.stage(f"mapping {name}"):
            mappings[name] = _mapping(study, name, block, data)
    if until == "run":
        _measured(study, data, mappings)
    write_record(study.record, folder)
    return study.record


def check_comparison(recipe: ComparisonRecipe, base: Path) -> Iterator[str]:
    """Open the reference and build every mapping that is not learned, line by line.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
    """
    from molscape.app.checking import check_mapping, check_reference

    yield f"recipe: {recipe.title}"
    opened = yield from check_reference(recipe.reference, base, recipe.seed)
    for name, block in recipe.mappings.items():
        yield from check_mapping(block, opened, f" {name}")
    if "forces" not in opened.fields:
        yield (
            "warning: the reference has no forces: their variance, their noise and what splines "
            "explain of them will not be measured"
        )


def _mapping(study: ComparisonStudy, name: str, block: MappingBlock, data: Data) -> Mapping:
    recipe, atoms = study.recipe, study.atoms
    identity = digest(recipe.reference, block, study.record.inputs, recipe.seed)
    learning = Learning(_learned_file(study, name), identity, recipe.seed, study.display)
    if block.autoencoder is not None:
        known = data.moments.get(block.autoencoder.molecule)
        learning.moments.update({} if known is None else {known.name: known.total})
    mapping = build_mapping(block, atoms.trajectory, learning)
    study.record.notes += [f"{name}: {note}" for note in mapping.notes]
    return mapping


def _learned_file(study: ComparisonStudy, name: str) -> Path:
    return study.folder / "mappings" / name / "learned.json"


def _seeds(study: ComparisonStudy, name: str) -> tuple[float, ...]:
    """Return the errors (nm) of the assignments that every seed found."""
    import json

    if study.recipe.mappings[name].autoencoder is None:
        return ()
    plain = json.loads(_learned_file(study, name).read_text(encoding="utf-8"))
    return tuple(plain["errors"])


def _measured(study: ComparisonStudy, data: Data, mappings: dict[str, Mapping]) -> None:
    from molscape.app.comparison_pages import write_comparison_report
    from molscape.report import write_record

    recipe = study.recipe
    compared = {}
    for name, mapping in mappings.items():
        with study.stage(f"measures of {name}"):
            found = measure(data, mapping, recipe.spline_frames, recipe.noise_floor != "none")
        compared[name] = Compared(recipe.mappings[name], mapping, found, _seeds(study, name))
        add_numbers(study.record, name, found, compared[name].seeds)
    write_record(study.record, study.folder)
    with study.stage("report"):
        write_comparison_report(study, compared)
