"""Shared fixtures; every annotation of molscape is checked while the tests run."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# An int may stand for a float, as everywhere in Python.
install_import_hook(
    "molscape", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
)

pytest_plugins = ("support.studies",)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the long validation too")


def pytest_configure(config):
    # Compiling is most of the work of the tests, and takes a third of the time with less
    # optimisation; `--slow` compiles as for users, and so do the examples in any run.
    if not config.getoption("--slow"):
        quick = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
        os.environ.setdefault("XLA_FLAGS", quick)


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="long validation: run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared_data():
    """Real data of others, beside the checkout or where MOLSCAPE_DATA points."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MOLSCAPE_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no data folder {folder}: set MOLSCAPE_DATA to the data sets' folder")
    return folder
