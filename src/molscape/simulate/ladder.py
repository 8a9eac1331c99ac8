"""Parallel tempering: the run at each temperature out of the run of all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.simulate.chunks import ChunkSource, EngineState, load_chunk
from molscape.simulate.run import Ladder, Run
from molscape.simulate.tempering import Tempering, round_trips


def check_tempering(tempering: Tempering, ensemble: Ensemble) -> None:
    """Refuse ensembles that are not tempered.

    Raises:
        ValueError: if there is no thermostat with noise, a barostat, or the ensemble's
            temperature is not among those of the ladder.
    """
    if not ensemble.noise or ensemble.barostat is not None:
        raise ValueError(
            "parallel tempering is for Langevin and Brownian dynamics at constant volume: use one "
            "of them, without a barostat"
        )
    if ensemble.temperature not in tempering.temperatures:
        raise ValueError(
            f"the run is at {ensemble.temperature:g} K, which is not among the temperatures "
            f"{[float(t) for t in tempering.temperatures]} of the tempering: add it"
        )


def at_all_temperatures(start: Frames, tempering: Tempering) -> Frames:
    """Return start frames for every temperature: one frame, or one for each copy of each."""
    return start if len(start) == 1 else Frames.concatenate([start] * tempering.count)


def tempered(state: EngineState, tempering: Tempering, temperature: float) -> EngineState:
    """Return a start whose velocities, drawn at one temperature (K), suit those of the copies."""
    copies = len(state.positions) // tempering.count
    each = np.repeat(np.asarray(tempering.temperatures) / temperature, copies)
    return replace(state, velocities=state.velocities * np.sqrt(each)[:, None, None])


def at_target(run: Run, tempering: Tempering, target: float) -> Run:
    """Return the run at the target temperature (K); its `ladder` holds those at all of them."""
    copies = next(iter(run.observables.values())).shape[1] // tempering.count
    source = run.trajectory.source
    assert isinstance(source, ChunkSource)
    runs = []
    for k in range(tempering.count):
        own = range(k * copies, (k + 1) * copies)
        lengths = tuple(length // tempering.count for length in source.lengths)
        part = replace(source, replicas=own, lengths=lengths)
        runs.append(
            replace(
                run,
                trajectory=replace(run.trajectory, source=part),
                observables={
                    name: values[:, own.start : own.stop]
                    for name, values in run.observables.items()
                },
                steps=run.steps // tempering.count,
            )
        )
    state, _ = load_chunk(sorted(run.folder.glob("chunk-*.npz"))[-1])
    attempts = state.extra["exchange_attempts"]
    accepted = state.extra["exchange_accepted"]
    walkers = run.observables["walker"].astype(np.int64)
    ladder = Ladder(
        temperatures=tempering.temperatures,
        acceptance=accepted / np.maximum(attempts, 1),
        attempts=attempts,
        round_trips=int(round_trips(walkers, tempering.count).sum()),
        runs=tuple(runs),
    )
    return replace(runs[tempering.temperatures.index(target)], ladder=ladder)
