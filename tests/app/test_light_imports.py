"""What starts quickly stays so: these load none of the heavy packages."""

import subprocess
import sys
from pathlib import Path

import pytest

GRO = Path(__file__).parents[1] / "io" / "data" / "methanol_water.gro"

COMMAND = """
import sys
from molscape.app.command_line import main
sys.argv = ["molscape", *{arguments!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""

NUMERICS = {"jax", "jaxlib", "equinox", "optax", "plotly"}
START = NUMERICS | {"MDAnalysis", "scipy", "yaml"}


def command(*arguments):
    return COMMAND.format(arguments=arguments)


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        pytest.param("import molscape", START | {"pydantic"}, id="import"),
        pytest.param(command("--help"), START | {"pydantic"}, id="help"),
        # typer itself reads the arguments of a command with pydantic.
        pytest.param(command("run", "--help"), START, id="help of a command"),
        pytest.param(command("gallery"), NUMERICS, id="gallery"),
        pytest.param(command("inspect", str(GRO)), NUMERICS, id="inspect"),
        pytest.param(
            "from molscape.app.loading import load_recipe\nload_recipe('water')",
            NUMERICS,
            id="recipe",
        ),
    ],
)
def test_no_heavy_package_is_loaded(code, heavy):
    check = f"{code}\nimport sys\nprint('loaded:', *sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]
