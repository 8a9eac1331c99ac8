import shutil
import subprocess

import jax
import numpy as np
import pytest

from molscape import potentials
from molscape.core import terms
from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.units import BAR
from molscape.export import write_gromacs
from molscape.simulate import OpenMM
from molscape.simulate.schedule import Schedule
from support.fluids import MONATOMIC_WATER

BOX = np.array([[2.3, 0, 0], [0.6, 2.2, 0], [-0.4, 0.5, 2.4]])
CURVES = {2: lambda r: 40 * np.sin(5 * r), 3: lambda t: 9 * np.cos(2 * t),
          4: lambda t: 5 * np.sin(3 * t)}  # fmt: skip


class Tables(Potential):
    """Bonded tables known by their terms alone."""

    kind = "tables"

    def __call__(self, system, positions, box, neighbours):
        raise NotImplementedError

    @property
    def reach(self):
        return 0.0

    def lower(self):
        def table(types, x):
            curve = CURVES[len(types)]
            slope = (curve(x + 1e-6) - curve(x - 1e-6)) / 2e-6
            return terms.BondedTable(types, x, curve(x), -slope)

        return (
            table(("A", "B"), np.linspace(0.0, 1.2, 4001)),
            table(("B", "B"), np.linspace(0.0, 1.2, 4001)),
            table(("A", "B", "B"), np.linspace(0.0, np.pi, 4001)),
            table(("A", "B", "B", "A"), np.linspace(-np.pi, np.pi, 4001)),
        )

    def settings(self):
        return {}

    def arrays(self):
        return {}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls()


def chains(charged=False, mixed=False):
    """Sixteen chains A-B-B-A and sixteen beads C; `mixed` numbers them through each other."""
    axes = [np.arange(4)] * 3
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    random = np.random.default_rng(4)
    positions = (grid / 4) @ BOX + 0.04 * random.normal(size=(64, 3))
    positions = np.concatenate([positions, (grid[:16] / 4 + 0.125) @ BOX])
    rows = np.arange(64).reshape(-1, 4)
    names = np.array(list("ABBA") * 16 + ["C"] * 16)
    molecules = np.concatenate([np.repeat(np.arange(16), 4), 16 + np.arange(16)])
    charges = np.where(names == "A", 0.4, np.where(names == "B", -0.5, 0.2)) * charged
    order = np.arange(80)
    if mixed:
        order = np.concatenate([rows.T.ravel()[:10], np.arange(64, 80), rows.T.ravel()[10:]])
    new = np.argsort(order)
    lists = [np.concatenate([rows[:, k : k + w] for k in range(5 - w)]) for w in (2, 3, 4)]
    topology = Topology.build(
        names[order], masses=np.where(names == "A", 30.0, 20.0)[order], charges=charges[order],
        molecules=molecules[order], molecule_names=["chain"] * 16 + ["free"] * 16,
        bonds=new[lists[0]], angles=new[lists[1]], dihedrals=new[lists[2]], exclude_within=2,
    )  # fmt: skip
    return topology, Frames(positions[order][None], BOX[None], whole=True)


def lennard_jones(smooth="shift", cutoff=0.9):
    return potentials.LennardJones(
        epsilon=[0.8, 1.1, 0.9, 0.5], sigma=[0.31, 0.33, 0.34, 0.3], cutoff=cutoff, smooth=smooth,
        pairs=(("A", "A"), ("A", "B"), ("B", "B"), ("C", "B")),
    )  # fmt: skip


def bonded():
    return (
        potentials.HarmonicBonds(types=("A-B", "B-B"), stiffness=[90.0, 70.0], length=[0.5, 0.6]),
        potentials.HarmonicAngles(types=("A-B-B",), stiffness=[40.0], angle=[2.3]),
        potentials.PeriodicDihedrals(
            types=("A-B-B-A",), stiffness=[6.0], multiplicity=[3], phase=[0.5]
        ),
    )


def spline():
    empty = potentials.PairSpline(
        start=0.2, cutoff=0.9, spacing=0.02, pairs=(("A", "A"), ("B", "A"), ("B", "B"))
    )
    r = 0.2 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = ((0.3 / r) ** 8 - (0.3 / r) ** 4) * (1 - r / 0.9) ** 2
    return empty.with_parameters(np.outer([3.0, 5.0, 4.0], curve))


def gromacs(folder, *arguments, text=""):
    """Run a GROMACS command, skipping where there is none."""
    if shutil.which("gmx") is None:
        pytest.skip("GROMACS (gmx) is not installed")
    return subprocess.run(
        ["gmx", *arguments], cwd=folder, input=text, capture_output=True, text=True, check=False
    )


