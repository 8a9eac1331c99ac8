"""A comparison of mappings from recipe to report."""

from __future__ import annotations

from pathlib import Path

from molscape.core.mapping import Mapping
from molscape.core.record import Record
from molscape.core.store import Store
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.mapping_comparison.decoded import Torsions, decoders, sample_of
from molscape.studies.mapping_comparison.measures import AtomData, measure
from molscape.studies.mapping_comparison.numbers import (
    add_decoded,
    add_leads,
    add_learning,
    add_numbers,
)
from molscape.studies.mapping_comparison.recipe import ComparisonRecipe
from molscape.studies.mapping_comparison.results import Compared, ComparisonStudy, Learned
from molscape.studies.parts.learning import LEARNED, Learning, learning_settings
from molscape.studies.study import Display, claim


def run_comparison(
    recipe: ComparisonRecipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a comparison into a folder and return its record; a stopped one is resumed.

    Args:
        recipe: the study.
        base: folder that relative paths in the recipe start from.
        folder: the run folder.
        display: where progress is shown.
        until: "map" makes the mappings alone, "run" measures them and writes the report.

    Raises:
        ValueError: if the folder holds another study, the inputs do not fit the recipe, or a fit
            is asked for.
        RuntimeError: if another process works in the folder.
        OSError: if a file cannot be read or written.
    """
    from molscape.report import write_record

    if until == "fit":
        raise ValueError(
            "a comparison of mappings fits no models: use `molscape run` for its report, or "
            "`molscape map` to make the mappings alone"
        )
    study = ComparisonStudy(recipe, base, folder, display)
    with claim(study):
        with study.stage("reference"):
            atoms = recipe.reference.open(study.place)
            study.atoms = atoms
            study.add_inputs(atoms)
            study.record.notes += list(atoms.trajectory.notes)
            data = AtomData.of(atoms.trajectory, atoms.state, display)
        mappings = {}
        for name, block in recipe.mappings.items():
            with study.stage(f"mapping {name}"):
                mappings[name] = _mapping(study, name, block, data)
        if until == "run":
            _measure_all(study, data, mappings)
        write_record(study.record, folder)
    return study.record


def _mapping(study: ComparisonStudy, name: str, block: MappingBlock, data: AtomData) -> Mapping:
    recipe, atoms = study.recipe, study.atoms
    learning = Learning()
    if block.autoencoder is not None:
        store = Store(_learned_folder(study, name))
        settings = learning_settings(
            recipe.reference, block.autoencoder, study.checksums, recipe.seed
        )
        learning = Learning(store, settings, recipe.seed, study.display)
        known = data.moments.get(block.autoencoder.molecule)
        learning.moments.update({} if known is None else {known.name: known.total})
    mapping = block.build(atoms.trajectory, learning)
    study.record.notes += [f"{name}: {note}" for note in mapping.notes]
    return mapping


def _learned_folder(study: ComparisonStudy, name: str) -> Path:
    return study.folder / "mappings" / name


def _read_learning(study: ComparisonStudy, name: str) -> Learned | None:
    """Return how a mapping was learned, None if it was not."""
    import json

    if study.recipe.mappings[name].autoencoder is None:
        return None
    file = _learned_folder(study, name) / LEARNED
    plain = json.loads(file.read_text(encoding="utf-8"))
    return Learned(tuple(plain["errors"]), tuple(plain["annealed"]), plain["processor_time"])


def _measure_all(study: ComparisonStudy, data: AtomData, mappings: dict[str, Mapping]) -> None:
    from molscape.report import write_record
    from molscape.studies.mapping_comparison.pages import write_comparison_report

    recipe, record = study.recipe, study.record
    sample = sample_of(data.atoms) if recipe.torsions or recipe.network_decoder else None
    torsions = Torsions({}, {}, {}) if sample is None else Torsions.of(sample, recipe.torsions)
    compared = {}
    for name, mapping in mappings.items():
        with study.stage(f"measures of {name}"):
            found = measure(data, mapping, recipe.spline_frames, recipe.noise_floor != "none")
            learned = _read_learning(study, name)
            add_numbers(record, name, found)
            if learned is not None:
                add_learning(record, name, learned)
        made = None
        if sample is not None:
            with study.stage(f"decoders of {name}"):
                seed = recipe.seed if recipe.network_decoder else None
                made = decoders(sample, mapping, torsions, seed, study.display)
                add_decoded(record, name, made, torsions)
        compared[name] = Compared(name, recipe.mappings[name], mapping, found, made, learned)
    add_leads(study, data, compared)
    write_record(record, study.folder)
    with study.stage("report"):
        write_comparison_report(study, compared, torsions)
