"""Models, what fitting one needs, and their folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.store import Draft, Store
from molscape.core.topology import Topology
from molscape.io.models import MODEL_FORMAT, arrays_under, read_model
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.state_points import StatePoint

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.fit.result import Fit


@dataclass(frozen=True, eq=False)
class Model:
    """A potential with its bead topology, state and, where it was fitted, the fit."""

    name: str
    potential: Potential
    topology: Topology
    temperature: float
    fit: Fit | None


@dataclass(frozen=True, eq=False)
class ModelTask:
    """What a fit needs: the potential to begin with, the data, and how models are run."""

    name: str
    potential: Potential
    points: Sequence[StatePoint]
    simulate: SimulateBlock
    starts: Sequence[Frames]
    folder: Path
    seed: int
    noise_floor: str
    progress: Progress


def save_model(model: Model, folder: Path, settings: Any = None) -> None:
    """Write a model and its fit into a folder; `settings` are what decided it."""
    arrays = {f"potential.{k}": v for k, v in model.potential.arrays().items()}
    description: dict[str, Any] = {
        "name": model.name,
        "kind": model.potential.kind,
        "settings": model.potential.settings(),
        "temperature": model.temperature,
        "topology": model.topology.to_dict(),
    }
    if model.fit is not None:
        description["fit"], more = _fit_to_plain(model.fit)
        arrays |= more
    Store(folder).put("model", lambda draft: draft_model(draft, description, arrays), settings)


def draft_model(draft: Draft, description: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write `model.json` and `model.npz` as `read_model` reads them.

    The arrays take their place first, so that a folder with a `model.json` is complete.
    """
    draft.arrays("model.npz", arrays)
    draft.text("model.json", json.dumps({"format": MODEL_FORMAT, **description}, indent=1))


def find_model(folder: Path, settings: Any) -> Model | None:
    """Return the model of a folder if these settings decided it and its files are whole."""
    done = Store(folder).finished("model", settings)
    return None if done is None else load_model(folder)


def load_model(folder: Path) -> Model:
    """Read a model, also of an earlier version."""
    from molscape.potentials import rebuild

    description, arrays = read_model(folder)

    def potential(prefix: str, settings: dict[str, Any]) -> Potential:
        return rebuild(description["kind"], settings, arrays_under(arrays, prefix))

    main = potential("potential.", description["settings"])
    fit = None
    if "fit" in description and description["format"] > 1:
        fit = _fit_from_plain(description["fit"], arrays, main, potential)
    return Model(
        name=description["name"],
        potential=main,
        topology=Topology.from_dict(description["topology"]),
        temperature=float(description["temperature"]),
        fit=fit,
    )


def _fit_to_plain(fit: Fit) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what of a fit goes into JSON, and its arrays by name."""
    plain: dict[str, Any] = {
        "method": fit.method,
        "frames": fit.frames,
        "stopped": fit.stopped,
        "settings": fit.settings,
        "force_loss": None if fit.force_loss is None else asdict(fit.force_loss),
        "replicas": [replica.settings() for replica in fit.replicas],
        "history": [asdict(step) for step in fit.history],
        "supports": [],
    }
    arrays: dict[str, np.ndarray] = {}
    for k, replica in enumerate(fit.replicas):
        arrays |= {f"replica.{k}.{name}": v for name, v in replica.arrays().items()}
    for k, support in enumerate(fit.supports):
        values = {item.name: getattr(support, item.name) for item in fields(support)}
        for name in ("samples", "poor"):
            arrays[f"support.{k}.{name}"] = np.asarray(values.pop(name))
        plain["supports"].append(values)
    return plain, arrays


def _fit_from_plain(
    plain: dict[str, Any],
    arrays: dict[str, np.ndarray],
    main: Potential,
    potential: Callable[[str, dict[str, Any]], Potential],
) -> Fit:
    from molscape.fit.result import Distance, Fit, ForceLoss, Step, Support

    history = []
    for step in plain["history"]:
        distances = {name: Distance(**own) for name, own in step["distances"].items()}
        history.append(Step(**{**step, "distances": distances}))
    supports = [
        Support(samples=arrays[f"support.{k}.samples"], poor=arrays[f"support.{k}.poor"], **own)
        for k, own in enumerate(plain["supports"])
    ]
    loss = plain["force_loss"]
    return Fit(
        method=plain["method"],
        potential=main,
        frames=plain["frames"],
        replicas=tuple(potential(f"replica.{k}.", own) for k, own in enumerate(plain["replicas"])),
        force_loss=None if loss is None else ForceLoss(**loss),
        supports=tuple(supports),
        history=tuple(history),
        stopped=plain["stopped"],
        settings=plain["settings"],
    )