def energies_of_gromacs(folder):
    """The energies by name that `gmx mdrun` finds for the start, with the README's commands."""
    lines = (folder / "README.txt").read_text().splitlines()
    grompp, mdrun = (line.split() for line in lines if line.startswith("    gmx"))
    done = gromacs(folder, *grompp[1:])
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    done = gromacs(folder, *mdrun[1:], "-nt", "1", "-g", "run.log")
    assert done.returncode == 0, done.stderr
    text = (folder / "run.log").read_text()
    rows = text[text.index("Energies (kJ/mol)") :].splitlines()[1:]
    names, values = [], []
    for line in rows:
        if not line.strip():
            break
        cells = [line[k : k + 15].strip() for k in range(0, len(line), 15)]
        try:
            values += [float(cell) for cell in cells if cell]
        except ValueError:
            names += [cell for cell in cells if cell]
    return dict(zip(names, values, strict=True))


def double(build):
    with jax.enable_x64(True):
        return build()


@pytest.mark.parametrize("mixed", [False, True])
def test_gromacs_gives_the_energy_of_a_lennard_jones_model(tmp_path, mixed):
    topology, frames = chains(mixed=mixed)
    potential = double(lambda: potentials.Sum(lennard_jones(), *bonded()))
    write_gromacs(potential, topology, frames, tmp_path)
    energies = energies_of_gromacs(tmp_path)
    exact = OpenMM().evaluate(potential, topology, frames).energies[0]
    assert energies["Potential"] == pytest.approx(exact, rel=2e-5)


def test_gromacs_reads_the_bonded_tables(tmp_path):
    topology, frames = chains()
    write_gromacs(Tables(), topology, frames, tmp_path)
    energies = energies_of_gromacs(tmp_path)
    exact = OpenMM().evaluate(Tables(), topology, frames).energies[0]
    assert energies["Potential"] == pytest.approx(exact, rel=2e-5)


@pytest.mark.parametrize("method", ["reaction_field", "ewald"])
def test_gromacs_gives_the_energy_of_charges(tmp_path, method):
    topology, frames = chains(charged=True)
    free = topology.replace(exclude_within=0)
    more = {"box": BOX} if method == "ewald" else {"reaction_field_dielectric": 6.0}
    potential = double(
        lambda: potentials.Coulomb(cutoff=0.9, dielectric=3.0, method=method, **more)
    )
    if method == "ewald":
        free = free.replace(charges=free.charges - free.charges.mean())
    write_gromacs(potential, free, frames, tmp_path)
    energies = energies_of_gromacs(tmp_path)
    exact = OpenMM().evaluate(potential, free, frames).energies[0]
    if method == "reaction_field":
        # The constant energy of each charge with itself, which the README tells of.
        k = (6.0 - 1) / (2 * 6.0 + 1) / 0.9**3
        exact -= 0.5 * 138.93545764 / 3.0 * (1 / 0.9 + k * 0.81) * np.sum(free.charges**2)
    assert energies["Potential"] == pytest.approx(exact, rel=2e-4)


