"""Correlated colour temperature and tint.

The temperature of a colour is that of the nearest point of the Planckian locus in the CIE 1960 (u, v) diagram (the
definition in CIE 015:2018), the tint is the signed distance to it, Duv: above 0 greenish, below 0 magenta. The locus is
the approximation of M. Krystek, "An algorithm to calculate correlated colour temperature", Color Research and
Application 10(1), 1985, doi:10.1002/col.5080100109, good to 1e-4 in u and v from 1000 K to 15,000 K. Temperatures are
in mired (a million over kelvin), in which equal steps look about equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import LINEAR_FROM_XYZ, WHITE_XY, XYZ_FROM_LINEAR, linear_to_xyz

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MIRED_RANGE = (1e6 / 15000, 1e6 / 1000)
"""What the locus covers; temperatures outside are given as the nearest end."""

_U = ((0.860117757, 1.54118254e-4, 1.28641212e-7), (1.0, 8.42420235e-4, 7.08145163e-7))
_V = ((0.317398726, 4.22806245e-5, 4.20481691e-8), (1.0, -2.89741816e-5, 1.61456053e-7))
_BISECTIONS = 20

BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""From XYZ to the cones that adaptation scales."""


def linear_to_xyy(light: Floats) -> Floats:
    """Turn linear sRGB (..., 3) into chromaticity x, y and luminance Y; black takes the chromaticity of white."""
    xyz = linear_to_xyz(light)
    total = xyz[..., 0] + xyz[..., 1] + xyz[..., 2]
    lit = total > 0
    divisor = np.where(lit, total, 1)
    result = np.empty(light.shape, np.float32)
    result[..., 0] = np.where(lit, xyz[..., 0] / divisor, WHITE_XY[0])
    result[..., 1] = np.where(lit, xyz[..., 1] / divisor, WHITE_XY[1])
    result[..., 2] = xyz[..., 1]
    return result


def xy_to_uv(xy: Doubles) -> Doubles:
    """Turn CIE 1931 x, y (..., 2) into CIE 1960 u, v."""
    x, y = xy[..., 0], xy[..., 1]
    divisor = -2 * x + 12 * y + 3
    return np.stack([4 * x / divisor, 6 * y / divisor], axis=-1)


def uv_to_xy(uv: Doubles) -> Doubles:
    """Turn CIE 1960 u, v (..., 2) into CIE 1931 x, y."""
    u, v = uv[..., 0], uv[..., 1]
    divisor = 2 * u - 8 * v + 4
    return np.stack([3 * u / divisor, 2 * v / divisor], axis=-1)


def xy_to_temperature(xy: Doubles) -> tuple[Doubles, Doubles]:
    """Give the colour temperature in mired and the tint Duv, (...) each, of chromaticities (..., 2).

    Far from the locus (abs(Duv) above 0.05, say a green leaf) a temperature has no meaning any more; it is given all
    the same, and the caller decides by the tint.
    """
    uv = xy_to_uv(np.asarray(xy, np.float64))
    low = np.full(uv.shape[:-1], MIRED_RANGE[0])
    high = np.full(uv.shape[:-1], MIRED_RANGE[1])
    # The nearest point is where the way to the colour stands square on the locus.
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        beyond = ((uv - locus_uv(middle)) * _direction(middle)).sum(-1) > 0
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    mired = (low + high) / 2
    along = _direction(mired)
    away = uv - locus_uv(mired)
    # A quarter turn against the clock from the direction of growing mired (towards red) points to green.
    return mired, away[..., 1] * along[..., 0] - away[..., 0] * along[..., 1]


def temperature_to_xy(mired: Doubles, tint: Doubles) -> Doubles:
    """Give the chromaticity x, y (..., 2) of a temperature in mired and a tint Duv; inverse of `xy_to_temperature`."""
    along = _direction(np.asarray(mired, np.float64))
    square = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return uv_to_xy(locus_uv(mired) + np.asarray(tint)[..., None] * square)


def locus_uv(mired: Doubles) -> Doubles:
    """Give u, v (..., 2) of black bodies at temperatures in mired, within `MIRED_RANGE`."""
    kelvin = 1e6 / np.clip(mired, *MIRED_RANGE)
    return np.stack([_rational(kelvin, _U), _rational(kelvin, _V)], axis=-1)


def adaptation(source_xy: Doubles, target_xy: Doubles) -> Doubles:
    """Give the (3, 3) matrix of linear sRGB that turns light of one chromaticity into another, luminance of white kept.

    Source: Bradford adaptation, K. M. Lam, 1985, as in ICC.1:2022 annex E.
    """
    cones = [BRADFORD @ np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in (source_xy, target_xy)]
    matrix = np.linalg.inv(BRADFORD) @ np.diag(cones[1] / cones[0]) @ BRADFORD
    kept: Doubles = LINEAR_FROM_XYZ @ matrix @ XYZ_FROM_LINEAR
    white_luminance = float((XYZ_FROM_LINEAR @ kept).sum(axis=1)[1])
    return np.asarray(kept / white_luminance)


def _direction(mired: Doubles) -> Doubles:
    step = 0.01
    inside = np.clip(mired, MIRED_RANGE[0] + step, MIRED_RANGE[1] - step)
    chord = locus_uv(inside + step) - locus_uv(inside - step)
    return np.asarray(chord / np.linalg.norm(chord, axis=-1, keepdims=True))


def _rational(kelvin: Doubles, terms: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Doubles:
    (a, b, c), (d, e, f) = terms
    return (a + kelvin * (b + kelvin * c)) / (d + kelvin * (e + kelvin * f))
