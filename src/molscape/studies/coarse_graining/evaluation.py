"""Run every model at every state, measure it beside the reference, compare engines, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from molscape.analysis.survey import Measured, compared_observables, measure, plan_survey
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.report import write_record
from molscape.report.overview import add_comparison
from molscape.studies.coarse_graining.numbers import (
    fit_numbers,
    reference_numbers,
    run_numbers,
    run_sample,
    speed_numbers,
)
from molscape.studies.coarse_graining.results import CoarseGrainingStudy, PointEvaluation
from molscape.studies.coarse_graining.starting import starting_frames
from molscape.studies.coarse_graining.trends import add_trends, find_trends
from molscape.studies.parts.models import Model
from molscape.studies.parts.simulation import run_model
from molscape.studies.parts.state_points import StatePoint
from molscape.studies.parts.trajectories import write_run

ENGINE_FRAMES = 3
"""Frames on which engines are compared."""


def evaluate_models(study: CoarseGrainingStudy, models: dict[str, Model]) -> list[PointEvaluation]:
    """Run, measure, compare and export every model; numbers go into the study's record."""
    for model in models.values():
        fit_numbers(study, model)
    evaluations: list[PointEvaluation] = []
    for point in study.points:
        evaluations.append(_evaluate_at(study, point, models, evaluations))
    add_trends(study.record, find_trends(study.record, models, evaluations))
    start = starting_frames(study, study.main)
    for name, model in models.items():
        with study.stage(f"engines and export {name}"):
            _engines(study, model)
            _jumps(study, model, start)
            _export(study, model, start)
        write_record(study.record, study.folder)
    speed_numbers(study, evaluations[0].runs)
    return evaluations


def _evaluate_at(
    study: CoarseGrainingStudy,
    point: StatePoint,
    models: dict[str, Model],
    before: list[PointEvaluation],
) -> PointEvaluation:
    """Run and measure every model at one state; runs at an equal state `before` serve again."""
    at = f" at {point.name}" if point.name else ""
    with study.stage(f"analyse reference{at}"):
        beads = Sample(point.beads, state=point.state)
        asked = compared_observables(study.recipe.observables)
        plans = plan_survey(asked, beads, {"regions": study.recipe.regions})
        reference = Measured(beads)
        if point.measured:
            reference = measure(beads, plans, study.display)
            reference_numbers(study, point, reference)
    found = PointEvaluation(point, plans, reference)
    start = starting_frames(study, point)
    equal = next((one for one in before if _equal(study, one.point, point, start)), None)
    found.shared = equal is not None
    for name, model in models.items():
        folder = study.folder / "models" / name
        folder = folder / "states" / point.name if point.name else folder
        own = replace(
            model, topology=point.beads.topology, temperature=point.state.temperature, fit=None
        )
        if equal is not None:
            run = equal.runs[name]
        else:
            with study.stage(f"simulate {name}{at}"):
                block = study.recipe.simulate.model_copy(update={"temperature": None})
                seed = study.recipe.seed
                run = run_model(own, block, start, folder / "checkpoint", seed, study.display)
                write_run(run, folder)
            run_numbers(study, point, name, run)
        found.runs[name] = run
        if len(run.trajectory) >= 2:
            with study.stage(f"analyse {name}{at}"):
                sample = run_sample(study, point, run)
                found.measured[name] = measure(sample, plans, study.display)
            about, tolerances = (name, point.name), study.recipe.tolerances
            add_comparison(study.record, about, reference, found.measured[name], tolerances)
        write_record(study.record, study.folder)
    if not found.shared:
        _warn_of_transfer(study, point)
    return found


def _equal(study: CoarseGrainingStudy, one: StatePoint, other: StatePoint, start: Frames) -> bool:
    """Return whether models run the same at both states: temperature, beads and box agree."""
    if one.state.temperature != other.state.temperature:
        return False
    if one.beads.topology.to_dict() != other.beads.topology.to_dict():
        return False
    box = starting_frames(study, one).box
    if box is None or start.box is None:
        return box is None and start.box is None
    return bool(np.allclose(box, start.box, atol=1e-6))


def _warn_of_transfer(study: CoarseGrainingStudy, point: StatePoint) -> None:
    if point.fit and point.measured:
        return
    told = (
        f"no model was fitted at {point.words}: a coarse-grained potential is a free energy of the "
        "state that it was fitted at, and need not hold at another"
    )
    if not point.measured:
        told += "; there is no reference at this state either, so nothing is judged"
    study.record.notes.append(told)


def _engines(study: CoarseGrainingStudy, model: Model) -> None:
    """Compare forces of the model in every other engine with JAX, where it is installed."""
    from molscape.simulate import ENGINES, Jax, evaluate

    beads = study.main.beads
    few = beads[:: max(1, len(beads) // ENGINE_FRAMES)][:ENGINE_FRAMES]
    own: np.ndarray | None = None
    for name in (name for name in ENGINES if name != Jax.name):
        try:
            found = ENGINES[name]().evaluate(model.potential, model.topology, few.load())
        except (FileNotFoundError, ImportError, RuntimeError, ValueError) as error:
            study.record.notes.append(f"{model.name} was not compared in {name}: {error}")
            continue
        if own is None:
            own = evaluate(model.potential, few).forces
        apart = np.sqrt(np.mean((own - found.forces) ** 2))
        difference = float(apart / np.sqrt(np.mean(own**2)))
        study.record.add(
            f"{model.name}.engines.{name}",
            difference,
            "",
            reference=1e-5,
            source="tolerance of engines",
            verdict="pass" if difference <= 1e-5 else "fail",
            note=f"root mean square difference of forces from JAX, relative to the force, in "
            f"double precision, {len(few)} frames",
        )


def _jumps(study: CoarseGrainingStudy, model: Model, start: Frames) -> None:
    """Put into the record how far the forces of a network on surroundings jump."""
    from molscape.core.system import System
    from molscape.objectives.force_jumps import force_jumps

    if not model.potential.jumps:
        return
    system = System.build(model.topology, model.temperature)
    box = None if start.box is None else start.box[0]
    found = force_jumps(model.potential, system, start.positions[0], box)
    events = {
        "cutoff": (found.cutoff, "where a neighbour crosses the cutoff"),
        "swap": (found.swap, "where two neighbours change places in the order of distance"),
    }
    for name, (value, where) in events.items():
        study.record.add(
            f"{model.name}.force_jump.{name}",
            value,
            "",
            source="molscape, this run",
            note=f"largest change of a force {where}, as a share of the mean force",
        )


def _export(study: CoarseGrainingStudy, model: Model, start: Frames) -> None:
    from molscape import export

    block = study.recipe.simulate
    for engine in study.recipe.export:
        folder: Path = study.folder / "exports" / model.name / engine
        try:
            export.write(
                engine,
                model.potential,
                model.topology,
                start[0],
                folder,
                ensemble=block.ensemble(model.temperature),
                schedule=block.schedule(study.recipe.seed),
            )
        except (ImportError, ValueError) as error:
            study.record.notes.append(f"{model.name} was not exported for {engine}: {error}")