@pytest.mark.parametrize(
    "ensemble",
    [
        NVE(300.0),
        Langevin(300.0, 2.0),
        Brownian(300.0, 80.0),
        NoseHoover(300.0, 0.2, barostat=Barostat(100 * BAR)),
    ],
    ids=["nve", "langevin", "brownian", "nose-hoover-barostat"],
)
def test_gromacs_takes_the_run_parameters(tmp_path, ensemble):
    topology, frames = chains()
    potential = potentials.Sum(lennard_jones(), *bonded())
    schedule = Schedule(steps=1000, timestep=0.004, every=100, equilibration=200)
    write_gromacs(potential, topology, frames, tmp_path, ensemble=ensemble, schedule=schedule)
    done = gromacs(tmp_path, "grompp", "-c", "conf.gro", "-n", "index.ndx", "-o", "t.tpr",
                   "-maxwarn", "1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "grompp.mdp").read_text()
    assert "nsteps = 1200" in text
    assert ("ref-p = 100" in text) == (getattr(ensemble, "barostat", None) is not None)
    if isinstance(ensemble, Langevin):
        assert "tau-t = 0.5" in text


def test_pair_tables_are_the_model_and_need_an_old_gromacs(tmp_path):
    topology, frames = chains()
    potential = double(lambda: potentials.Sum(spline(), lennard_jones("force"), *bonded()))
    files = write_gromacs(potential, topology, frames, tmp_path)
    names = {file.name for file in files}
    assert {"table.xvg", "table_A_A.xvg", "table_A_B.xvg", "table_B_B.xvg",
            "table_B_C.xvg"} < names  # fmt: skip
    parts = double(lambda: (spline(), lennard_jones("force")))
    for one, two in (("A", "A"), ("A", "B"), ("B", "B"), ("B", "C")):
        table = np.loadtxt(tmp_path / f"table_{one}_{two}.xvg")
        assert table.shape[1] == 7
        assert table[0, 0] == 0.0
        assert table[-1, 0] >= 1.9
        r = table[:, 0]
        assert not table[:, 1:5].any()
        assert not table[r >= 0.9, 5:].any()
        for part_r in (r[(r > 0.2) & (r < 0.9)],):
            energy = sum(part.tabulate(part_r, (one, two))[0] for part in parts)
            force = sum(part.tabulate(part_r, (one, two))[1] for part in parts)
            inside = (r > 0.2) & (r < 0.9)
            np.testing.assert_allclose(table[inside, 5], energy, rtol=1e-6, atol=1e-6)
            np.testing.assert_allclose(table[inside, 6], force, rtol=1e-6, atol=1e-5)
        slope = np.gradient(table[:, 5], r)
        middle = (r > 0.25) & (r < 0.89)
        scale = np.abs(table[middle, 6]).max()
        assert np.abs(slope + table[:, 6])[middle].max() < 1e-3 * scale
        assert np.abs(table[:, 5:]).max() < 1e12
    text = (tmp_path / "grompp.mdp").read_text()
    assert "energygrp-table = A A  A B  B B  B C" in text
    assert "cutoff-scheme = group" in text
    assert "2019" in (tmp_path / "README.txt").read_text()
    done = gromacs(tmp_path, "grompp", "-c", "conf.gro", "-n", "index.ndx", "-o", "t.tpr")
    if "2019" not in done.stderr[:400]:
        assert done.returncode != 0


def test_a_reaction_field_between_excluded_charges_goes_into_the_tables(tmp_path):
    topology, frames = chains(charged=True)
    potential = potentials.Sum(
        lennard_jones(),
        potentials.Coulomb(cutoff=0.9, dielectric=4.0, reaction_field_dielectric=6.0),
    )
    write_gromacs(potential, topology, frames, tmp_path)
    table = np.loadtxt(tmp_path / "table.xvg")
    r = table[1000, 0]
    k = (6.0 - 1) / (2 * 6.0 + 1) / 0.9**3
    assert table[1000, 1] == pytest.approx(1 / r + k * r * r - 1 / 0.9 - k * 0.81)
    assert table[1000, 2] == pytest.approx(1 / r**2 - 2 * k * r)
    text = (tmp_path / "topol.top").read_text()
    atom = next(line for line in text.splitlines() if line.startswith("1 A 1"))
    assert float(atom.split()[6]) == pytest.approx(0.4 / 2)
    assert "coulombtype = user" in (tmp_path / "grompp.mdp").read_text()


def test_molecules_groups_and_positions_are_in_one_order(tmp_path):
    topology, frames = chains(mixed=True)
    write_gromacs(lennard_jones(), topology, frames, tmp_path)
    text = (tmp_path / "topol.top").read_text()
    assert text.split("[ molecules ]")[1] == "\nchain 16\nfree 16\n"
    lines = (tmp_path / "conf.gro").read_text().splitlines()[2:82]
    assert [line[10:15].strip() for line in lines] == list("ABBA") * 16 + ["C"] * 16
    written = np.array([line[20:56].split() for line in lines], dtype=float)
    np.testing.assert_allclose(written, chains()[1].positions[0], atol=1e-6)
    groups = (tmp_path / "index.ndx").read_text().split("[ C ]\n")[1].split()
    assert groups == [str(k) for k in range(65, 81)]


def test_what_gromacs_cannot_have_is_refused(tmp_path):
    topology, frames = chains()
    with pytest.raises(ValueError, match="periodic box"):
        write_gromacs(lennard_jones(), topology, frames.replace(box=None), tmp_path)
    many = potentials.StillingerWeber(type="C", **MONATOMIC_WATER)
    with pytest.raises(ValueError, match=r"StillingerWeber.*GROMACS.*LAMMPS or OpenMM"):
        write_gromacs(many, topology, frames, tmp_path)
    with pytest.raises(ValueError, match="half the box"):
        write_gromacs(lennard_jones(cutoff=1.3), topology, frames, tmp_path)
