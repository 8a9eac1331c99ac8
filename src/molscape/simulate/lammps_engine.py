"""The `lammps` engine: classical terms at LAMMPS' speed, a subprocess for each chunk."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, NoseHoover
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, ATMOSPHERE, KILOCALORIE, LAMMPS_REAL, thermal_energy
from molscape.export.lammps import head, integrator
from molscape.export.lammps_coulomb import check_excluded
from molscape.export.lammps_styles import write_styles
from molscape.io.lammps_binary import BinaryFrame, read_binary_dump, write_binary_dump
from molscape.io.lammps_write import write_lammps_data
from molscape.simulate.force_callback import is_opaque
from molscape.simulate.lammps_bridge import bridge_engine
from molscape.simulate.lammps_process import LOG, Executable, Outcome, find_lammps, run_script
from molscape.simulate.run import (
    HOT,
    OBSERVABLES,
    Chunk,
    EngineState,
    Run,
    check_ensemble,
    identity,
    run_chunks,
    starting_state,
    timed,
    without_drift,
)
from molscape.simulate.schedule import Schedule

INCLUDE, DATA, STATE, FRAMES, END = "model.lmp", "chunk.data", "state.bin", "frames.bin", "end.bin"

RESTART, NEXT = "chunk.restart", "next.restart"
"""LAMMPS' own state, where a thermostat or a barostat has variables: before and after a chunk."""

BROKEN = ("Lost atoms", "Pair distance", "Non-numeric", "atoms missing", "atom missing",
          "Out of range atoms", "Bad FENE", "Bond length", "out of range")  # fmt: skip
"""LAMMPS errors that mean that the beads flew apart, not that the script is wrong."""

LOG_TAIL = 200


