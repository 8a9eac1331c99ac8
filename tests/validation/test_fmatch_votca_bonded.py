"""Force matching of bonds and angles beside VOTCA's csg_fmatch on the same all-atom trajectory."""

import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest

import molscape as ms
from molscape.features import angles, distances
from molscape.mapping.hand import Bead
from molscape.reference import making
from molscape.reference.schedule import SamplingSchedule

pytest.importorskip("openmm", reason="openmm is not installed")
pytestmark = pytest.mark.slow

STATE = ms.State(temperature=300.0)


@dataclass
class Study:
    """A mapping and terms; bonded ones by type and spacing, pairs by (start, end, spacing)."""

    molecule: str
    count: int
    beads: dict[str, tuple[str, list[str]]]
    bonded_xml: str
    bonded: dict[str, tuple[str, float]]
    pairs: dict[str, tuple[float, float, float]]


PROPANE = Study(
    "propane",
    1,
    {
        "E1": ("E", ["C1", "H11", "H12", "H13"]),
        "M": ("M", ["C2", "H21", "H22"]),
        "E2": ("E", ["C3", "H31", "H32", "H33"]),
    },
    "<bond><name>bond</name><beads>E1 M M E2</beads></bond>"
    "<angle><name>angle</name><beads>E1 M E2</beads></angle>",
    {"bond": ("E-M", 0.005), "angle": ("E-M-E", 0.05)},
    {},
)

METHANOL = Study(
    "methanol",
    200,
    {"C": ("C", ["C1", "H11", "H12", "H13"]), "O": ("O", ["O1", "H1"])},
    "<bond><name>bond</name><beads>C O</beads></bond>",
    {"bond": ("C-O", 0.005)},
    {"C-C": (0.3, 0.9, 0.02), "C-O": (0.26, 0.9, 0.02), "O-O": (0.24, 0.9, 0.02)},
)


def mapped(study, atoms):
    """The beads, and the range (start, end, spacing) of each bonded term, full of samples."""
    residue = str(atoms.topology.molecule_names[0])
    table = {name: Bead(residue, tuple(n), type=kind) for name, (kind, n) in study.beads.items()}
    beads = ms.mapping.by_hand(atoms.topology, table)(atoms)
    frames, ranges = beads.load(), {}
    box = None if frames.box is None else frames.box[:, None]
    for name, (label, spacing) in study.bonded.items():
        is_bond = label.count("-") == 1
        measure, members = (
            (distances, beads.topology.bonds) if is_bond else (angles, beads.topology.angles)
        )
        values = measure(frames.positions, members, box)
        ends = np.floor(values.min() / spacing), np.ceil(values.max() / spacing)
        ranges[name] = (*(round(float(end) * spacing, 6) for end in ends), spacing)
    return beads, ranges


def write_votca(study, atoms, ranges, folder):
    """Write the topology, the mapping and the options that csg_fmatch wants."""
    topology = atoms.topology
    residue = str(topology.molecule_names[0])
    members = topology.members(residue)[0]
    mass = {str(topology.names[i]): float(topology.masses[i]) for i in members}
    rows = "".join(
        f'<bead name="{n}" type="{n}" mass="{m}" q="0" resid="1" resname="{residue}"/>'
        for n, m in mass.items()
    )
    (folder / "topology.xml").write_text(
        f'<topology><molecules><molecule name="{residue}" nmols="{study.count}" '
        f'nbeads="{len(mass)}">{rows}</molecule></molecules></topology>'
    )
    beads = "".join(
        f"<cg_bead><name>{name}</name><type>{kind}</type><mapping>{name}</mapping>"
        f"<beads>{' '.join(f'1:{residue}:{atom}' for atom in names)}</beads></cg_bead>"
        for name, (kind, names) in study.beads.items()
    )
    maps = "".join(
        f"<map><name>{name}</name><weights>{' '.join(str(mass[n]) for n in names)}</weights></map>"
        for name, (_, names) in study.beads.items()
    )
    (folder / "mapping.xml").write_text(
        f"<cg_molecule><name>{residue}</name><ident>{residue}</ident><topology><cg_beads>{beads}"
        f"</cg_beads><cg_bonded>{study.bonded_xml}</cg_bonded></topology><maps>{maps}</maps>"
        "</cg_molecule>"
    )
    terms = [f"<bonded><name>{name}</name>{_range(r)}</bonded>" for name, r in ranges.items()]
    terms += [
        f"<non-bonded><name>{name}</name><type1>{name[0]}</type1><type2>{name[-1]}</type2>"
        f"{_range(r)}</non-bonded>"
        for name, r in study.pairs.items()
    ]
    (folder / "options.xml").write_text(
        f"<cg>{''.join(terms)}<fmatch><frames_per_block>{len(atoms)}</frames_per_block>"
        "<constrainedLS>true</constrainedLS></fmatch></cg>"
    )


