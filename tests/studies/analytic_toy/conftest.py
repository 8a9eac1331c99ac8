"""One small toy that is run, and one whose answers are known without running."""

import io
import json

import pytest
from rich.console import Console

from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.core.record import Record
from molscape.studies.analytic_toy.numbers import add_toy_numbers
from molscape.studies.analytic_toy.run import run_toy
from support.toys import SMALL, drawn_toy, drawn_x, exact_model, run_of


@pytest.fixture(scope="session")
def small():
    return load_recipe("toy-2d", SMALL)[0]


@pytest.fixture(scope="session")
def folder(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("toy")
    run_toy(small, path, path, Terminal(Console(file=io.StringIO())))
    return path


@pytest.fixture(scope="session")
def record(folder):
    return Record.from_dict(json.loads((folder / "record.json").read_text()))


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """A study, its models and results: the closed form as both, whose numbers are added."""
    study = drawn_toy(tmp_path_factory.mktemp("known"), Terminal(Console(file=io.StringIO())))
    models = {
        "terms": exact_model(study, "terms"),
        "net": exact_model(study, "net", "train", slope=0.5),
    }
    runs = {name: run_of(drawn_x(500)) for name in models}
    return study, models, add_toy_numbers(study, models, runs)
