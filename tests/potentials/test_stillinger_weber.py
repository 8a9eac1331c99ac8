"""Stillinger-Weber against the plain sum over triplets, and mW's ideal crystal."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import StillingerWeber, rebuild
from molscape.potentials.stillinger_weber import FREE
from support.fluids import MONATOMIC_WATER as WATER

EPSILON, SIGMA = WATER["epsilon"], WATER["sigma"]


def energy_of(positions, box, types):
    with jax.enable_x64(True):
        system = System.build(Topology.build(types, masses=np.ones(len(types))), 300.0)
        x, box = jnp.asarray(positions), None if box is None else jnp.asarray(box)
        potential = StillingerWeber(type="W", **WATER)
        _, neighbours = allocate(system, x, box, potential.reach)
        return float(potential(system, x, box, neighbours))


def two_body(r):
    if r >= 1.8 * SIGMA:
        return 0.0
    ratio = SIGMA / r
    return 7.049556277 * EPSILON * (0.6022245584 * ratio**4 - 1) * np.exp(SIGMA / (r - 1.8 * SIGMA))


def three_body(a, b):
    r, s = np.linalg.norm(a), np.linalg.norm(b)
    if max(r, s) >= 1.8 * SIGMA:
        return 0.0
    cosine = a @ b / (r * s)
    legs = np.exp(1.2 * SIGMA / (r - 1.8 * SIGMA) + 1.2 * SIGMA / (s - 1.8 * SIGMA))
    return 23.15 * EPSILON * (cosine + 1 / 3) ** 2 * legs


def test_plain_sum_over_pairs_and_triplets():
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)[:20]
    x = grid * 0.3 + np.random.default_rng(0).uniform(-0.04, 0.04, (20, 3))
    types = ["W"] * 17 + ["X"] * 3
    expected = 0.0
    for i in range(17):
        legs = [x[j] - x[i] for j in range(17) if j != i]
        expected += 0.5 * sum(two_body(np.linalg.norm(leg)) for leg in legs)
        expected += sum(three_body(a, b) for a, b in itertools.combinations(legs, 2))
    assert energy_of(x, None, types) == pytest.approx(expected, rel=1e-10)
    assert abs(expected) > EPSILON


def test_ideal_diamond_has_two_bonds_a_bead_of_minus_epsilon():
    # Molinero and Moore, J. Phys. Chem. B 113, 4008 (2009): parameters of mW; the depth is
    # -epsilon at 2^(1/6) sigma by construction (Stillinger and Weber 1985).
    edge = 4 / np.sqrt(3) * 0.268549
    face = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    cell = np.concatenate([face, face + 0.25])
    shifts = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    x = (cell[None] + shifts[:, None]).reshape(-1, 3) * edge
    energy = energy_of(x, np.eye(3) * 2 * edge, ["W"] * len(x))
    assert energy / len(x) == pytest.approx(-2 * EPSILON, rel=1e-6)


def test_other_types_alone_have_no_energy():
    assert energy_of(np.eye(3) * 0.2, None, ["X"] * 3) == 0.0


def test_lower_and_errors():
    potential = StillingerWeber(type="W", **WATER)
    (term,) = potential.lower()
    assert (term.types, term.cutoff) == (("W",), pytest.approx(0.43065))
    assert term.lambda_ == pytest.approx(23.15)
    with pytest.raises(ValueError, match=r"\['gamma'\] are missing or unknown"):
        StillingerWeber(type="W", **{k: v for k, v in WATER.items() if k != "gamma"})
    with pytest.raises(ValueError, match="below a sigma"):
        StillingerWeber(type="W", cutoff=0.4, **WATER)


def test_what_a_fit_may_change_is_chosen_and_kept():
    potential = StillingerWeber(type="W", free=("epsilon", "sigma"), **WATER)
    marked = potential.trainable().values
    assert {name for name, chosen in marked.items() if chosen} == {"epsilon", "sigma"}
    back = rebuild(potential.kind, potential.settings(), potential.arrays())
    assert back.free == ("epsilon", "sigma")
    older = {"type": "W", "cutoff": 0.5}
    assert rebuild(potential.kind, older, potential.arrays()).free == FREE
    with pytest.raises(ValueError, match=r"\['depth'\] are missing or unknown"):
        StillingerWeber(type="W", free=("depth",), **WATER)
