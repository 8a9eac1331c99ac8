"""Force-field files of the package: their templates and their constants with sources."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree

from molscape.reference.molecules import FORCE_FIELDS, known
from molscape.reference.system import Published

_TERMS = {
    "HarmonicBondForce": {"length": "nm", "k": "kJ/mol/nm^2"},
    "HarmonicAngleForce": {"angle": "radian", "k": "kJ/mol/radian^2"},
    "PeriodicTorsionForce": {"k1": "kJ/mol", "k2": "kJ/mol", "k3": "kJ/mol"},
}


@dataclass(frozen=True)
class Template:
    """Atoms (name, type, element; element "" for a massless site), bonds by atom name, mass (u)."""

    atoms: tuple[tuple[str, str, str], ...]
    bonds: tuple[tuple[str, str], ...]
    mass: float


@cache
def _read(file: str) -> ElementTree.Element:
    return ElementTree.parse(FORCE_FIELDS / f"{file}.xml").getroot()


def template(name: str) -> Template:
    """Return the residue template of a known molecule."""
    root = _read(known(name).file)
    elements = {t.get("name"): t.get("element", "") for t in root.iter("Type")}
    residue = root.find(f"./Residues/Residue[@name='{name}']")
    assert residue is not None, name
    atoms = tuple(
        (str(a.get("name")), str(a.get("type")), elements[a.get("type")])
        for a in residue.findall("Atom")
    )
    bonds = tuple(
        (str(b.get("atomName1")), str(b.get("atomName2"))) for b in residue.findall("Bond")
    )
    masses = {t.get("name"): float(t.get("mass", "0")) for t in root.iter("Type")}
    return Template(atoms, bonds, sum(masses[kind] for _, kind, _ in atoms))


def constants(names: Iterable[str]) -> dict[str, Published]:
    """Return every published number that the forces of some molecules are made from."""
    found: dict[str, Published] = {}
    for name in names:
        root = _read(known(name).file)
        sources = {s.get("id"): s.text or "" for s in root.iter("Source")}
        types = {kind for _, kind, _ in template(name).atoms}
        classes = {t.get("class") for t in root.iter("Type") if t.get("name") in types} | {""}
        for atom in root.iterfind("./NonbondedForce/Atom"):
            if atom.get("type") in types:
                source = sources[atom.get("source")]
                for key, unit in (("charge", "e"), ("sigma", "nm"), ("epsilon", "kJ/mol")):
                    number = float(atom.get(key, "nan"))
                    if key == "charge" or float(atom.get("epsilon", "0")) > 0:
                        found[f"{atom.get('type')} {key}"] = Published(number, unit, source)
        for force, units in _TERMS.items():
            for term in root.iterfind(f"./{force}/*"):
                members = [v for k, v in term.attrib.items() if k.startswith("class")]
                if not classes.issuperset(members):
                    continue
                label = "-".join(member or "*" for member in members)
                for key, unit in units.items():
                    if key == "k" and known(name).file == "water":
                        continue  # water is rigid: the file's stiffness is never used
                    if key not in term.attrib:
                        continue
                    number = float(term.attrib[key])
                    degrees = unit == "radian"
                    found[f"{term.tag.lower()} {label} {key}"] = Published(
                        round(math.degrees(number), 9) if degrees else number,
                        "degree" if degrees else unit,
                        sources[term.get("source")],
                    )
    return found
