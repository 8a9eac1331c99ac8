"""The numbers of a study: of its fits, its runs and their speed."""

from __future__ import annotations

from molscape.analysis import mean_density
from molscape.analysis.survey import Measured, measure, own_numbers, plan_survey, run_observables
from molscape.core import units
from molscape.core.record import THIS_RUN, NumberKey, Record
from molscape.core.sample import Sample
from molscape.report.overview import add_reference
from molscape.simulate.run import Run
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.parts.force_numbers import FORCE_UNIT, force_numbers
from molscape.studies.parts.models import Model
from molscape.studies.parts.state_points import StatePoint


def reference_numbers(study: CoarseGrainingStudy, point: StatePoint, reference: Measured) -> None:
    """Put what the reference of a state says into the record."""
    record = study.record

    def key(observable: str) -> NumberKey:
        return NumberKey("reference", observable, state=point.name)

    frames = NumberKey("reference", quantity="frames", state=point.name)
    record.add(frames, len(point.beads), "", source="input")
    record.add(key("temperature"), point.state.temperature, "K", source="input")
    if "box" in point.beads.fields:
        density = mean_density(point.beads).mean / units.GRAM_PER_CUBIC_CENTIMETRE
        # Atoms that belong to no bead weigh too.
        density *= point.atoms.trajectory.topology.masses.sum() / point.beads.topology.masses.sum()
        record.add(key("density"), density, "g/cm³", source="input")
    add_reference(record, "reference", reference, point.name)


def fit_numbers(study: CoarseGrainingStudy, model: Model) -> None:
    """Put the force loss of a fit, and the last of its iterations, into the record."""
    fit = model.fit
    if fit is None:
        return
    record, name = study.record, model.name
    if fit.history:
        record.add(
            f"{name}.fit.iterations",
            len(fit.history),
            "",
            source=THIS_RUN,
            note=fit.stopped
            + (
                f"; the model is that of iteration {int(fit.settings['iteration'])}"
                if "iteration" in fit.settings
                else ""
            ),
        )
        for key, value in fit.settings.items():
            if key.startswith("search.") and not key.endswith(".error"):
                error = fit.settings.get(f"{key}.error")
                record.add(
                    f"{name}.{key}",
                    value,
                    FORCE_UNIT,
                    error=error,
                    source=THIS_RUN,
                    note="mean loss on frames held out, of a model with these options",
                )
        if "energy_error" in fit.settings:
            record.add(
                f"{name}.energy_error",
                fit.settings["energy_error"],
                "kJ/mol",
                source=THIS_RUN,
                note="root mean square deviation of the energy per atom on frames held out, the "
                "mean left free",
            )
        own = sum(step.own for step in fit.history)
        sampling = sum(step.sampling for step in fit.history)
        if sampling > 0:
            record.add(
                f"{name}.fit.overhead",
                own / sampling,
                "",
                source=THIS_RUN,
                note="time of the fit itself over that of its simulations",
            )
    if fit.force_loss is not None:
        force_numbers(study.record, name, fit.force_loss)


def run_numbers(study: CoarseGrainingStudy, point: StatePoint, model: str, run: Run) -> None:
    """Put what a run says of itself into the record: whole, at temperature, at what pressure."""
    record, block = study.record, study.recipe.simulate
    name = f"{model}.{point.label}".rstrip(".")
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
    _learned_numbers(record, name, run)
    sample = run_sample(study, point, run)
    measured = measure(sample, plan_survey(run_observables(study.recipe.observables), sample))
    for number in own_numbers(measured):
        record.put(number.about(model, point.name))
    for what, why in measured.unmeasured.items():
        record.notes.append(f"{name} has no {what}: {why}")


def run_sample(study: CoarseGrainingStudy, point: StatePoint, run: Run) -> Sample:
    """Return a run as a sample of the state that it is meant to be of."""
    block = study.recipe.simulate.model_copy(update={"temperature": None})
    return run.sample(point.state, block.ensemble(point.state.temperature))


def _learned_numbers(record: Record, name: str, run: Run) -> None:
    """Put exchanges of temperatures, and frames outside the training range, into the record."""
    if run.ladder is not None:
        rungs = run.ladder.temperatures
        tried = run.ladder.attempts
        for k, accepted in enumerate(run.ladder.acceptance.tolist()):
            record.add(
                f"{name}.tempering.acceptance.{rungs[k]:g}-{rungs[k + 1]:g}",
                accepted,
                "",
                source=THIS_RUN,
                note=f"of {tried[k]} attempts to exchange; 0.2 to 0.5 is good",
            )
        record.add(
            f"{name}.tempering.round_trips",
            float(run.ladder.round_trips),
            "",
            source=THIS_RUN,
            note="of all copies, from the lowest temperature to the highest and back",
        )
    if run.outside is not None:
        record.add(
            f"{name}.run.outside",
            run.outside,
            "",
            source=THIS_RUN,
            note="share of frames outside the training data: a feature out of its range, or a pair "
            "closer than any",
        )


def speed_numbers(study: CoarseGrainingStudy, runs: dict[str, Run]) -> None:
    """Put the speed of every model, and over that of the atoms, into the record."""
    record = study.record
    all_atom = None
    if study.main.atoms.about.get("composition") and study.main.beads[0].box is not None:
        all_atom = _all_atom_speed(study)
    replicas = study.recipe.simulate.replicas
    together = f"; {replicas} replicas together" if replicas > 1 else ""
    for name, run in runs.items():
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


def _all_atom_speed(study: CoarseGrainingStudy) -> float | None:
    """Measure the all-atom model's speed here, if OpenMM is installed."""
    from importlib.util import find_spec

    if find_spec("openmm") is None:
        study.record.notes.append(
            "OpenMM is not installed: the all-atom speed on this machine was not measured "
            '(pip install "molscape[openmm]")'
        )
        return None
    from molscape.reference import measure_speed

    with study.stage("all-atom speed"):
        speed = measure_speed(study.main.atoms.files[0].parent)
    study.record.add(
        "reference.speed.all_atom", speed, "ns/day", source=THIS_RUN, note="OpenMM on this machine"
    )
    return float(speed)
