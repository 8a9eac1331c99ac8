"""Local frames against a plain loop, and what happens to lonely and straight neighbours."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.features import LocalFrame

FULL, RADIAL = (3, 2), (2, 4)


def plain(crowd, i, start=None):
    d, kinds = crowd.neighbours(i)
    result = np.zeros(4 * sum(FULL) + sum(RADIAL))
    if len(d) == 0:
        return result
    e1 = d[0] / np.linalg.norm(d[0])
    axes = np.array([e1, 0 * e1, 0 * e1])
    if len(d) > 1:
        across = d[1] - (d[1] @ e1) * e1
        axes[1] = across / np.linalg.norm(across)
        axes[2] = np.cross(axes[0], axes[1])
    place, end = 0, 4 * sum(FULL)
    for kind in range(2):
        mine = d[kinds == kind]
        for k, vector in enumerate(mine[: FULL[kind] + RADIAL[kind]]):
            r = np.linalg.norm(vector)
            u = 0.0 if start is None else max((r - start) / (0.5 - start), 0.0)
            s = 1 - 10 * u**3 + 15 * u**4 - 6 * u**5
            if k < FULL[kind]:
                result[place + 4 * k : place + 4 * k + 4] = s * np.array(
                    [1 / r, *(axes @ vector / r**2)]
                )
            else:
                result[end + k - FULL[kind]] = s / r
        place, end = place + 4 * FULL[kind], end + RADIAL[kind]
    return result


@pytest.mark.parametrize("start", [None, 0.3])
def test_a_plain_loop_agrees(crowd, start):
    frame = LocalFrame(cutoff=0.5, full=FULL, radial=RADIAL, start=start)
    expected = np.array([plain(crowd, i, start) for i in range(30)])
    assert frame.size == expected.shape[1]
    with jax.enable_x64(True):
        np.testing.assert_allclose(crowd.evaluate(frame), expected, atol=1e-11)
    # Empty places, and full ones, occur.
    assert np.any(expected[:, -4] == 0)
    assert np.any(expected[:, -4] != 0)
    crowd.double = False
    np.testing.assert_allclose(crowd.evaluate(frame), expected, atol=2e-4)


def test_derivatives_are_finite_differences(crowd):
    crowd.check_derivatives(LocalFrame(cutoff=0.5, full=FULL, radial=RADIAL, start=0.3))


def test_batches_give_the_same(crowd):
    frame = LocalFrame(cutoff=0.5, full=FULL, radial=RADIAL)
    with jax.enable_x64(True):
        x = np.stack([crowd.positions, crowd.positions + 0.01])
        both = jax.jit(jax.vmap(lambda y: frame(crowd.around(y))))(jnp.asarray(x))
    np.testing.assert_allclose(both[0], crowd.evaluate(frame), atol=1e-12)
    np.testing.assert_allclose(both[1], both[0], atol=1e-9)


def test_neighbours_on_one_line_define_no_plane_and_keep_derivatives_finite(lonely):
    frame = LocalFrame(cutoff=0.5, full=(2, 0))
    x = lonely.positions

    with jax.enable_x64(True):

        @jax.jit
        def features(x):
            rows, back = jax.vjp(lambda y: frame(lonely.around(y)), x)
            return rows, back(rows)[0]

        for bend in (0.0, 1e-3, 1.0):
            x[:3] = [[0, 0, 0], [0.2, 0, 0], [-0.3 * np.cos(bend), 0.3 * np.sin(bend), 0]]
            rows, gradient = features(x)
            expected = [5, 5, 0, 0, 1 / 0.3, -np.cos(bend) / 0.3, np.sin(bend) / 0.3, 0]
            np.testing.assert_allclose(rows[0], expected, atol=1e-10)
            assert np.all(np.isfinite(gradient))
        # One neighbour alone: a distance, and a direction that is its own axis.
        x[2] += 50
        rows, gradient = features(x)
    np.testing.assert_allclose(rows[0], [5, 5, 0, 0, 0, 0, 0, 0], atol=1e-12)
    assert not np.any(rows[7])
    assert np.all(np.isfinite(gradient))


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="keep at least one"):
        LocalFrame(cutoff=0.5, full=(0,), radial=(0,))
    with pytest.raises(ValueError, match="give one of each per type"):
        LocalFrame(cutoff=0.5, full=(1, 2), radial=(3,))
    with pytest.raises(ValueError, match="choose a smaller `start`"):
        LocalFrame(cutoff=0.5, full=(1,), start=0.5)
    with pytest.raises(ValueError, match="give a positive distance"):
        LocalFrame(cutoff=0.0, full=(1,))
