"""A potential of one's own: the Morse potential, run in JAX and written for LAMMPS.

Run it with `python examples/morse.py`; a number behind it sets the steps of the run.
"""

import sys
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import molscape as ms
from molscape.core.terms import PairTable, Term
from molscape.potentials import PairPotential


class Morse(PairPotential):
    """u(r) = D (1 - exp(-a (r - r0)))^2 - D, moved to zero at the cutoff.

    D is `depth` in kJ/mol, a is `width` in 1/nm, r0 is `distance` in nm, one for each pair.
    """

    kind: ClassVar[str] = "morse"

    depth: Float[Array, " pair"]
    width: Float[Array, " pair"]
    distance: Float[Array, " pair"]
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)

    @property
    def smoothness(self) -> int:
        """The energy is continuous at the cutoff, the force is not."""
        return 0

    def pair_energy(self, distance: Array, row: Array | int) -> Array:
        """Return u(r); the force follows by automatic differentiation."""

        def morse(r: Any) -> Array:
            decay = jnp.exp(-self.width[row] * (r - self.distance[row]))
            return self.depth[row] * ((1.0 - decay) ** 2 - 1.0)

        return morse(distance) - morse(self.cutoff)

    def lower(self) -> tuple[Term, ...]:
        """Return a table for each pair: what engines and exporters know."""
        r = np.linspace(0.0, self.cutoff, 20_001)[1:]
        tables = []
        with jax.enable_x64(True):
            for row, pair in enumerate(self.pairs):
                energy = np.asarray(self.pair_energy(jnp.asarray(r), row))
                force = -np.asarray(self.pair_slope(jnp.asarray(r), row))
                tables.append(PairTable(pair, r, energy, force))
        return tuple(tables)


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    out = Path(sys.argv[2] if len(sys.argv) > 2 else "runs/morse")

    side = 5
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(1, -1, 3)
    topology = ms.Topology.build(["M"] * side**3, masses=[40.0] * side**3)
    start = ms.Frames(positions=0.45 * grid, box=0.45 * side * np.eye(3)[None])

    potential = Morse(
        depth=jnp.array([1.0]),
        width=jnp.array([15.0]),
        distance=jnp.array([0.4]),
        pairs=(("M", "M"),),
        cutoff=1.0,
    )
    schedule = ms.Schedule(steps=steps, equilibration=steps // 4, every=100)
    run = ms.simulate.Jax().run(potential, topology, start, ms.Langevin(150.0), schedule)
    curve = ms.analysis.rdf(run.trajectory, ("M", "M"), maximum=1.0)
    print(f"{run.observables['temperature'].mean():.1f} K, peak of g(r) {curve.y.max():.2f}")
    ms.export.write_lammps(potential, topology, start, out / "lammps")
