"""Published parameters of model fluids, and a fluid of which forces and energies are known."""

import jax
import jax.numpy as jnp
import numpy as np

from molscape.core.frames import Frames
from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import KILOCALORIE
from molscape.potentials import LennardJones

MONATOMIC_WATER = {
    "epsilon": 6.189 * KILOCALORIE,
    "sigma": 0.23925,
    "a": 1.8,
    "lambda_": 23.15,
    "gamma": 1.2,
    "cos_theta0": -1 / 3,
    "A": 7.049556277,
    "B": 0.6022245584,
    "p": 4.0,
    "q": 0.0,
}
"""mW: V. Molinero and E. B. Moore, J. Phys. Chem. B 113, 4008 (2009); kJ/mol and nm."""

ARGON = {"epsilon": 0.996, "sigma": 0.34}
"""Lennard-Jones argon: epsilon/k = 119.8 K; kJ/mol and nm."""

SPCE = {
    "charges": [-0.8476, 0.4238, 0.4238],
    "sigma": 0.316557,
    "epsilon": 0.650194,
    "bond": 0.1,
    "angle": 109.47,
}
"""H. J. C. Berendsen et al., J. Phys. Chem. 91, 6269 (1987): O, H, H in e; nm, kJ/mol, degrees."""

EDGE, COUNT = 1.5, 64


def fluid(frames, seed, types=("W",), energies=False):
    """A disordered Lennard-Jones fluid with its exact forces, in double precision."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    x = (grid * EDGE / 4 + random.uniform(-0.045, 0.045, (frames, COUNT, 3))) % EDGE
    names = np.array(types)[np.arange(COUNT) % len(types)]
    topology = Topology.build(names, masses=np.ones(COUNT))
    pairs = tuple((a, b) for k, a in enumerate(types) for b in types[k:])
    box = np.eye(3) * EDGE
    with jax.enable_x64(True):
        size = np.full(len(pairs), 0.34)
        exact = LennardJones(
            epsilon=size / 0.34, sigma=size, pairs=pairs, cutoff=0.55, smooth="force"
        )
        system = System.build(topology, 300.0)
        search = NeighbourSearch(cutoff=0.55, skin=0.0, capacity=40, cells=None, cell_capacity=0)

        def one(y):
            neighbours = search(system, y, jnp.asarray(box))
            where = (system, y, jnp.asarray(box), neighbours)
            return exact.forces(*where), exact(*where)

        forces, energy = jax.jit(jax.vmap(one))(jnp.asarray(x))
    boxes = np.broadcast_to(box, (frames, 3, 3)).copy()
    values = Frames(
        positions=x,
        box=boxes,
        forces=np.asarray(forces),
        energies=np.asarray(energy) if energies else None,
    )
    return Trajectory.from_frames(topology, values)
