import jax.numpy as jnp
import numpy as np
import pytest

from molscape.potentials import CGnet
from support.beads import CHAIN, placed


def test_a_network_holds_the_molecule_and_its_inputs_are_standardised(build):
    network = build({"kind": "cgnet", "hidden": [6]}, topology=CHAIN)
    assert isinstance(network, CGnet)
    assert network.binds("A-B")
    assert network.network.sizes[1:] == (6, 1)
    x = network.features(jnp.asarray(placed(CHAIN).load().positions[0]), None)
    assert np.all(np.abs((np.asarray(x) - network.mean) / network.spread) < 5)


def test_features_and_network_fit_together(build):
    network = build({"kind": "cgnet", "hidden": [6]}, topology=CHAIN)
    settings, arrays = network.settings(), network.arrays()
    assert settings["features"]["kind"] == "molecule"
    assert "network.weights.0" in arrays
    with pytest.raises(ValueError, match="a spread is zero"):
        CGnet.rebuild(settings, {**arrays, "spread": np.zeros_like(arrays["spread"])})
