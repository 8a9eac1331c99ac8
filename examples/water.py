"""One-bead water by force matching, from Python: map, fit, run, compare, report, export.

Run it with `python examples/water.py`; a number behind it sets the steps of the run.
"""

import sys
from pathlib import Path

import molscape as ms

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
out = Path(sys.argv[2] if len(sys.argv) > 2 else "runs/water-python")

data = ms.reference.shipped("spce-300")
atoms = ms.open(data / "conf.gro", data / "traj.trr")  # lazy: frames are read when needed
mapping = ms.mapping.by_hand(atoms.topology, {"W": {"molecule": "SOL", "atoms": ["OW", "HW*"]}})
beads = mapping(atoms)  # a trajectory too, with forces

spline = ms.potentials.PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=(("W", "W"),))
fit = ms.fit.linear(spline, ms.objectives.ForceMatching(), [(beads, ms.State(300.0))])
loss = fit.force_loss
print(f"force loss {loss.validation:.0f} (kJ/mol/nm)^2, {100 * loss.explained:.1f} % explained")

schedule = ms.Schedule(steps=steps, equilibration=steps // 4, every=200)
start = beads[0].replace(velocities=None)  # new velocities at the temperature asked for
run = ms.simulate.Jax().run(fit.potential, beads.topology, start, ms.Langevin(300.0), schedule)
print(f"{run.nanoseconds_per_day:.0f} ns/day, {run.observables['temperature'].mean():.1f} K")

report = ms.overview({"all-atom": beads, "forces": run}, ["rdf", "angles"])
distance = report.record["forces.rdf.W-W.distance"]
print(f"|dg| {distance.value:.3f} +- {distance.error:.3f} nm, floor {distance.floor:.3f} nm")
print(report.save(out / "report.html"))
ms.export.write_lammps(fit.potential, beads.topology, start, out / "lammps")
