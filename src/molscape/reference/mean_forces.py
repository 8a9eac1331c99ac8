"""Mean forces on coarse-grained sites that are held where they are, and the noise about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import splu

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.statistics import standard_error
from molscape.reference.dynamics import MotionState, Thermostat, place
from molscape.reference.engine import Hardware
from molscape.reference.system import AllAtomSystem, real_particles

_TOLERANCE = 1e-6
_BLOCKS = 10


@dataclass(frozen=True)
class HeldSampling:
    """How long each configuration is sampled, with its beads held.

    `samples` instantaneous forces are averaged, `every` so many steps, after `equilibration`
    steps; time step in ps, friction in 1/ps, temperature in K.
    """

    temperature: float
    samples: int = 200
    every: int = 25
    equilibration: int = 500
    timestep: float = 0.002
    friction: float = 2.0

    def __post_init__(self) -> None:
        if self.samples < _BLOCKS:
            raise ValueError(f"{self.samples} samples give no error bar: take at least {_BLOCKS}")


@dataclass(frozen=True, eq=False)
class MeanForces:
    """Beads with their mean forces, standard errors, and variances of instantaneous forces.

    `frames` hold bead positions (nm), box and mean forces (kJ/mol/nm); `errors` their standard
    errors; `variances` Var(F | R) of each component in (kJ/mol/nm)^2.
    """

    frames: Frames
    errors: Float[np.ndarray, "frame bead 3"]
    variances: Float[np.ndarray, "frame bead 3"]

    @property
    def noise_floor(self) -> tuple[float, float | None]:
        """The least force loss that any model of the beads can reach, and its standard error.

        The mean of Var(F | R) over frames, beads and components, in (kJ/mol/nm)^2; the error is
        that of a mean over frames, None for a single one.
        """
        each = self.variances.mean(axis=(1, 2))
        error = None if len(each) < 2 else float(standard_error(each))
        return float(each.mean()), error


def averaged_forces(
    system: AllAtomSystem,
    mapping: Mapping,
    frames: Frames,
    sampling: HeldSampling,
    *,
    seed: int = 0,
    hardware: Hardware | str = "auto",
    progress: Progress | None = None,
) -> MeanForces:
    """Average the forces on beads over the atoms' motion at fixed beads.

    F(R) = < W f >_(C r = R), the force that the potential of mean force has at R; W and C are
    the mapping's force and position weights. Atoms move by Langevin dynamics, and after each
    step positions and velocities are projected on C r = R and C v = 0 along
    M^-1 C^T (for centres of mass: each bead is shifted back as a whole). Rigid bonds stay as
    they are; where one leads out of a bead, the two projections are repeated until both hold.

    With rigid bonds inside beads of several atoms the constrained ensemble carries a factor of
    masses and shape that the free one has not (Fixman); for whole molecules it is constant.

    Args:
        system: the all-atom system.
        mapping: from its atoms (as written: massless sites left out) to beads.
        frames: all-atom configurations, whose beads are held.
        sampling: temperature and length.
        seed: of all random numbers.
        hardware: a platform name, or `Hardware`.
        progress: called as progress(what, done, total) after each configuration.

    Returns:
        Mean forces with standard errors from ten blocks in time, and the variances.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if frames and mapping do not belong to the system.
        RuntimeError: if rigid bonds and held beads contradict each other.

    Source: W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008), equation of the mean force;
    G. Ciccotti, R. Kapral, E. Vanden-Eijnden, ChemPhysChem 6, 1809 (2005).
    """
    real = real_particles(system.topology)
    if not mapping.position_weights.shape[1] == frames.n_particles == len(real):
        raise ValueError(
            f"the system has {len(real)} atoms, the mapping {mapping.position_weights.shape[1]} "
            f"and the frames {frames.n_particles}: use those of one reference"
        )
    if (frames.box is None) != (system.box is None):
        raise ValueError(
            "frames and system must both have a periodic box, or neither: build the system as "
            "the frames were made"
        )
    hardware = Hardware(hardware) if isinstance(hardware, str) else hardware
    thermostat = Thermostat(sampling.temperature, sampling.friction, sampling.timestep)
    context = thermostat.context(system, hardware.resolve(len(system.topology)), seed)
    held = _Held(system, mapping, real)
    found = []
    for number in range(len(frames)):
        box = None if frames.box is None else np.asarray(frames.box[number], np.float64)
        held.start(context, frames.positions[number], box, sampling.temperature, seed + number)
        forces = held.sample(context, sampling)
        found.append(_summary(forces))
        if progress is not None:
            progress("mean forces at fixed beads", number + 1, len(frames))
    means, errors, variances = (np.array(each) for each in zip(*found, strict=True))
    beads = mapping.map_frames(frames.replace(forces=None, velocities=None))
    return MeanForces(beads.replace(forces=means), errors, variances)


@dataclass(eq=False)
class _Held:
    """Beads held at R while atoms move: the projection, and the sampling loop."""

    system: AllAtomSystem
    mapping: Mapping
    real: np.ndarray

    def __post_init__(self) -> None:
        weights = csc_matrix(self.mapping.position_weights)
        inverse = diags(1 / self.system.topology.masses[self.real])
        self.weights = weights.tocsr()
        self.spread = (inverse @ weights.T).tocsr()
        self.solve = splu(csc_matrix(weights @ inverse @ weights.T)).solve
        self.is_crossed = self._is_crossed()
        self.targets = np.zeros((weights.shape[0], 3))

    def _is_crossed(self) -> bool:
        """Whether a rigid bond joins atoms that do not belong to the same bead alike.

        A shift along M^-1 C^T then deforms it.
        """
        place = np.full(len(self.system.topology), -1)
        place[self.real] = np.arange(len(self.real))
        i, j = place[self.system.topology.constraints].T
        difference = self.spread[i] - self.spread[j]
        return bool(abs(difference).sum() > 1e-9 * abs(self.spread).sum())

    def start(
        self,
        context: Any,
        positions: Float[np.ndarray, "atom 3"],
        box: Float[np.ndarray, "3 3"] | None,
        temperature: float,
        seed: int,
    ) -> None:
        """Put a frame into the context and remember where its beads are."""
        atoms = np.asarray(positions, np.float64)
        self.targets = self.weights @ atoms
        everything = np.zeros((len(self.system.topology), 3))
        everything[self.real] = atoms
        place(context, MotionState(everything, None, box), temperature, seed)
        context.computeVirtualSites()
        context.applyVelocityConstraints(_TOLERANCE)
        self.project(context)

    def project(self, context: Any) -> None:
        """Bring beads back to where they are held, and take their velocity away."""
        state = context.getState(positions=True, velocities=True)
        positions = np.array(state.getPositions(asNumpy=True)._value, np.float64)
        velocities = np.array(state.getVelocities(asNumpy=True)._value, np.float64)
        velocities[self.real] -= self.spread @ self.solve(self.weights @ velocities[self.real])
        for _ in range(50):
            off = self.weights @ positions[self.real] - self.targets
            positions[self.real] -= self.spread @ self.solve(off)
            context.setPositions(positions)
            if not self.is_crossed:
                break
            context.applyConstraints(_TOLERANCE)
            positions = np.array(
                context.getState(positions=True).getPositions(asNumpy=True)._value, np.float64
            )
            if np.abs(self.weights @ positions[self.real] - self.targets).max() < _TOLERANCE:
                break
        else:
            raise RuntimeError(
                "rigid bonds and held beads contradict each other: make the system without "
                'constraints (`constraints` "none"), or choose other beads'
            )
        context.setVelocities(velocities)
        if self.system.topology.virtual_sites is not None:
            context.computeVirtualSites()

    def sample(self, context: Any, sampling: HeldSampling) -> Float[np.ndarray, "sample bead 3"]:
        """Return instantaneous forces on the beads along a run."""
        self._advance(context, sampling.equilibration)
        forces = []
        for _ in range(sampling.samples):
            self._advance(context, sampling.every)
            now = context.getState(forces=True).getForces(asNumpy=True)._value
            forces.append(self.mapping.force_weights @ np.asarray(now, np.float64)[self.real])
        return np.array(forces)

    def _advance(self, context: Any, steps: int) -> None:
        for _ in range(steps):
            context.getIntegrator().step(1)
            self.project(context)


def _summary(
    forces: Float[np.ndarray, "sample bead 3"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its standard error from blocks, and the variance of one sample.

    The variance about the sample's own mean is too small by the variance of that mean, which
    is added back.
    """
    error = standard_error([part.mean(axis=0) for part in np.array_split(forces, _BLOCKS)])
    return forces.mean(axis=0), error, forces.var(axis=0) + error**2
