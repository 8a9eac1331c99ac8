from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.blocks import Blocks, divide, divide_frames


def blocks_of(values, parts=None):
    count = len(values)
    return Blocks(
        x=np.arange(values.shape[1], dtype=float),
        numerator=values,
        denominator=np.ones_like(values),
        replica=np.zeros(count, dtype=np.int64),
        part=np.arange(count) if parts is None else parts,
        x_label="x",
        x_unit="nm",
        y_label="y",
        y_unit="",
    )


def test_equal_blocks_give_the_standard_error_of_the_mean():
    values = np.random.default_rng(0).normal(size=(8, 3))
    curve = blocks_of(values).curve()
    assert np.allclose(curve.y, values.mean(axis=0))
    assert np.allclose(curve.error, values.std(axis=0, ddof=1) / np.sqrt(8))


def test_bootstrap_scatter_agrees_with_the_block_error():
    values = np.random.default_rng(1).normal(size=(40, 5))
    drawn = blocks_of(values).resampled(4000, seed=2)
    assert np.allclose(drawn.std(axis=0), blocks_of(values).curve().error, rtol=0.06)


def test_one_block_has_no_error():
    assert np.isnan(blocks_of(np.ones((1, 2))).curve().error).all()
    with pytest.raises(ValueError, match="cannot be halved"):
        blocks_of(np.ones((1, 2))).halves()


def test_odd_numbers_leave_the_middle_out():
    first, second = blocks_of(np.arange(5.0)[:, None]).halves()
    assert first.part.tolist() == [0, 1]
    assert second.part.tolist() == [3, 4]


def test_frames_divide_evenly_and_in_order():
    division = divide_frames(np.zeros(23, dtype=np.int64), 10)
    lengths = np.bincount(division.block)
    assert len(division) == 10
    assert set(lengths) == {2, 3}
    assert np.all(np.diff(division.block) >= 0)


@pytest.mark.parametrize("sequential", [True, False])
def test_replicas_in_any_order(sequential):
    replicas = np.repeat([3, 5], 6) if sequential else np.tile([3, 5], 6)
    division = divide_frames(replicas, 4)
    assert division.replica.tolist() == [3, 3, 5, 5]
    assert division.part.tolist() == [0, 1, 0, 1]
    for replica in (3, 5):
        blocks = division.block[replicas == replica]
        assert np.bincount(blocks)[np.unique(blocks)].tolist() == [3, 3]
        assert np.all(np.diff(blocks) >= 0)


def test_replicas_of_single_frames_are_halved_among_themselves():
    division = divide_frames(np.arange(6), 10)
    blocks = Blocks(
        np.zeros(1), np.ones((6, 1)), np.ones((6, 1)), division.replica, division.part, *"xxyy"
    )
    first, second = blocks.halves()
    assert first.replica.tolist() == [0, 1, 2]
    assert second.replica.tolist() == [3, 4, 5]


def test_mistakes_are_named(ideal_gas):
    with pytest.raises(ValueError, match="at least 1"):
        divide(ideal_gas(2, 3, np.eye(3)), 0)
    with pytest.raises(ValueError, match="no frames"):
        divide(ideal_gas(2, 3, np.eye(3))[:0], 5)


def test_many_replicas_are_blocks_as_they_are():
    division = divide_frames(np.repeat(np.arange(25), 4), 10)
    assert len(division) == 25
    assert division.part.tolist() == [0] * 25
    assert len(divide_frames(np.repeat(np.arange(25), 4), 50)) == 50


def test_the_mean_of_a_distribution_is_that_of_its_samples():
    random = np.random.default_rng(2)
    values = random.normal(1.0, 0.1, (50, 400))
    edges = np.linspace(0, 2, 2001)
    counts = np.array([np.histogram(block, edges)[0] for block in values], dtype=float)
    blocks = replace(blocks_of(counts), x=(edges[1:] + edges[:-1]) / 2)
    value, error = blocks.mean()
    assert value == pytest.approx(values.mean(), abs=1e-4)
    assert error == pytest.approx(0.1 / np.sqrt(values.size), rel=0.3)
    assert np.isnan(blocks[:1].mean()[1])
