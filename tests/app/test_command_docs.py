"""Commands that the documentation shows exist, with the options shown."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from molscape.app.command_line import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = typer.main.get_command(app).commands


def _shown(program):
    for page in PAGES:
        for block in re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            for line in block.splitlines():
                if line.startswith(program + " "):
                    yield pytest.param(line, id=f"{page.relative_to(ROOT)}: {line}")


@pytest.mark.parametrize("line", list(_shown("molscape")))
def test_shown_commands_parse(line):
    _, name, *arguments = shlex.split(line, comments=True)
    context = COMMANDS[name].make_context(name, arguments)
    assert context.info_name == name


@pytest.mark.parametrize("line", list(_shown("make")))
def test_shown_make_targets_exist(line):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert shlex.split(line, comments=True)[1] in targets
