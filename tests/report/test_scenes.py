import json
from dataclasses import replace

import numpy as np
import pytest

from molscape.core.record import Record
from molscape.report import Report, Scene, Section
from molscape.report.scenes import draw_scene, sphere


@pytest.mark.parametrize("subdivisions", [0, 1, 2])
def test_a_sphere_is_round_and_closed(subdivisions):
    points, faces = sphere(subdivisions)
    assert len(faces) == 20 * 4**subdivisions
    assert len(points) - len(faces) * 3 // 2 + len(faces) == 2  # Euler's formula
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0)
    corners = points[faces]
    volume = np.abs(np.linalg.det(corners)).sum() / 6
    assert 0.6 < volume / (4 / 3 * np.pi) < 1.0


def scene():
    return Scene(
        title="SOL",
        positions=np.array([[0.0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]]),
        elements=["O", "H", "H"],
        names=["OW", "HW1", "HW2"],
        bonds=np.array([[0, 1], [0, 2]]),
        beads=np.array([[0.01, 0.01, 0.0]]),
        radii=np.array([0.1]),
        types=["W"],
        caption="a bead",
    )


def test_a_scene_draws_beads_bonds_and_a_trace_for_each_element():
    drawn = draw_scene(scene())
    names = [trace.get("name") for trace in drawn["data"]]
    assert names == ["bead W", None, "H", "O"]
    bead = drawn["data"][0]
    far = np.array([bead[axis] for axis in "xyz"]).T - scene().beads[0]
    np.testing.assert_allclose(np.linalg.norm(far, axis=1), 0.1, rtol=1e-4)
    assert drawn["data"][1]["x"][2] is None
    json.dumps(drawn, allow_nan=False)


def test_a_type_of_bead_has_one_colour_in_all_scenes():
    def colours(types, palette=()):
        beads = np.arange(3.0 * len(types)).reshape(-1, 3)
        radii = np.full(len(types), 0.1)
        drawn = draw_scene(replace(scene(), beads=beads, radii=radii, types=types, palette=palette))
        spheres = [trace for trace in drawn["data"] if trace["type"] == "mesh3d"]
        return {trace["legendgroup"]: trace["color"] for trace in spheres}

    palette = ["A", "B", "C"]
    both = colours(["A", "B"], palette), colours(["C", "B"], palette)
    assert both[0]["B"] == both[1]["B"]
    assert len({both[0]["A"], both[0]["B"], both[1]["C"]}) == 3
    assert colours(["C", "B"])["C"] == colours(["A"])["A"]


def test_a_scene_stands_on_the_page(tmp_path):
    report = Report(Record(title="a study", seed=0), [Section("Mapping", "", [scene()])])
    page = report.save(tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'aria-label="SOL"' in page
    assert "mesh3d" in page