def _range(limits):
    start, end, spacing = limits
    return (
        f"<fmatch><min>{start}</min><max>{end}</max><step>{spacing}</step>"
        f"<out_step>{spacing / 4}</out_step></fmatch>"
    )


def fitted(study, beads, ranges):
    """The same terms, fitted here."""
    terms = []
    for name, (label, _) in study.bonded.items():
        start, end, spacing = ranges[name]
        form = ms.potentials.BondSpline if label.count("-") == 1 else ms.potentials.AngleSpline
        intervals = round((end - start) / spacing)
        terms.append(form(types=(label,), start=start, end=end, intervals=intervals))
    for label, (start, end, spacing) in study.pairs.items():
        pair = ((label[0], label[-1]),)
        terms.append(ms.potentials.PairSpline(start=start, cutoff=end, spacing=spacing, pairs=pair))
    data = [(beads, STATE)]
    potential, options = ms.potentials.Sum(*terms), ms.fit.LinearOptions(ridge=0.0)
    return ms.fit.linear(potential, ms.objectives.ForceMatching(), data, options)


@pytest.mark.parametrize(
    ("study", "frames", "interval"),
    [(PROPANE, 3000, 0.1), (METHANOL, 200, 0.5)],
    ids=["propane", "methanol"],
)
def test_forces_agree_within_one_percent_where_sampled(
    study, frames, interval, tmp_path, monkeypatch
):
    if shutil.which("csg_fmatch") is None:
        pytest.skip("csg_fmatch is not installed: install VOTCA (Debian package `votca`)")

    def short(**given):
        return SamplingSchedule(**given, volume_equilibration=5.0)

    monkeypatch.setattr(making, "SamplingSchedule", short)
    making.make_reference(
        {study.molecule: study.count},
        tmp_path,
        making.MakingOptions(pressure=None, frames=frames, interval=interval, seed=1),
    )
    atoms = ms.open(tmp_path / "conf.gro", tmp_path / "traj.trr", guess_bonds=True)
    beads, ranges = mapped(study, atoms)
    write_votca(study, atoms, ranges, tmp_path)
    votca = ["csg_fmatch", "--top", "topology.xml", "--trj", "traj.trr"]
    votca += ["--options", "options.xml", "--cg", "mapping.xml"]
    subprocess.run(votca, cwd=tmp_path, check=True, capture_output=True)
    fit = fitted(study, beads, ranges)
    files = [*study.bonded, *study.pairs]
    for support, term, file in zip(fit.supports, fit.potential.terms(), files, strict=True):
        theirs = np.loadtxt(tmp_path / f"{file}.force", usecols=(0, 1))
        # Ends differ by choice: natural splines there, walls and no force at the cutoff here.
        # What is done at an end is felt two intervals further in where the force is steep.
        margin = 2 if file in study.pairs else 1
        low = support.start + (support.first + margin) * support.spacing
        high = support.start + (support.last + 1 - margin) * support.spacing
        inside = (theirs[:, 0] > low - 1e-9) & (theirs[:, 0] < high + 1e-9)
        x, expected = theirs[inside].T
        label = tuple(support.label.split("-")) if file in study.pairs else support.label
        ours = term.tabulate(x, label)[1]
        size = np.sqrt(np.mean(expected**2))
        difference = np.sqrt(np.mean((ours - expected) ** 2)) / size
        print(f"{study.molecule} {file}: {difference:.2%} of {size:.0f}, {low:.3f} to {high:.3f}")
        assert difference < 0.01
