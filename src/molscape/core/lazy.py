"""Names of a package that load when they are first used, so that importing it stays light."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def load(package: str, names: Mapping[str, str], name: str) -> Any:
    """Return an attribute for a package's `__getattr__`.

    Args:
        package: the package's `__name__`.
        names: for each public name "module" or "module.attribute" below the package, where the
            attribute has another name than the public one.
        name: what is asked for.

    Raises:
        AttributeError: if the name is not one of them.
    """
    if name not in names:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    module, _, attribute = names[name].partition(".")
    return getattr(importlib.import_module(f"{package}.{module}"), attribute or name)


def defer(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__` that loads these names of a package; see `load`."""
    return lambda name: load(package, names, name)
