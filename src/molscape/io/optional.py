"""Libraries that only some formats need, loaded when such a file is opened."""

from __future__ import annotations

import importlib
from typing import Any


def load_reader(module: str, what: str) -> Any:
    """Return a module that reads a format.

    Args:
        module: its dotted name, such as "MDAnalysis.lib.formats.libmdaxdr".
        what: the format, for the message, such as "GROMACS XTC files".

    Raises:
        ImportError: if the library is not installed, naming the remedy.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.split(".")[0]
        raise ImportError(
            f"{what} are read with {library}, which is not installed: "
            '`pip install "molscape[readers]"`'
        ) from error
