"""All-atom sampling: minimise, equilibrate, fix the density, and write positions and forces."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.identity import digest
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.store import Draft, Store
from molscape.core.trajectory import Trajectory
from molscape.core.units import GRAM_PER_CUBIC_CENTIMETRE
from molscape.io.gro import write_gro
from molscape.io.trr import TrrSource, concatenate_trr, write_trr
from molscape.reference.account import block_error, describe, nanoseconds_per_day
from molscape.reference.dynamics import (
    MotionState,
    PartResult,
    Thermostat,
    minimise,
    run_part,
)
from molscape.reference.engine import Hardware, load_openmm
from molscape.reference.schedule import Part, SamplingSchedule
from molscape.reference.system import AllAtomSystem, scale_molecules

TRACES = ("run.json", "parts/*.npz", "reference.json")
"""Files that versions without a store left in the folder of a run."""


def sample(
    system: AllAtomSystem,
    state: State,
    schedule: SamplingSchedule,
    folder: str | Path,
    *,
    seed: int = 0,
    hardware: Hardware | str = "auto",
    progress: Progress | None = None,
) -> Trajectory:
    """Run an all-atom system at a state and write `conf.gro`, `traj.trr` and `reference.json`.

    The start is minimised. A state with a pressure is first run at that pressure; the mean
    density of the second half is then held, as is the density of a state that has one; else
    the box stays as it is. Frames are kept at constant volume. What their forces are is told
    by `molscape.reference.dynamics.run_part`.

    State passes through a file after each part in every case, and each part has random seeds
    of its own, so a run that was stopped goes on when called again, with the same numbers as
    if it had not been (on the same platform, with the same threads, which are remembered).

    Args:
        system: what is run, such as `lattice_box` makes.
        state: temperature in K, and pressure in kJ/mol/nm^3 or density in u/nm^3.
        schedule: how long, and what is kept.
        folder: where the files go; made if it is not there.
        seed: decides every random number.
        hardware: a platform name, or `Hardware` for threads and precision.
        progress: called as progress(what, done, total) after each part.

    Returns:
        The trajectory, read from `traj.trr` when needed.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the folder holds another run or one of an earlier version, or state and
            system do not fit.
        RuntimeError: if the dynamics breaks down, or another process works in the folder.
    """
    if system.box is None and (state.pressure is not None or state.density is not None):
        raise ValueError(
            f"{system.name} has no box: give a state without pressure and density, or a "
            "periodic system"
        )
    hardware = Hardware(hardware) if isinstance(hardware, str) else hardware
    folder = Path(folder)
    settings = _settings(system, state, schedule, seed)
    with Store(folder, TRACES).locked() as store:
        store.claim("run", settings)
        if store.finished("reference") is None:
            resolved = _resolve(hardware, len(system.topology), store)
            run = _Run(system, state, schedule, store, seed, resolved)
            store.put("reference", partial(run.finish, run.advance(progress)))
        if (folder / "parts").exists():
            shutil.rmtree(folder / "parts")
    source = TrrSource.scan(folder / "traj.trr")
    trajectory = Trajectory(system.written, source, name=system.name)
    return trajectory.map(lambda frames: frames.replace(whole=True, unwrapped=True))


@dataclass(frozen=True, eq=False)
class _Run:
    """One run in its folder; the store holds `parts/0007` once part 7 is complete."""

    system: AllAtomSystem
    state: State
    schedule: SamplingSchedule
    store: Store
    seed: int
    hardware: Hardware

    @property
    def parts(self) -> list[Part]:
        return self.schedule.parts(self.state.pressure is not None)

    def file(self, number: int, suffix: str) -> Path:
        return self.store.folder / f"{_key(number)}.{suffix}"

    def thermostat(self, kind: str) -> Thermostat:
        pressure = self.state.pressure if kind == "pressure" else None
        schedule = self.schedule
        return Thermostat(self.state.temperature, schedule.friction, schedule.timestep, pressure)

    def advance(self, progress: Progress | None) -> list[PartResult]:
        """Run the parts that are not there yet; return the results of all."""
        results: list[PartResult] = []
        total = sum(part.steps for part in self.parts)
        done = 0
        for number, part in enumerate(self.parts):
            self.store.once(_key(number), partial(self._run, number, results))
            results.append(PartResult.load(self.file(number, "npz")))
            done += part.steps
            if progress is not None:
                progress(f"{self.system.name}, {_WORDS[part.kind]}", done, total)
        return results

    def _start(self, number: int, results: list[PartResult]) -> MotionState:
        """The state that a part begins from; the density is fixed where the volume becomes so."""
        if number == 0:
            system = self.system
            if self.state.density is not None:
                system = system.scaled_to(self.state.density)
            start = MotionState(system.positions, None, system.box)
            return minimise(system, start, self.hardware)
        start = results[-1].state
        if self.parts[number - 1].kind == "pressure" and self.parts[number].kind != "pressure":
            assert start.box is not None
            volume = float(np.mean(second_half(self._pressure_volumes(results))))
            factor = (volume / np.linalg.det(start.box)) ** (1 / 3)
            positions = scale_molecules(self.system.topology, start.positions, factor)
            return MotionState(positions, start.velocities, start.box * factor)
        return start

    def _pressure_volumes(self, results: list[PartResult]) -> np.ndarray:
        pairs = zip(self.parts, results, strict=False)
        return np.concatenate([r.volumes for part, r in pairs if part.kind == "pressure"])

    def _run(self, number: int, before: list[PartResult], draft: Draft) -> None:
        """Run one part, after the results of those before it, and write what it leaves."""
        part = self.parts[number]
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
        result, frames = run_part(
            self.system,
            self._start(number, before),
            part,
            self.thermostat(part.kind),
            self.hardware,
            seed,
            self.schedule.velocities,
        )
        draft.arrays(f"{_key(number)}.npz", result.to_arrays())
        if frames is not None:
            first = sum(p.steps // p.every for p in self.parts[:number] if p.kind == "kept")
            count = first + 1 + np.arange(len(frames))
            frames = frames.replace(times=count * self.schedule.interval)
            write_trr(draft(f"{_key(number)}.trr"), frames, first_step=first)

    def finish(self, results: list[PartResult], draft: Draft) -> None:
        """Join the parts and write what the run was; the description comes last."""
        kept = [number for number, part in enumerate(self.parts) if part.kind == "kept"]
        target = draft("traj.trr")
        concatenate_trr([self.file(number, "trr") for number in kept], target)
        first = TrrSource.scan(target).read(range(1))
        write_gro(draft("conf.gro"), self.system.written, first, title=self.system.name)
        about = self._account([results[number] for number in kept], results)
        draft.text("reference.json", json.dumps(about, indent=2) + "\n")

    def _account(self, kept: list[PartResult], results: list[PartResult]) -> dict[str, Any]:
        about = describe(self.system, self.state, self.schedule, self.seed, self.hardware)
        temperatures = np.concatenate([result.temperatures for result in kept])
        about["mean_temperature"] = float(temperatures.mean())
        about["mean_temperature_error"] = block_error(temperatures)
        energies = np.concatenate([result.energies for result in kept])
        about["mean_potential_energy"] = float(energies.mean())
        box = kept[-1].state.box
        if box is not None:
            mass = self.system.topology.masses.sum() / GRAM_PER_CUBIC_CENTIMETRE
            about["box_length"] = box.diagonal().tolist()
            about["density"] = float(mass / np.linalg.det(box))
            if self.state.pressure is not None:
                volumes = second_half(self._pressure_volumes(results))
                error = block_error(volumes)
                scale = about["density"] / float(volumes.mean())
                about["density_error"] = None if error is None else scale * error
        seconds = sum(result.seconds for result in kept)
        steps = self.schedule.frames * self.schedule.every
        about["nanoseconds_per_day"] = nanoseconds_per_day(steps, self.schedule.timestep, seconds)
        return about


_WORDS = {
    "pressure": "equilibration at constant pressure",
    "volume": "equilibration at constant volume",
    "kept": "sampling",
}


def second_half(values: np.ndarray) -> np.ndarray:
    """Return the later half of a series."""
    return values[len(values) // 2 :]


def _key(number: int) -> str:
    return f"parts/{number:04d}"


def _settings(
    system: AllAtomSystem, state: State, schedule: SamplingSchedule, seed: int
) -> dict[str, Any]:
    """Return what decides the numbers of a run; the version of OpenMM is not part of it."""
    written = load_openmm().XmlSerializer.serialize(system.openmm_system)
    return {
        "system": digest(re.sub(r'openmmVersion="[^"]*"', "", written)),
        "state": state,
        "schedule": schedule,
        "seed": seed,
        "topology": digest(system.topology.to_dict()),
        "positions": digest(system.positions),
    }


def _resolve(hardware: Hardware, particles: int, store: Store) -> Hardware:
    """Return the hardware by name; "auto" is what the run began on, which is remembered."""
    begun = store.finished("hardware")
    if begun is not None and hardware.platform == "auto":
        return Hardware(**json.loads(begun[0].read_text(encoding="utf-8")))
    resolved = hardware.resolve(particles)
    if begun is None:
        text = json.dumps(asdict(resolved)) + "\n"
        store.put("hardware", lambda draft: draft.text("hardware.json", text))
    return resolved
