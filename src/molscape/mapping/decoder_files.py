"""Decoders as plain settings and arrays, for files, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csr_matrix

from molscape.core.topology import Topology
from molscape.mapping.decoding import Decoder, LinearDecoder
from molscape.mapping.vector_decoder import RefinedDecoder, RefinedMolecules, VectorDecoder
from molscape.networks import MLP

FORMAT = 1
"""Version of the settings that are written."""

_CONSTANTS = ("linear", "scale", "mixing", "area", "mean", "deviation")
_MEMBERS = ("frames", "triples", "quadruples")

_Parts = tuple[LinearDecoder, tuple[RefinedMolecules, ...]]

_PARTS_OF: dict[str, Callable[[Any], _Parts]] = {
    "linear": lambda decoder: (decoder, ()),
    "refined": lambda decoder: (decoder.linear, decoder.refined),
}
"""The linear decoder and the refined molecules of a decoder, by its kind."""


def decoder_parts(decoder: Decoder) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what `rebuild_decoder` makes the same decoder of: settings ready for JSON, arrays.

    `molscape.io.models.write_model(folder, *decoder_parts(decoder))` writes them.

    Raises:
        ValueError: if it is neither a linear nor a refined decoder.
    """
    parts_of = _PARTS_OF.get(getattr(decoder, "kind", ""))
    if parts_of is None:
        raise ValueError(
            f"a {type(decoder).__name__} has no form for files: LinearDecoder and RefinedDecoder do"
        )
    linear, refined = parts_of(decoder)
    arrays: dict[str, np.ndarray] = {
        "data": linear.weights.data,
        "indices": linear.weights.indices,
        "indptr": linear.weights.indptr,
        "atoms": linear.atoms,
    }
    for number, kind in enumerate(refined):
        own = {name: np.asarray(getattr(kind.decoder, name), float) for name in _CONSTANTS}
        own |= {f"network.{name}": array for name, array in kind.decoder.network.arrays().items()}
        own |= {"members": kind.atoms, "beads": kind.beads}
        arrays |= {f"{number}.{name}": array for name, array in own.items()}
    settings = {
        "kind": "refined" if refined else "linear",
        "decoder_format": FORMAT,
        "beads": linear.weights.shape[1],
        "topology": linear.topology.to_dict(),
        "refined": [
            {
                "name": kind.name,
                "precision": "double" if kind.decoder.scale.dtype == np.float64 else "single",
                "activation": kind.decoder.network.activation,
                **{name: getattr(kind.decoder, name) for name in _MEMBERS},
            }
            for kind in refined
        ],
    }
    return settings, arrays


def rebuild_decoder(settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Decoder:
    """Rebuild a decoder from what `decoder_parts` returned.

    Raises:
        ValueError: if the settings are of a decoder or version that is not known.
    """
    kind, version = settings.get("kind"), settings.get("decoder_format")
    if kind not in ("linear", "refined") or version != FORMAT:
        raise ValueError(
            f"settings of kind {kind!r}, decoder format {version}: this molscape reads linear and "
            f"refined decoders of format {FORMAT}; upgrade molscape if the file is newer"
        )
    topology = Topology.from_dict(settings["topology"])
    shape = (len(topology), settings["beads"])
    weights = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape)
    linear = LinearDecoder(weights, topology, arrays["atoms"])
    if kind == "linear":
        return linear
    return RefinedDecoder(
        linear,
        tuple(_molecules(one, arrays, f"{k}.") for k, one in enumerate(settings["refined"])),
    )


def _molecules(
    about: dict[str, Any], arrays: dict[str, np.ndarray], prefix: str
) -> RefinedMolecules:
    own = {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    weights = {
        name.removeprefix("network."): array
        for name, array in own.items()
        if name.startswith("network.")
    }
    double = about["precision"] == "double"
    with jax.enable_x64(double):
        dtype = np.float64 if double else np.float32
        fields: dict[str, Any] = {n: jnp.asarray(own[n], dtype=dtype) for n in _CONSTANTS}
        fields |= {n: tuple(tuple(row) for row in about[n]) for n in _MEMBERS}
        network = MLP.rebuild(about["activation"], weights)
        decoder = VectorDecoder(network=network, **fields)
    return RefinedMolecules(about["name"], decoder, own["members"], own["beads"])
