"""Run every model, measure it beside the reference, and put the numbers into the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from molscape.analysis import block_average, energy_drift, mean_density
from molscape.analysis.survey import Measured, Plan, measure, plan_observables
from molscape.app.models import Model
from molscape.app.simulation import run_model
from molscape.app.trajectories import write_run
from molscape.core import units
from molscape.core.frames import Frames
from molscape.core.space import volume
from molscape.report import write_record
from molscape.report.overview import THIS_RUN, add_comparison, add_diffusion
from molscape.simulate.run import Run

if TYPE_CHECKING:
    from molscape.app.pipeline import Study

ENGINE_FRAMES = 3
"""Frames on which engines are compared."""


@dataclass(eq=False)
class Evaluation:
    """What was measured on the reference and on each model's run, by model name."""

    plan: Plan
    reference: Measured
    runs: dict[str, Run]
    measured: dict[str, Measured]


def evaluate_models(study: Study, models: dict[str, Model]) -> Evaluation:
    """Run, measure, compare and export every model; numbers go into the study's record."""
    with study.stage("analyse reference"):
        plan = plan_observables(list(study.recipe.observables), study.beads)
        reference = measure(study.beads, plan, study.display)
        _reference_numbers(study, reference)
    evaluation = Evaluation(plan, reference, {}, {})
    tolerances = {str(kind): value for kind, value in study.recipe.tolerances.items()}
    start = _start(study)
    for name, model in models.items():
        _fit_numbers(study, model)
        with study.stage(f"simulate {name}"):
            run = run_model(
                model,
                study.recipe.simulate,
                start,
                study.folder / "models" / name / "checkpoint",
                study.recipe.seed,
                study.display,
            )
            write_run(run, study.folder / "models" / name)
        _run_numbers(study, name, run)
        evaluation.runs[name] = run
        if len(run.trajectory) >= 2:
            with study.stage(f"analyse {name}"):
                evaluation.measured[name] = measure(run.trajectory, plan, study.display)
                add_comparison(study.record, name, reference, evaluation.measured[name], tolerances)
        with study.stage(f"engines and export {name}"):
            _engines(study, model)
            _export(study, model, start)
        write_record(study.record, study.folder)
    _speed(study, evaluation)
    return evaluation


def _start(study: Study) -> Frames:
    """Start each replica from its own frame of the reference, spread over its time.

    Where the box varies, all start from the frame whose volume is nearest to the mean.
    """
    count, available = study.recipe.simulate.replicas, len(study.beads)
    picks = np.linspace(0, available - 1, count).astype(int)
    if "box" in study.beads.fields:
        volumes = np.concatenate([volume(chunk.box) for chunk in study.beads.chunks()])
        if np.ptp(volumes) > 1e-4 * volumes.mean():
            nearest = int(np.argmin(np.abs(volumes - volumes.mean())))
            picks = np.full(count, nearest)
            study.record.notes.append(
                f"the volume of the reference varies by {np.std(volumes) / volumes.mean():.2%}: "
                f"models run in that of frame {nearest}, whose volume is nearest to the mean"
            )
    frames = Frames.concatenate([study.beads[int(k)] for k in picks])
    return frames.replace(velocities=None, forces=None, energies=None, times=None)


def _reference_numbers(study: Study, reference: Measured) -> None:
    record, state = study.record, study.atoms.state
    record.add("reference.frames", len(study.beads), "", source="input")
    record.add("reference.temperature", state.temperature, "K", source="input")
    if "box" in study.beads.fields:
        density = mean_density(study.beads).mean / units.GRAM_PER_CUBIC_CENTIMETRE
        record.add("reference.density", density, "g/cm³", source="input")
    add_diffusion(record, "reference", reference)


def _fit_numbers(study: Study, model: Model) -> None:
    record, name = study.record, model.name
    loss = None if model.fit is None else model.fit.force_loss
    if loss is None:
        return
    unit = "(kJ/mol/nm)²"
    record.add(
        f"{name}.force_loss.validation",
        loss.validation,
        unit,
        error=loss.error,
        source=THIS_RUN,
        note="mean squared deviation on frames left out of the fit",
    )
    record.add(f"{name}.force_loss.fit", loss.fit, unit, source=THIS_RUN)
    record.add(
        f"{name}.force_loss.zero_model",
        loss.zero,
        unit,
        source=THIS_RUN,
        note="loss of no interaction at all: the mean squared force",
    )
    record.add(
        f"{name}.force_loss.explained",
        loss.explained,
        "",
        source=THIS_RUN,
        error=loss.error / loss.zero,
        note="share of the mean squared force; the rest is noise of the atoms averaged over, and "
        "what this form cannot express",
    )


