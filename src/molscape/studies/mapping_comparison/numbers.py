"""The numbers of a comparison of mappings: measures, decoders, seeds and leads."""

from __future__ import annotations

import math

from molscape.core.record import Record
from molscape.studies.mapping_comparison.decoded import Decoders, Torsions
from molscape.studies.mapping_comparison.measures import AtomData, Measures, Value, lead
from molscape.studies.mapping_comparison.results import Compared, ComparisonStudy, Learned

SQUARE = "(kJ/mol/nm)^2"


def add_numbers(record: Record, name: str, found: Measures) -> None:
    """Put what was measured of a mapping into the record, behind its name."""

    def add(what: str, number: Value | None, unit: str = "", note: str = "") -> None:
        if number is not None:
            error = number.error
            known = error is not None and math.isfinite(error)
            record.add(
                f"{name}.{what}", number.value, unit, error=error if known else None, note=note
            )

    add("beads", Value(found.beads))
    several = len(found.molecules) > 1
    for molecule, kept in found.molecules.items() if several else ():
        add(f"beads.{molecule}", Value(found.per_molecule[molecule]))
        add(f"reconstruction_error.{molecule}", kept.error, "nm")
        add(f"heavy_atom_error.{molecule}", kept.heavy, "nm")
        add(f"variance.kept.{molecule}", kept.kept)
        add(f"modes.kept.{molecule}", kept.modes)
    add("reconstruction_error", found.kept.error, "nm")
    add("heavy_atom_error", found.kept.heavy, "nm", "all atoms but hydrogens")
    add("variance.kept", found.kept.kept)
    add("modes.kept", found.kept.modes)
    add("force.square", found.force, SQUARE)
    add("force.noise", found.noise, SQUARE)
    add("force.explained", found.explained)
    add("time_step", found.step, "ps")
    add("speed.ratio", found.speed)
    record.notes += [f"{name}: {note}" for note in found.notes]


def add_decoded(record: Record, name: str, found: Decoders, torsions: Torsions) -> None:
    """Put what decoders of a mapping made into the record, behind its name.

    Args:
        record: of the study.
        name: of the mapping.
        found: what decoders made.
        torsions: of the reference.
    """
    for kind, one in found.found.items():
        if kind != "linear":
            record.add(f"{name}.{kind}.error", one.error.value, "nm", error=one.error.error)
            record.add(
                f"{name}.{kind}.heavy_atom_error", one.heavy.value, "nm", error=one.heavy.error
            )
        for torsion, distance in one.distances.items():
            limit = torsions.floors[torsion].value
            record.add(
                f"{name}.{kind}.torsions.{torsion}.distance",
                distance.value,
                error=distance.error,
                floor=limit,
            )
    if found.processor_time is not None:
        told = "training of the network, all its threads together"
        record.add(f"{name}.network.processor_time", found.processor_time, "s", note=told)
    record.notes += [f"{name}: {note}" for note in found.notes]


def add_learning(record: Record, name: str, learned: Learned) -> None:
    """Put what the seeds of a learned mapping found, and what they cost, into the record."""
    told = f"the largest of {len(learned.seeds)} seeds"
    record.add(f"{name}.seeds.best", min(learned.seeds), "nm")
    record.add(f"{name}.seeds.worst", max(learned.seeds), "nm", note=told)
    record.add(f"{name}.seeds.annealed_best", min(learned.annealed), "nm")
    record.add(f"{name}.seeds.annealed_worst", max(learned.annealed), "nm")
    told = "training of all seeds, all its threads together"
    record.add(f"{name}.learning.processor_time", learned.processor_time, "s", note=told)


def add_leads(study: ComparisonStudy, data: AtomData, compared: dict[str, Compared]) -> None:
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
