import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("molscape"))


def run(*arguments, **options):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, **options)


def test_help_lists_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in ("run", "gallery", "check", "inspect", "compare", "simulate", "export"):
        assert command in done.stdout


def test_gallery_names_the_demo():
    assert "water" in run("gallery").stdout


def test_an_error_is_one_line_without_a_trace():
    done = run("check", "water", "--set", "simulate.stepss=3")
    assert done.returncode == 2
    assert "did you mean 'steps'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_version_is_printed():
    from molscape import __version__

    assert run("--version").stdout.strip() == f"molscape {__version__}"


def test_a_missing_file_is_named(tmp_path):
    done = run("inspect", str(tmp_path / "nothing.gro"))
    assert done.returncode == 2
    assert "nothing.gro" in done.stderr
    assert "Traceback" not in done.stderr


def test_inspect_tells_what_a_folder_holds(shared_data):
    done = run(
        "inspect", str(shared_data / "water-aimd"), env={"COLUMNS": "200", "PATH": "/usr/bin"}
    )
    assert done.returncode == 0, done.stderr
    for fact in ("192", "64 x H2O", "400", "0.9934 g/cm³", "eV", "forces"):
        assert fact in done.stdout


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ValueError("no such thing"), 2, "molscape: no such thing"),
        (FileNotFoundError("there is no x"), 2, "there is no x"),
        (RuntimeError("the run broke down"), 3, "the run broke down"),
        (ImportError("openmm is not installed"), 3, "not installed"),
        (OSError(28, "No space left"), 3, "the disk is full"),
        (KeyboardInterrupt(), 130, "run the same command again"),
        (KeyError("lost"), 70, "an error of molscape, not of your input"),
    ],
)
def test_exit_codes_tell_refusals_failures_and_bugs_apart(monkeypatch, capsys, error, code, words):
    from molscape.app import command_line
    from molscape.app.commands import gallery

    def failing():
        raise error

    monkeypatch.setattr(gallery, "list_gallery", failing)
    monkeypatch.setattr(sys, "argv", ["molscape", "gallery"])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == code
    told = capsys.readouterr().err
    assert words in told
    assert ("Traceback" in told) == (code == 70)
