"""Bond lengths, angles and dihedrals, for numpy and JAX arrays alike.

Angles come from arctan2 of sine and cosine, which keeps all digits near 0 and pi where the
arccosine loses half of them. Derivatives are finite everywhere: where a direction is not
defined (coinciding points, straight angles, dihedrals on a straight line) they are zero.
A box is (3, 3) in nm, lower triangular, or None; (frame, 1, 3, 3) serves many frames at once.
"""

from __future__ import annotations

from typing import Any

from molscape.core.space import minimum_image_components

Components = tuple[Any, Any, Any]


def distance(points: Any, box: Any = None) -> Any:
    """Return |x_1 - x_0| in nm of points (..., 2, 3), minimum image."""
    return _norm(_difference(points, 0, 1, box))


def angle(points: Any, box: Any = None) -> Any:
    """Return the angle in rad, 0 to pi, at the middle one of points (..., 3, 3).

    theta = arctan2(|a x b|, a . b) with a = x_0 - x_1 and b = x_2 - x_1, minimum images.
    """
    return bend(_difference(points, 1, 0, box), _difference(points, 1, 2, box))


def dihedral(points: Any, box: Any = None) -> Any:
    """Return the dihedral in rad, in (-pi, pi], of points (..., 4, 3); zero for cis.

    phi = arctan2(|b| a . (b x c), (a x b) . (b x c)) with a = x_1 - x_0, b = x_2 - x_1 and
    c = x_3 - x_2, minimum images; looking along b, phi grows clockwise. (IUPAC, Pure Appl.
    Chem. 68, 2193 (1996), torsion angle; formula: Blondel and Karplus, J. Comput. Chem. 17,
    1132 (1996).)
    """
    a, b, c = (_difference(points, k, k + 1, box) for k in range(3))
    xp = points.__array_namespace__()
    sine, cosine = _sine_cosine(a, b, c)
    defined = (sine != 0) | (cosine != 0)
    phi = xp.arctan2(xp.where(defined, sine, 0.0), xp.where(defined, cosine, 1.0))
    # A sine of minus zero would give -pi.
    return xp.where((sine == 0) & (cosine < 0), abs(phi), phi)


def distances(positions: Any, pairs: Any, box: Any = None) -> Any:
    """Return the lengths (..., pair) in nm between particles (pair, 2) of positions (..., n, 3)."""
    return distance(positions[..., pairs, :], box)


def angles(positions: Any, triples: Any, box: Any = None) -> Any:
    """Return the angles (..., angle) in rad of particles (angle, 3), the middle one its apex."""
    return angle(positions[..., triples, :], box)


def dihedrals(positions: Any, quadruples: Any, box: Any = None) -> Any:
    """Return the dihedrals (..., dihedral) in rad of particles (dihedral, 4)."""
    return dihedral(positions[..., quadruples, :], box)


def bend(a: Components, b: Components) -> Any:
    """Return the angle in rad between vectors given by their x, y and z arrays."""
    xp = a[0].__array_namespace__()
    sine, cosine = _norm(_cross(a, b)), _dot(a, b)
    defined = (sine > 0) | (cosine != 0)
    return xp.arctan2(sine, xp.where(defined, cosine, 1.0))


def torsion(a: Components, b: Components, c: Components) -> tuple[Any, Any]:
    """Return cosine and sine of the dihedral along three bonds; (1, 0) on a straight line."""
    sine, cosine = _sine_cosine(a, b, c)
    xp = sine.__array_namespace__()
    defined = (sine != 0) | (cosine != 0)
    cosine = xp.where(defined, cosine, 1.0)
    length = xp.sqrt(sine * sine + cosine * cosine)
    return cosine / length, sine / length


def _sine_cosine(a: Components, b: Components, c: Components) -> tuple[Any, Any]:
    """Return sine and cosine of a dihedral, both times the same positive number."""
    before, after = _cross(a, b), _cross(b, c)
    return _norm(b) * _dot(a, after), _dot(before, after)


def _difference(points: Any, first: int, second: int, box: Any) -> Components:
    """Return the components of x_second - x_first; kept apart, XLA fuses them into one loop."""
    d = points[..., second, :] - points[..., first, :]
    return minimum_image_components((d[..., 0], d[..., 1], d[..., 2]), box)


def _dot(a: Components, b: Components) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Components, b: Components) -> Components:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _norm(a: Components) -> Any:
    """Return |a|, with a derivative of zero where a is zero."""
    square = _dot(a, a)
    xp = square.__array_namespace__()
    safe = xp.where(square > 0, square, 1.0)
    return xp.where(square > 0, xp.sqrt(safe), 0.0)
