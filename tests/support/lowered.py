"""A potential known by its terms alone, and what OpenMM makes of it."""

import numpy as np

from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export.openmm_system import openmm_system


class Lowered(Potential):
    """A potential known by its terms alone, for terms that stand by themselves."""

    kind = "lowered"
    terms_: tuple

    def __call__(self, system, positions, box, neighbours):
        raise NotImplementedError

    @property
    def reach(self):
        return max((getattr(term, "cutoff", 0.0) for term in self.terms_), default=0.0)

    def lower(self):
        return self.terms_

    def settings(self):
        return {}

    def arrays(self):
        return {}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls()


def energy_and_forces(lowered, topology, positions, box=None):
    import openmm

    system = openmm_system(Lowered(tuple(lowered)), topology, box)
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    state = context.getState(getEnergy=True, getForces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def beads(names, **more):
    return Topology.build(list(names), masses=np.full(len(names), 10.0), **more)


def chain(names):
    n = len(names)
    lists = [np.stack([np.arange(n - k) + m for m in range(k + 1)], axis=1) for k in (1, 2, 3)]
    return beads(names, bonds=lists[0], angles=lists[1], dihedrals=lists[2], exclude_within=3)


ZIGZAG = np.array([[0.0, 0.1, 0.0], [0.3, 0.0, 0.0], [0.4, 0.3, 0.0], [0.7, 0.35, 0.25]])


def dihedral(x):
    """IUPAC: seen along the middle bond, the far bond turns clockwise from the near one."""
    b1, b2, b3 = np.diff(x, axis=0)
    m, n = np.cross(b1, b2), np.cross(b2, b3)
    return np.arctan2(np.linalg.norm(b2) * (b1 @ n), m @ n)
