"""The global map that comes nearest to one that depends on place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.transforms import ColourMap, Polynomial
from accord.transforms.polynomial import TERMS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# Where the foreground has no colours, the polynomial stays near an affine map, and that near a mere shift: as if for
# every so many of the foreground's colours one had been seen there, anywhere in the cube.
_AFFINE, _BENT = 1e-4, 1e-2
_LINEAR_TERMS = 4
# The mean square of each term over the cube.
_SIZES = np.array([1.0, *[1 / 12] * 3, *[1 / 80] * 3, *[1 / 144] * 3, *[1 / 448] * 3])


def made_global(colour_map: ColourMap, before: Floats, after: Floats) -> ColourMap:
    """Give `colour_map` if it does not depend on place, or else the cubic polynomial nearest to what it does.

    Parameters
    ----------
    colour_map
        The map.
    before, after
        (n, 3) working-space colours of the foreground, and what the map makes of them where they stand.

    Returns
    -------
    ColourMap
        A map that does not depend on place.
    """
    return nearest_polynomial(before, after) if colour_map.local else colour_map


def nearest_polynomial(before: Floats, after: Floats) -> Polynomial:
    """Give the cubic polynomial of colour nearest to what makes `after` of `before`.

    It is fitted by least squares of display-encoded values: an affine map first, then what bends it.

    Parameters
    ----------
    before, after
        (n, 3) working-space colours.
    """
    terms = _terms(np.clip(before, 0, 1).astype(np.float64) - 0.5)
    added = (after - before).astype(np.float64)
    linear = terms[:, :_LINEAR_TERMS]
    # A shift is free: any foreground tells one.
    held = np.array([0.0, *[_AFFINE] * 3]) * _SIZES[:_LINEAR_TERMS]
    coefficients = np.zeros((len(TERMS), 3))
    coefficients[:_LINEAR_TERMS] = _ridge(linear, added, held)
    coefficients += _ridge(terms, added - linear @ coefficients[:_LINEAR_TERMS], _BENT * _SIZES)
    return Polynomial(coefficients.T)


def _ridge(terms: Doubles, wanted: Doubles, held: Doubles) -> Doubles:
    normal, product = terms.T @ terms / len(terms), terms.T @ wanted / len(terms)
    return np.asarray(np.linalg.solve(normal + np.diag(held), product), np.float64)


def _terms(colours: Doubles) -> Doubles:
    channels = dict(zip("rgb", colours.T, strict=True))
    ones = np.ones(len(colours))
    return np.stack([np.prod([ones, *(channels[name] for name in term.strip("1"))], axis=0) for term in TERMS], axis=-1)
