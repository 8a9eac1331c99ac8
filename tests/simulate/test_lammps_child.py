"""The process that holds LAMMPS: what it is told to rebuild, and what it answers."""

import json

import numpy as np
import pytest

from molscape.simulate.lammps_child import ARRAYS, rebuild, serve

CODE = """
import numpy as np


class Stiff:
    @classmethod
    def rebuild(cls, settings, arrays):
        made = cls()
        made.settings, made.values = settings, arrays["values"]
        return made
"""


def test_a_class_is_found_by_its_file_where_no_path_leads_to_it(tmp_path):
    file = tmp_path / "someones_model.py"
    file.write_text(CODE)
    np.savez(tmp_path / ARRAYS, values=np.arange(3.0))
    said = {"module": "someones_model", "file": str(file), "class": "Stiff", "settings": {"k": 2}}
    made = rebuild(tmp_path, said)
    assert made.settings == {"k": 2}
    np.testing.assert_array_equal(made.values, np.arange(3.0))


def test_a_class_without_a_file_is_an_error(tmp_path):
    said = {"module": "no_such_module", "file": str(tmp_path / "gone.txt"), "class": "Stiff"}
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        rebuild(tmp_path, said)


def test_an_error_is_an_answer_and_the_next_request_is_read(tmp_path):
    requests, answers = tmp_path / "requests", tmp_path / "answers"
    requests.write_text('{"do": "run"}\n{"do": "evaluate"}\n')
    with requests.open() as given, answers.open("w") as written:
        serve(tmp_path, given, written)
    told = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [each["ok"] for each in told] == [False, False]
    assert "bridge.json" in told[0]["error"]
