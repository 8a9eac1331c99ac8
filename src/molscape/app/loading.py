"""Recipes from YAML: files, the gallery, and changes by `--set`."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from molscape.app.explaining import explain
from molscape.studies.blocks.head import RecipeHead
from molscape.studies.blocks.keys import RecipeError, set_key
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.kinds import KINDS, kind_of


class _UniqueKeys(yaml.SafeLoader):
    """Reads YAML as usual, but takes no key twice: the first would be lost without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the mapping as it is written, or raise for a key that comes twice."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key_node, _ in node.value:
            key, tag = key_node.value, key_node.tag.rpartition(":")[2]
            if tag not in ("str", "merge"):
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f"the key {key!r} is no text for YAML: put it in quotes",
                    key_node.start_mark,
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} comes twice", key_node.start_mark
                )
            seen.add(key)
        return node


def gallery() -> dict[str, dict[str, Any]]:
    """Return the recipes that come with the package, by name."""
    folder = resources.files("molscape.recipes")
    found = sorted(item for item in folder.iterdir() if item.name.endswith(".yaml"))  # type: ignore[type-var]
    return {
        item.name.removesuffix(".yaml"): yaml.safe_load(item.read_text(encoding="utf-8"))
        for item in found
    }


def load_recipe(
    name: str, overrides: list[str] | None = None, quick: bool = False
) -> tuple[RecipeHead, Path]:
    """Load a YAML file or a gallery recipe and check it.

    Args:
        name: path of a YAML file, or the name of a gallery recipe.
        overrides: "key.path=value" changes, values read as YAML.
        quick: apply the recipe's own `quick` changes first.

    Returns:
        The recipe, and the folder that relative paths in it start from.

    Raises:
        RecipeError: if there is no such recipe, it is not YAML, or a key or value does not fit.
    """
    plain, base = _read(name)
    changes = dict(plain.get("quick") or {}) if quick else {}
    if quick and not changes:
        raise RecipeError(f"{name} has no `quick` block: run it without --quick, or add one")
    for item in overrides or []:
        key, separator, value = item.partition("=")
        if not separator or not key:
            raise RecipeError(f"--set {item!r}: write it as key.path=value")
        changes[key.strip()] = yaml.safe_load(value)
    for key, value in changes.items():
        set_key(plain, key, value)
    try:
        recipe_class = kind_of(plain.get("kind", KINDS[0].name)).recipe_class()
    except ValueError as error:
        raise RecipeError(f"{name}: {error}") from None
    try:
        return recipe_class.model_validate(plain), base
    except ValidationError as error:
        raise RecipeError(explain(error, plain, name, recipe_class)) from None


def _read(name: str) -> tuple[dict[str, Any], Path]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise RecipeError(f"there is no recipe file {name}: check the path")
        text, base = path.read_text(encoding="utf-8"), path.resolve().parent
    else:
        recipe = resources.files("molscape.recipes").joinpath(f"{name}.yaml")
        if not recipe.is_file():
            names = sorted(gallery())
            near = difflib.get_close_matches(name, names, n=1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise RecipeError(
                f"no recipe {name!r}{hint}: the gallery has {', '.join(names)}; or give a YAML file"
            )
        text, base = recipe.read_text(encoding="utf-8"), Path.cwd()
    try:
        plain = yaml.load(text, _UniqueKeys)
    except yaml.YAMLError as error:
        raise RecipeError(f"{name} is not valid YAML: {error}") from None
    if not isinstance(plain, dict):
        raise RecipeError(
            f"{name} is not a recipe: it must be a table of keys, see `molscape gallery`"
        )
    return plain, base


def simulate_block(plain: dict[str, Any], overrides: list[str] | None) -> SimulateBlock:
    """Return a checked `simulate` block from plain values and "key=value" changes.

    Raises:
        RecipeError: if a key or value does not fit.
    """
    block: dict[str, Any] = {"simulate": dict(plain)}
    for item in overrides or []:
        key, separator, value = item.partition("=")
        if not separator:
            raise RecipeError(f"--set {item!r}: write it as key=value")
        set_key(block, f"simulate.{key.strip()}", yaml.safe_load(value))
    try:
        return SimulateBlock.model_validate(block["simulate"])
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise RecipeError(f"simulate.{where}: {problem['msg']}") from None
