"""Reference data in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.units import BAR
from molscape.reference.assembly import Held, Interactions, assemble, lattice_box
from molscape.reference.engine import Hardware
from molscape.reference.molecules import known
from molscape.reference.peptide import alanine_dipeptide
from molscape.reference.sampling import sample
from molscape.reference.schedule import SamplingSchedule
from molscape.reference.system import AllAtomSystem, real_particles

ATOM_STEPS = 4.0e5
"""Atoms times steps a second of an all-atom liquid with Ewald sums on two CPU cores: 121 steps/s
for 3,000 atoms."""

Phase = Literal["liquid", "vacuum", "implicit"]

_PEPTIDE = "alanine-dipeptide"

_LOOSE = 0.75
"""Molecules of more than three atoms start at this part of their liquid's density: on a
lattice at full density they would overlap."""

_TIMESTEPS: dict[Held, float] = {"none": 0.0005, "h-bonds": 0.002, "all-bonds": 0.002}


@dataclass(frozen=True)
class MakingOptions:
    """How a reference is made: at which state, how long and by which steps.

    Args:
        phase: "liquid" (periodic), "vacuum", or "implicit" (alanine dipeptide in generalised
            Born water); None: vacuum for one molecule, else liquid.
        temperature: in K.
        pressure: in kJ/mol/nm^3 (`units.BAR`: one bar); None for a liquid at its usual density.
        frames: how many to keep.
        interval: time between them in ps.
        constraints: bonds that are held: "h-bonds", "all-bonds" or "none"; water is rigid.
        timestep: in ps; None: 0.002, or 0.0005 with constraints "none", or 0.004 with a
            `hydrogen_mass` and constraints.
        hydrogen_mass: in u, see `Interactions`; 3 doubles the speed, at the cost of true dynamics.
        friction: of the thermostat in 1/ps.
        seed: of all random numbers.
    """

    phase: Phase | None = None
    temperature: float = 300.0
    pressure: float | None = BAR
    frames: int = 200
    interval: float = 5.0
    constraints: Held = "h-bonds"
    timestep: float | None = None
    hydrogen_mass: float | None = None
    friction: float = 1.0
    seed: int = 0

    @property
    def step(self) -> float:
        """The time step in ps, the usual one if none is given."""
        usual = 0.004 if self.hydrogen_mass and self.constraints != "none" else None
        return self.timestep or usual or _TIMESTEPS[self.constraints]


def make_reference(
    molecules: Mapping[str, int],
    folder: str | Path,
    options: MakingOptions | None = None,
    *,
    hardware: Hardware | str = "auto",
    progress: Progress | None = None,
) -> Path:
    """Make an all-atom trajectory with forces: a liquid, a mixture, a solution or one molecule.

    A liquid is equilibrated for 150 ps at its pressure, and sampled at the mean volume of the
    second half. Without a pressure it keeps the volume that the densities of its pure liquids
    add up to. In vacuum, or in implicit water, one molecule moves under a Langevin thermostat.

    Args:
        molecules: names (keys of `MOLECULES`) and how many of each, e.g.
            {"methanol": 100, "spce": 200}; or {"alanine-dipeptide": 1}, with TIP3P water
            {"alanine-dipeptide": 1, "tip3p": 650}.
        folder: receives conf.gro, traj.trr and reference.json.
        options: at which state, how long and how; by default those of `MakingOptions`.
        hardware: a platform of OpenMM by name, or `Hardware` for threads and precision.
        progress: called as progress(what, done, total).

    Returns:
        The folder.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a molecule is not known, the box is too small for the cutoff of 0.9 nm,
            several molecules are asked for in vacuum, or the interval is no multiple of the time
            step.
    """
    options = options or MakingOptions()
    plan = plan_reference(molecules, options)
    sample(
        plan.system,
        plan.state,
        plan.schedule,
        folder,
        seed=options.seed,
        hardware=hardware,
        progress=progress,
    )
    return Path(folder)


@dataclass(frozen=True, eq=False)
class ReferencePlan:
    """What `make_reference` samples, at which state and how long."""

    system: AllAtomSystem
    state: State
    schedule: SamplingSchedule

    def start(self) -> Frames:
        """Return the particles that are written, where they start; positions and box alone."""
        real = real_particles(self.system.topology)
        box = self.system.box
        return Frames(
            positions=self.system.positions[None, real],
            box=None if box is None else box[None],
            whole=True,
        )

    @property
    def steps(self) -> int:
        """Number of steps of the whole run, with those that nothing is kept of."""
        return sum(part.steps for part in self.schedule.parts(self.state.pressure is not None))

    @property
    def seconds(self) -> float:
        """About how long making it takes on two CPU cores (s), from the number of its atoms."""
        return self.steps * len(self.system.written) / ATOM_STEPS


def plan_reference(
    molecules: Mapping[str, int], options: MakingOptions | None = None
) -> ReferencePlan:
    """Build what `make_reference` samples and plan the run; arguments and errors are the same."""
    options = options or MakingOptions()
    interactions = Interactions(
        constraints=options.constraints, hydrogen_mass=options.hydrogen_mass
    )
    system = _build(molecules, options.phase, interactions, options.seed)
    liquid = system.box is not None
    schedule = SamplingSchedule(
        frames=options.frames,
        interval=options.interval,
        timestep=options.step,
        friction=options.friction,
        save_every=10.0 if liquid else 100.0,
    )
    return ReferencePlan(system, _state(molecules, options, liquid), schedule)


def _state(molecules: Mapping[str, int], options: MakingOptions, liquid: bool) -> State:
    """Return the state that is sampled; without a pressure a liquid has its usual density."""
    if not liquid:
        return State(options.temperature)
    if options.pressure is not None:
        return State(options.temperature, pressure=options.pressure)
    if _PEPTIDE in molecules:
        raise ValueError(f"the density of {_PEPTIDE} in water is not known: give a pressure")
    return State(options.temperature, density=lattice_box(molecules, seed=options.seed).density)


def _build(
    molecules: Mapping[str, int], phase: Phase | None, interactions: Interactions, seed: int
) -> AllAtomSystem:
    count = sum(molecules.values())
    if phase is None:
        phase = "vacuum" if count == 1 else "liquid"
    if phase != "liquid" and count != 1:
        raise ValueError(
            f'{count} molecules without a box would fly apart: ask for one, or for phase "liquid"'
        )
    if _PEPTIDE in molecules:
        return _peptide(molecules, phase, interactions, seed)
    if phase == "implicit":
        raise ValueError(
            f"implicit water is there for {_PEPTIDE} only, not for {', '.join(molecules)}: use "
            'phase "vacuum"'
        )
    if phase == "vacuum":
        return assemble(molecules, known(next(iter(molecules))).positions(), None, interactions)
    dense = lattice_box(molecules, seed=seed, interactions=interactions)
    if all(len(known(name).shape) <= 4 for name in molecules):
        return dense
    return dense.scaled_to(_LOOSE * dense.density)


def _peptide(
    molecules: Mapping[str, int], phase: Phase, interactions: Interactions, seed: int
) -> AllAtomSystem:
    waters = molecules.get("tip3p", 0)
    if molecules[_PEPTIDE] != 1 or set(molecules) - {_PEPTIDE, "tip3p"}:
        raise ValueError(
            f"one {_PEPTIDE} alone or with tip3p can be made, not {dict(molecules)}: change "
            "`molecules`"
        )
    if phase == "liquid" and not waters:
        raise ValueError(f'{_PEPTIDE} is no liquid: add tip3p, or use phase "vacuum"')
    return alanine_dipeptide(
        waters, implicit=phase == "implicit", seed=seed, interactions=interactions
    )