def _run_numbers(study: Study, name: str, run: Run) -> None:
    record, block = study.record, study.recipe.simulate
    planned = (block.steps + block.equilibration) * block.replicas
    done = len(run.trajectory) / max(1, block.steps // block.every * block.replicas)
    record.add(
        f"{name}.run.completed",
        done,
        "",
        reference=1.0,
        source="recipe",
        verdict="fail" if run.blow_up else "pass",
        note=run.blow_up or f"{planned} steps",
    )
    if run.blow_up:
        record.notes.append(f"the run of {name} broke down: {run.blow_up}")
    if len(run.trajectory) < 8:
        return
    target = block.temperature or study.atoms.state.temperature
    temperature = block_average(run.observables["temperature"])
    close = abs(temperature.mean - target) <= max(3 * temperature.error, 0.01 * target)
    free = block.thermostat.kind == "none"
    short = "" if temperature.settled else "; the run is short, the error is a lower bound"
    record.add(
        f"{name}.temperature",
        temperature.mean,
        "K",
        error=temperature.error,
        reference=None if free else target,
        source=THIS_RUN if free else "recipe",
        verdict="none" if free else "pass" if close else "fail",
        note=("at constant energy" if free else "passes within three standard errors or 1 %")
        + short,
    )
    if free:
        drift, error = energy_drift(run.observables, len(study.beads.topology))
        record.add(
            f"{name}.energy_drift",
            drift,
            "kJ/mol/ns",
            error=error,
            source=THIS_RUN,
            note="of the total energy, per bead",
        )
    if "pressure" in study.recipe.observables and "box" in run.trajectory.fields:
        pressure = block_average(run.observables["pressure"])
        record.add(
            f"{name}.pressure",
            pressure.mean / units.BAR,
            "bar",
            error=pressure.error / units.BAR,
            source=THIS_RUN,
            note="at the density of the run; not fitted, so no verdict: bottom-up pair models "
            "carry the wrong pressure",
        )


def _engines(study: Study, model: Model) -> None:
    """Compare energy and force of the model in LAMMPS and JAX, where LAMMPS is installed."""
    from molscape.simulate.evaluation import evaluate
    from molscape.simulate.lammps_engine import evaluate_lammps, find_lammps

    try:
        find_lammps()
    except FileNotFoundError as error:
        study.record.notes.append(f"the model was not compared between engines: {error}")
        return
    few = study.beads[:: max(1, len(study.beads) // ENGINE_FRAMES)]
    few = few[:ENGINE_FRAMES]
    _, own, _ = evaluate(model.potential, few)
    try:
        _, other, _ = evaluate_lammps(model.potential, model.topology, few.load())
    except (RuntimeError, ValueError) as error:
        study.record.notes.append(f"LAMMPS could not evaluate {model.name}: {error}")
        return
    difference = float(np.sqrt(np.mean((own - other) ** 2)) / np.sqrt(np.mean(own**2)))
    study.record.add(
        f"{model.name}.engines.force_difference",
        difference,
        "",
        reference=1e-5,
        source="tolerance of engines",
        verdict="pass" if difference <= 1e-5 else "fail",
        note=f"root mean square, LAMMPS against JAX in double precision, relative to the force, "
        f"{len(few)} frames",
    )


def _export(study: Study, model: Model, start: Frames) -> None:
    if "lammps" not in study.recipe.export:
        return
    from molscape.export import write_lammps

    write_lammps(
        model.potential,
        model.topology,
        start[0],
        study.folder / "exports" / model.name / "lammps",
    )


def _speed(study: Study, evaluation: Evaluation) -> None:
    record = study.record
    all_atom = None
    if "system" in study.atoms.about:
        all_atom = _all_atom_speed(study)
    replicas = study.recipe.simulate.replicas
    together = f"; {replicas} replicas together" if replicas > 1 else ""
    for name, run in evaluation.runs.items():
        record.add(
            f"{name}.speed.coarse_grained",
            run.nanoseconds_per_day,
            "ns/day",
            source=THIS_RUN,
            note=f"{run.engine} engine on this machine, compilation left out{together}",
        )
        if all_atom is not None:
            record.add(
                f"{name}.speed.ratio",
                run.nanoseconds_per_day / replicas / all_atom,
                "",
                source=THIS_RUN,
                note="one CG trajectory over one all-atom on this machine; multiply by the "
                "diffusion ratio for time that means the same",
            )


def _all_atom_speed(study: Study) -> float | None:
    """Measure the all-atom model's speed here, if OpenMM is installed."""
    from importlib.util import find_spec

    if find_spec("openmm") is None:
        study.record.notes.append(
            "OpenMM is not installed: the all-atom speed on this machine was not measured "
            '(pip install "molscape[openmm]")'
        )
        return None
    from molscape.reference import measure_speed

    about = study.atoms.about
    with study.stage("all-atom speed"):
        speed = measure_speed(
            about["system"],
            molecules=sum(about["molecules"].values()),
            temperature=about["temperature"],
            timestep=about["timestep"],
        )
    study.record.add(
        "reference.speed.all_atom", speed, "ns/day", source=THIS_RUN, note="OpenMM on this machine"
    )
    return float(speed)
