"""One-bead water by force matching, from Python: map, fit, run, compare, report, export.

Run it with `python examples/water.py`; a number behind it sets the steps of the run.
"""

import sys
from pathlib import Path

import molscape as ms
from molscape.core.record import Record
from molscape.report import Line, Report, Section, rdf_plot

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
out = Path(sys.argv[2] if len(sys.argv) > 2 else "runs/water-python")

folder = ms.reference.shipped("spce-300")
atoms = ms.open(folder / "conf.gro", folder / "traj.trr")  # lazy: frames are read when needed
mapping = ms.mapping.by_hand(atoms.topology, {"W": {"molecule": "SOL", "atoms": ["OW", "HW*"]}})
beads = mapping(atoms)  # a trajectory too, with forces

spline = ms.potentials.PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=(("W", "W"),))
fit = ms.fit.linear(spline, ms.objectives.ForceMatching(), [(beads, ms.State(300.0))])
print(f"force loss {fit.validation_loss:.0f} (kJ/mol/nm)^2, {100 * fit.explained:.1f} % explained")

schedule = ms.simulate.Schedule(steps=steps, equilibration=steps // 4, every=200)
start = beads[0].replace(velocities=None)  # new velocities at the temperature asked for
run = ms.simulate.jax(fit.potential, beads.topology, start, ms.Langevin(300.0), schedule)
print(f"{run.nanoseconds_per_day:.0f} ns/day, {run.observables['temperature'].mean():.1f} K")

reference = ms.analysis.rdf_blocks(beads, ("W", "W"), maximum=1.0)
model = ms.analysis.rdf_blocks(run.trajectory, ("W", "W"), maximum=1.0)
distance, error = ms.analysis.distance_with_error(reference, model)
floor, _ = ms.analysis.floor(reference)
record = Record("One-bead water from Python", seed=schedule.seed)
record.add("forces.rdf.W-W.distance", distance, "nm", error=error, floor=floor)
print(f"|dg| {distance:.3f} +- {error:.3f} nm, floor {floor:.3f} nm")

curves = [Line(reference.curve(), "all-atom", "reference"), Line(model.curve(), "forces")]
print(Report(record, [Section("Structure", figures=[rdf_plot(curves)])]).save(out / "report.html"))
ms.export.write_lammps(fit.potential, beads.topology, start, out / "lammps")
