"""The state points of a study: each with its atoms, its beads and its temperature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from molscape.core.state import State
from molscape.core.store import Store
from molscape.core.topology import Topology
from molscape.studies.blocks.reference import Reference
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.parts.learning import Learning, learning_settings
from molscape.studies.parts.mapped import map_reference
from molscape.studies.parts.state_points import MAIN, StatePoint


def open_states(study: CoarseGrainingStudy, only_read: bool = False) -> list[StatePoint]:
    """Open or make, and map, the reference of every state; the main one comes first.

    Args:
        study: recipe, folders and display; inputs and notes go into its record.
        only_read: whether the study is finished, perhaps by an earlier version: a mapping that it
            learned is then taken as it is.
    """
    recipe, folder = study.recipe, study.folder
    points = [_open(study, MAIN, recipe.reference, folder, only_read)]
    main = points[0]
    check_temperature(recipe.simulate.temperature, main.state)
    learning = _learning(study, list(study.checksums), only_read)
    for name, block in recipe.states.items():
        if block.reference is not None:
            own = folder / "states" / name
            found = _open(study, name, block.reference, own, only_read, learning)
            points.append(replace(found, fit=block.fit))
        else:
            assert block.temperature is not None
            state = replace(main.state, temperature=block.temperature)
            points.append(replace(main, name=name, state=state, measured=False, fit=False))
    check_types([point.beads.topology for point in points])
    return points


def check_types(topologies: list[Topology]) -> None:
    """Refuse states whose references were mapped to different beads.

    Raises:
        ValueError: if the bead types differ.
    """
    kinds = {tuple(sorted({str(t) for t in topology.types})) for topology in topologies}
    if len(kinds) > 1:
        told = "; ".join(", ".join(names) for names in sorted(kinds))
        raise ValueError(
            f"the states have different bead types ({told}): map all references to the same beads"
        )


def check_temperature(asked: float | None, state: State) -> None:
    """Refuse to compare runs at one temperature with a reference at another.

    Raises:
        ValueError: if `asked` (K) is not the state's temperature.
    """
    if asked is not None and abs(asked - state.temperature) > 1e-3 * state.temperature:
        raise ValueError(
            f"simulate.temperature is {asked:g} K, the reference is at {state.temperature:g} K: "
            "a run at one state cannot be judged by a reference at another; leave it out, and add "
            f"`states: {{other: {{temperature: {asked:g}}}}}` to see the model there"
        )


def _learning(study: CoarseGrainingStudy, checksums: list[str], only_read: bool) -> Learning:
    """Return where a mapping learned from the main reference is kept, and what decides it."""
    recipe = study.recipe
    block, seed, settings = recipe.mapping.autoencoder, recipe.seed, None
    if block is not None:
        settings = learning_settings(recipe.reference, block, checksums, seed)
    store = Store(study.folder / "mapping")
    return Learning(store, settings, seed, study.display, only_read)


def _open(
    study: CoarseGrainingStudy,
    name: str,
    block: Reference,
    folder: Path,
    only_read: bool,
    learning: Learning | None = None,
) -> StatePoint:
    """Open and map a reference; `learning` gives beads that were learned from another one."""
    what = f" {name}" if name else ""
    record = study.record
    with study.stage(f"reference{what}"):
        atoms = block.open(replace(study.place, folder=folder))
        checksums = study.add_inputs(atoms)
        record.notes += [note for note in atoms.trajectory.notes if note not in record.notes]
    with study.stage(f"mapping{what}"):
        learning = learning or _learning(study, checksums, only_read)
        mapping = study.recipe.mapping.build(atoms.trajectory, learning)
        record.notes += [note for note in mapping.notes if note not in record.notes]
        settings = {
            "reference": block,
            "mapping": study.recipe.mapping,
            "inputs": checksums,
            "learned": learning.settings,
        }
        own = folder / "mapping"
        beads = map_reference(atoms.trajectory, mapping, own, settings, study.display)
    return StatePoint(name, atoms.state, beads, atoms, mapping, measured=True, fit=True)