def lammps_engine(
    potential: Potential,
    topology: Topology,
    start: Frames,
    ensemble: Ensemble,
    schedule: Schedule,
    *,
    folder: Path | str | None = None,
    threads: int = 1,
    precision: str = "double",
    progress: Progress | None = None,
) -> Run:
    """Run dynamics in LAMMPS and return the run; also available as `simulate.lammps`.

    NVE is velocity Verlet; Langevin is velocity Verlet with LAMMPS' `fix langevin`, and `fix
    nph` with a barostat; NoseHoover is `fix nvt`, or `fix npt` with a barostat. State passes
    between the processes as binary numbers, with the variables of chains and barostats in
    LAMMPS' own restart file, so nothing is lost between chunks.

    Args:
        potential: the model; where a term has no counterpart, such as a network, molscape
            computes all forces for LAMMPS' steps (`lammps_bridge`).
        topology: the beads.
        start: one frame; box and velocities are used if present.
        ensemble: `NVE`, `Langevin`, `NoseHoover` or `Brownian` (`fix brownian`, Euler's step).
        schedule: steps, time step, what is kept.
        folder: where chunks are kept; a folder of the same run is resumed.
        threads: OpenMP threads; sameness after a kill is promised for one.
        precision: of forces that only molscape can compute, "single" or "double"; LAMMPS itself
            is double.
        progress: called as progress(what, done, total).

    Returns:
        The run; `blow_up` is set if it broke down, the frames before are kept, and the end of
        LAMMPS' log stays in `lammps/blow-up.log` of its folder.

    Raises:
        FileNotFoundError: if there is no LAMMPS.
        ValueError: if a term has no counterpart in LAMMPS, or arguments do not fit.
        RuntimeError: if LAMMPS fails for another reason than a model that breaks down.
    """
    check_box(start.box, potential.reach)
    check_excluded(potential, topology, start)
    check_ensemble(ensemble, potential, start)
    if isinstance(ensemble, Brownian):
        start = start.replace(velocities=None)
    if is_opaque(potential):
        return bridge_engine(
            potential,
            topology,
            start,
            ensemble,
            schedule,
            precision=precision,
            folder=folder,
            progress=progress,
        )
    executable = find_lammps()
    begin = starting_state(topology, start, ensemble.temperature, 1, schedule.seed)
    home = tempfile.TemporaryDirectory(prefix="molscape-") if folder is None else Path(folder)
    scratch = Path(home if isinstance(home, Path) else home.name) / "lammps"
    engine = _Engine(executable, topology, ensemble, schedule, scratch, threads)
    prepared = False

    def advance(state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        nonlocal prepared
        if not prepared:
            scratch.mkdir(parents=True, exist_ok=True)
            write_styles(potential, topology, scratch / INCLUDE)
            prepared = True
        return engine.advance(state, steps, keep, seed)

    settings = identity(potential, topology, start, ensemble, schedule)
    return run_chunks("lammps", advance, begin, topology, schedule, home, settings, progress)


@dataclass(frozen=True)
class _Engine:
    """Runs chunks in a scratch folder that holds the styles."""

    executable: Executable
    topology: Topology
    ensemble: Ensemble
    schedule: Schedule
    folder: Path
    threads: int

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk; its files are removed if it was good."""
        chunk, seconds = timed(lambda: self._advance(state, steps, keep, seed))
        if chunk.blow_up is not None:
            tail = (self.folder / LOG).read_text(errors="replace").splitlines()[-LOG_TAIL:]
            (self.folder / "blow-up.log").write_text("\n".join(tail) + "\n")
        for file in self.folder.glob("chunk.*"):
            file.unlink()
        for name in (STATE, FRAMES, END, NEXT):
            (self.folder / name).unlink(missing_ok=True)
        return replace(chunk, seconds=seconds)

    def _advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        for name in (FRAMES, END, NEXT):
            (self.folder / name).unlink(missing_ok=True)
        counts = self._prepare(state)
        periodic, resumed = state.box is not None, "restart" in state.extra
        script = self._script(periodic, resumed, steps, keep, seed)
        outcome = run_script(self.executable, script, self.folder, self.threads)
        thermo = outcome.thermo[outcome.thermo[:, 0] > 0]
        good = self._good(thermo)
        complete = outcome.status == 0 and good == len(thermo)
        if not complete and good == len(thermo) and not _broke(outcome):
            raise RuntimeError(
                f"LAMMPS failed: {outcome.error or f'exit status {outcome.status}'}; its log is "
                f"lammps/{LOG} in the folder of the run, if one was given"
            )
        thermo = thermo[:good]
        positions, boxes = np.zeros((0, len(self.topology), 3)), np.zeros((0, 3, 3))
        if keep:
            positions, boxes = self._frames(counts, good)
        thermo = thermo[: len(positions)]
        end = self._end(state, counts, steps) if complete else state
        reason = None if complete else self._reason(outcome, state.step, good)
        first = state.step - self.schedule.equilibration
        volumes = np.linalg.det(boxes) if periodic else np.full(len(boxes), np.nan)
        return Chunk(
            positions=positions[:, None],
            observables=self._observables(thermo, first, volumes),
            state=end,
            seconds=0.0,
            blow_up=reason,
            boxes=boxes[:, None] if self.barostat is not None else None,
        )

    @property
    def barostat(self) -> Barostat | None:
        """The barostat, if there is one."""
        return None if isinstance(self.ensemble, NVE) else self.ensemble.barostat

    def _prepare(self, state: EngineState) -> Float[np.ndarray, "particle 3"]:
        """Write what a chunk starts from; return the box vectors that LAMMPS does not count."""
        if "restart" in state.extra:
            (self.folder / RESTART).write_bytes(state.extra["restart"].tobytes())
            return state.extra["images"].astype(np.float64)
        positions, velocities, counts = state.positions[0], state.velocities, 0 * state.positions[0]
        if isinstance(self.ensemble, NoseHoover):
            velocities = without_drift(velocities, self.topology.masses)
        box = None if state.box is None else state.box[0]
        if box is not None:
            counts = np.floor(positions @ np.linalg.inv(box))
            positions = positions - counts @ box
        write_start(self.folder, self.topology, positions, velocities[0], box)
        return counts

    def _script(
        self, periodic: bool, resumed: bool, steps: int, keep: bool, seed: int
    ) -> list[str]:
        every = self.schedule.every
        lines = head(periodic, RESTART if resumed else DATA, INCLUDE, resumed)
        if not resumed:
            box = "yes" if periodic else "no"
            lines.append(f"read_dump {STATE} 0 x y z vx vy vz box {box} replace yes")
        lines += integrator(self.ensemble, self.topology, self.schedule.timestep, seed)
        pressure = "press"
        if isinstance(self.ensemble, Brownian):
            # Its velocities are displacements over the time step: nothing to observe.
            lines.append("compute configurational all pressure NULL virial")
            pressure = "c_configurational"
        lines += [
            f"thermo {every}",
            f"thermo_style custom step temp pe etotal {pressure}",
            "thermo_modify format float %.15g flush yes",
        ]
        if keep:
            lines += [f"dump frames all custom {every} {FRAMES} id xu yu zu"]
        lines += [f"run {steps}", f"write_dump all custom {END} id xu yu zu vx vy vz"]
        return [*lines, f"write_restart {NEXT}"] if self._keeps_more else lines

    @property
    def _keeps_more(self) -> bool:
        """Whether thermostat or barostat have variables of their own."""
        return isinstance(self.ensemble, NoseHoover) or self.barostat is not None

    def _good(self, thermo: np.ndarray) -> int:
        """Number of lines before the first that is not finite or too hot."""
        hot = HOT * max(self.ensemble.temperature, 1.0)
        bad = ~np.isfinite(thermo).all(axis=1)
        if not isinstance(self.ensemble, Brownian):
            bad |= thermo[:, 1] > hot
        return int(np.argmax(bad)) if bad.any() else len(thermo)

    def _frames(
        self, counts: np.ndarray, good: int
    ) -> tuple[Float[np.ndarray, "frame particle 3"], Float[np.ndarray, "frame 3 3"]]:
        kept: list[np.ndarray] = []
        boxes: list[np.ndarray] = []
        for frame in read_binary_dump(self.folder / FRAMES):
            if frame.step > 0 and len(kept) < good:
                box = frame.box * ANGSTROM
                kept.append(frame.sorted().take("xu", "yu", "zu") * ANGSTROM + counts @ box)
                boxes.append(box)
        positions = np.array(kept, dtype=np.float64).reshape(-1, len(self.topology), 3)
        return positions, np.array(boxes, dtype=np.float64).reshape(-1, 3, 3)

    def _end(self, state: EngineState, counts: np.ndarray, steps: int) -> EngineState:
        frame = read_only_frame(self.folder / END)
        box, extra = state.box, {}
        if self.barostat is not None:
            box = (frame.box * ANGSTROM)[None]
        if self._keeps_more:
            file = (self.folder / NEXT).read_bytes()
            extra = {"restart": np.frombuffer(file, dtype=np.uint8), "images": counts}
        positions = frame.take("xu", "yu", "zu") * ANGSTROM
        return EngineState(
            (positions if box is None else positions + counts @ box[0])[None],
            (frame.take("vx", "vy", "vz") * LAMMPS_REAL.velocity)[None],
            box,
            state.step + steps,
            extra=extra,
        )

    def _observables(
        self, thermo: np.ndarray, first: int, volumes: np.ndarray
    ) -> dict[str, Float[np.ndarray, "frame replica"]]:
        step, temperature, potential_energy, total, pressure = thermo.T[:, :, None]
        if isinstance(self.ensemble, Brownian):
            ideal = len(self.topology) * thermal_energy(self.ensemble.temperature)
            temperature = total = np.full_like(temperature, np.nan)
            pressure = pressure + ideal / volumes[:, None] / ATMOSPHERE
        values = (
            (first + step) * self.schedule.timestep,
            temperature,
            potential_energy * KILOCALORIE,
            total * KILOCALORIE,
            np.where(np.isnan(volumes), np.nan, pressure[:, 0] * ATMOSPHERE)[:, None],
            volumes[:, None],
        )
        return dict(zip(OBSERVABLES, values, strict=True))

    def _reason(self, outcome: Outcome, first: int, good: int) -> str:
        thermo = outcome.thermo[outcome.thermo[:, 0] > 0]
        if good < len(thermo):
            finite = bool(np.isfinite(thermo[good]).all())
            what = (
                f"the beads became hotter than {HOT:g} times the temperature asked for"
                if finite
                else "energy or temperature became infinite or not a number"
            )
        else:
            what = _words(outcome.error)
        last = first + good * self.schedule.every
        return (
            f"{what} between step {last} and {last + self.schedule.every}: use a time step "
            f"shorter than {self.schedule.timestep:g} ps, or a model with a repulsive wall where "
            "the data has no samples"
        )


def _broke(outcome: Outcome) -> bool:
    return outcome.status != 0 and any(text in outcome.error for text in BROKEN)


def _words(error: str) -> str:
    """Say an error of LAMMPS in words, with its own behind."""
    if "Pair distance" in error:
        return f"two beads came closer than the model's table begins (LAMMPS: {error})"
    if "atom" in error and "missing" in error:
        return f"a bond tore (LAMMPS: {error})"
    return f"beads flew out of the box (LAMMPS: {error})"


def write_start(
    folder: Path,
    topology: Topology,
    positions: Float[np.ndarray, "particle 3"],
    velocities: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
) -> None:
    """Write a data file, and the same positions and velocities exactly as a binary dump."""
    frames = Frames(positions[None], box=None if box is None else box[None])
    write_lammps_data(folder / DATA, topology, frames, units="real")
    rows = np.concatenate(
        [positions / ANGSTROM, velocities / LAMMPS_REAL.velocity], axis=1, dtype=np.float64
    )
    columns = ("x", "y", "z", "vx", "vy", "vz")
    write_binary_dump(folder / STATE, [snapshot(0, columns, rows, positions, box)])


def snapshot(
    step: int,
    columns: tuple[str, ...],
    rows: np.ndarray,
    positions: np.ndarray,
    box: np.ndarray | None,
) -> BinaryFrame:
    """Return a snapshot with ids; without a box, one is drawn around the beads."""
    ids = np.arange(1.0, len(rows) + 1)[:, None]
    origin = np.zeros(3)
    edges = box
    if edges is None:
        origin = positions.min(axis=0) - 1.0
        edges = np.diag(np.ptp(positions, axis=0) + 2.0)
    return BinaryFrame(
        step,
        np.asarray(edges / ANGSTROM, dtype=np.float64),
        np.asarray(origin / ANGSTROM, dtype=np.float64),
        box is not None,
        ("id", *columns),
        np.concatenate([ids, rows], axis=1),
    )


def read_only_frame(path: Path) -> BinaryFrame:
    """Return the one snapshot of a file, in the order of ids."""
    (frame,) = read_binary_dump(path)
    return frame.sorted()
