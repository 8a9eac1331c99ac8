"""Units: nm, ps, u, kJ/mol, K and e inside; converted only where files are read or written.

Derived inside units: velocity nm/ps, force kJ/mol/nm, pressure kJ/mol/nm^3, density u/nm^3,
diffusion nm^2/ps. They are consistent: 1 u nm^2/ps^2 = 1 kJ/mol.

Sources: CODATA 2018 exact constants (k_B, N_A, e); 1 cal = 4.184 J.
"""

from dataclasses import dataclass

BOLTZMANN = 1.380649e-23 * 6.02214076e23 / 1000.0
"""Boltzmann constant in kJ/mol/K."""

ANGSTROM = 0.1
"""One ångström in nm."""

KILOCALORIE = 4.184
"""One kcal/mol in kJ/mol."""

ELECTRONVOLT = 1.602176634e-19 * 6.02214076e23 / 1000.0
"""One electronvolt in kJ/mol."""

FEMTOSECOND = 1e-3
"""One femtosecond in ps."""

BAR = 1e5 * 1e-27 * 6.02214076e23 / 1000.0
"""One bar in kJ/mol/nm^3."""

ATMOSPHERE = 1.01325 * BAR
"""One standard atmosphere in kJ/mol/nm^3."""

GRAM_PER_CUBIC_CENTIMETRE = 6.02214076e23 * 1e-21
"""One g/cm^3 in u/nm^3."""

SQUARE_CENTIMETRE_PER_SECOND = 1e14 * 1e-12
"""One cm^2/s in nm^2/ps."""

COULOMB_CONSTANT = 138.93545764
"""Coulomb constant 1/(4 pi epsilon_0) in kJ/mol nm/e^2 (CODATA 2018)."""


def thermal_energy(temperature: float) -> float:
    """Return kT in kJ/mol at a temperature in K."""
    return BOLTZMANN * temperature


@dataclass(frozen=True)
class FileUnits:
    """What one unit of a file is worth inside: multiply a file's number by the factor.

    `name` is printed to the user, e.g. "LAMMPS real (Å, fs, kcal/mol)".
    """

    name: str
    length: float
    time: float
    energy: float
    mass: float = 1.0
    charge: float = 1.0

    @property
    def velocity(self) -> float:
        """Factor from file velocity to nm/ps."""
        return self.length / self.time

    @property
    def force(self) -> float:
        """Factor from file force to kJ/mol/nm."""
        return self.energy / self.length


GROMACS = FileUnits("GROMACS (nm, ps, kJ/mol)", 1.0, 1.0, 1.0)
LAMMPS_REAL = FileUnits("LAMMPS real (Å, fs, kcal/mol)", ANGSTROM, FEMTOSECOND, KILOCALORIE)
LAMMPS_METAL = FileUnits("LAMMPS metal (Å, ps, eV)", ANGSTROM, 1.0, ELECTRONVOLT)
DEEPMD = FileUnits("DeePMD (Å, fs, eV)", ANGSTROM, FEMTOSECOND, ELECTRONVOLT)
