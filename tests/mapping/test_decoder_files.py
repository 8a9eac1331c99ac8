"""Decoders written to files and read again place the same atoms."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest
from scipy.sparse import csr_matrix

from molscape.core.frames import Frames
from molscape.core.potential import cast
from molscape.core.topology import Topology
from molscape.io.models import read_model, write_model
from molscape.mapping.bead_graph import BeadGraph
from molscape.mapping.decoder_files import decoder_parts, rebuild_decoder
from molscape.mapping.decoding import LinearDecoder
from molscape.mapping.vector_decoder import RefinedDecoder, RefinedMolecules, VectorDecoder


def linear():
    topology = Topology.build(
        list("PQRS") * 2,
        masses=np.ones(8),
        molecules=np.repeat([0, 1], 4),
        molecule_names=["M", "M"],
        bonds=np.array([[0, 1], [1, 2], [4, 5]]),
    )
    own = np.random.default_rng(0).dirichlet(np.ones(4), size=4)
    return LinearDecoder(csr_matrix(np.kron(np.eye(2), own)), topology, np.arange(1, 9))


def refined(dtype):
    random = np.random.default_rng(1)
    start = linear()
    z = random.normal(size=(20, 4, 3))
    with jax.enable_x64(True):
        one = VectorDecoder.draw(
            start.weights[:4, :4].toarray(),
            np.array([0, 1, 2, 3]),
            BeadGraph.of(np.array([[0, 1], [1, 2], [2, 3]]), 1 - np.eye(4)),
            (random.normal(size=(20, 4, 3)), z),
            (8,),
            jax.random.key(0),
        )
        weights = tuple(w + 0.1 for w in one.network.weights)
        object.__setattr__(one.network, "weights", weights)
    with jax.enable_x64(dtype == np.float64):
        one = cast(one, dtype)
    rows = np.arange(8).reshape(2, 4)
    return RefinedDecoder(start, (RefinedMolecules("M", one, rows, rows),))


@pytest.mark.parametrize("make", [linear, lambda: refined(np.float32), lambda: refined(np.float64)])
def test_a_decoder_read_again_places_the_same_atoms(make, tmp_path):
    decoder = make()
    write_model(tmp_path, *decoder_parts(decoder))
    again = rebuild_decoder(*read_model(tmp_path))
    beads = Frames(np.random.default_rng(2).normal(size=(3, 8, 3)))
    expected = decoder.decode_frames(beads).positions
    np.testing.assert_array_equal(again.decode_frames(beads).positions, expected)
    assert type(again) is type(decoder)
    assert again.atoms.tolist() == decoder.atoms.tolist()
    assert again.topology.to_dict() == decoder.topology.to_dict()
    if isinstance(decoder, RefinedDecoder):
        assert np.abs(expected - decoder.linear.decode_frames(beads).positions).max() > 0.01


def test_what_is_refused():
    settings, arrays = decoder_parts(linear())
    with pytest.raises(ValueError, match="decoder format 2"):
        rebuild_decoder({**settings, "decoder_format": 2}, arrays)
    other = SimpleNamespace(topology=None, atoms=None, decode_frames=print)
    with pytest.raises(ValueError, match="a SimpleNamespace has no form"):
        decoder_parts(other)
