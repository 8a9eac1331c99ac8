"""A comparison of mappings from recipe to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from molscape.app.comparison_blocks import ComparisonRecipe
from molscape.app.decoded import Decoders, Torsions, add_decoded, decoders, sample_of, torsion_rows
from molscape.app.display import Display
from molscape.app.learning import LEARNED, Learning, learning_settings
from molscape.app.mapping_blocks import MappingBlock
from molscape.app.mapping_measures import Data, Measures, add_numbers, lead, measure
from molscape.app.pipeline import Study, claim
from molscape.app.references import Atoms, build_mapping, open_reference
from molscape.core.mapping import Mapping
from molscape.core.record import Record
from molscape.core.store import Store


@dataclass(eq=False)
class ComparisonStudy(Study):
    """What a running comparison knows so far."""

    recipe: ComparisonRecipe  # type: ignore[assignment]
    atoms: Atoms = field(init=False)


@dataclass(frozen=True)
class Learned:
    """Errors (nm) that every seed found, and the processor time (s) it took.

    `annealed` are those before single atoms were moved, `seeds` those after it.
    """

    seeds: tuple[float, ...]
    annealed: tuple[float, ...]
    processor_time: float


@dataclass(frozen=True, eq=False)
class Compared:
    """One mapping, what was measured of it, and how it was learned if it was.

    `decoders` are what decoders make of its beads, where that was asked for.
    """

    name: str
    block: MappingBlock
    mapping: Mapping
    measures: Measures
    decoders: Decoders | None = None
    learned: Learned | None = None

    @property
    def family(self) -> str:
        """What mappings that differ in the number of beads alone have in common; else its name."""
        graph, learned = self.block.graph, self.block.autoencoder
        if graph is not None:
            return "graph" if graph.weights == "mass" else f"graph, {graph.weights}"
        if learned is not None:
            weight = learned.force_weight
            return "autoencoder" if weight == 0 else f"autoencoder, force weight {weight:g}"
        return self.name


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
            atoms = open_reference(recipe.reference, base, folder, recipe.seed, display)
            study.atoms = atoms
            study.add_inputs(atoms)
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
    for name, torsion in recipe.torsions.items():
        topology = opened.atoms.topology
        names = topology.names[torsion_rows(topology, name, torsion)[0]]
        yield f"torsion {name}: {'-'.join(names)} of {torsion.molecule}"
    if "forces" not in opened.fields:
        yield (
            "warning: the reference has no forces: their variance, their noise and what splines "
            "explain of them will not be measured"
        )


def _mapping(study: ComparisonStudy, name: str, block: MappingBlock, data: Data) -> Mapping:
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
    mapping = build_mapping(block, atoms.trajectory, learning)
    study.record.notes += [f"{name}: {note}" for note in mapping.notes]
    return mapping


def _learned_folder(study: ComparisonStudy, name: str) -> Path:
    return study.folder / "mappings" / name


def _learned(study: ComparisonStudy, name: str) -> Learned | None:
    """Return how a mapping was learned, None if it was not."""
    import json

    if study.recipe.mappings[name].autoencoder is None:
        return None
    file = _learned_folder(study, name) / LEARNED
    plain = json.loads(file.read_text(encoding="utf-8"))
    return Learned(tuple(plain["errors"]), tuple(plain["annealed"]), plain["processor_time"])


def _measured(study: ComparisonStudy, data: Data, mappings: dict[str, Mapping]) -> None:
    from molscape.app.comparison_pages import write_comparison_report
    from molscape.report import write_record

    recipe, record = study.recipe, study.record
    sample = sample_of(data.atoms) if recipe.torsions or recipe.network_decoder else None
    torsions = Torsions({}, {}, {}) if sample is None else Torsions.of(sample, recipe.torsions)
    compared = {}
    for name, mapping in mappings.items():
        with study.stage(f"measures of {name}"):
            found = measure(data, mapping, recipe.spline_frames, recipe.noise_floor != "none")
            learned = _learned(study, name)
            add_numbers(record, name, found)
            if learned is not None:
                _add_learning(record, name, learned)
        made = None
        if sample is not None:
            with study.stage(f"decoders of {name}"):
                seed = recipe.seed if recipe.network_decoder else None
                made = decoders(sample, mapping, torsions, seed, study.display)
                add_decoded(record, name, made, torsions)
        compared[name] = Compared(name, recipe.mappings[name], mapping, found, made, learned)
    _add_leads(study, data, compared)
    write_record(record, study.folder)
    with study.stage("report"):
        write_comparison_report(study, compared, torsions)


def _add_learning(record: Record, name: str, learned: Learned) -> None:
    """Put what the seeds of a learned mapping found, and what they cost, into the record."""
    told = f"the largest of {len(learned.seeds)} seeds"
    record.add(f"{name}.seeds.best", min(learned.seeds), "nm")
    record.add(f"{name}.seeds.worst", max(learned.seeds), "nm", note=told)
    record.add(f"{name}.seeds.annealed_best", min(learned.annealed), "nm")
    record.add(f"{name}.seeds.annealed_worst", max(learned.annealed), "nm")
    told = "training of all seeds, all its threads together"
    record.add(f"{name}.learning.processor_time", learned.processor_time, "s", note=told)


def _add_leads(study: ComparisonStudy, data: Data, compared: dict[str, Compared]) -> None:
    """Say how much worse mappings reconstruct the atoms than a learned one of as many beads."""
    done: set[str] = set()
    for ours in compared.values():
        block = ours.block.autoencoder
        if block is None or block.force_weight > 0:
            continue
        for name, other in compared.items():
            told_before = other.learned is not None or name in done
            found = None if told_before else lead(data, ours.mapping, other.mapping)
            if found is not None:
                done.add(name)
                told = f"error beyond that of {block.beads} learned beads"
                study.record.add(f"{name}.excess", found.value, "nm", error=found.error, note=told)
