"""Warmth: a scale of colour on which one and the same change of light is one and the same step, whatever it falls on.

Colour temperature is no such scale: the lines of equal temperature fan out, so that a change of light by 46 mired may
move an orange thing by 57 and another by 23. Light scales the cones' responses, though, which adds to the logarithms of
their ratios; and along the daylights and black bodies these run almost straight (Wien's law). So warmth is the distance
along that line, in mired of a light near D65.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.temperature import BRADFORD, temperature_to_xy, xy_to_temperature
from accord.colour.xyz import WHITE_XY

Doubles = NDArray[np.float64]

_LEAST = 1e-6


def xyz_to_warmth(xyz: Doubles) -> Doubles:
    """Give the warmth, (...), of CIE XYZ (..., 3), in mired: 153.7 is D65, more is warmer, any number is possible.

    Light that turns from 6,500 K to 5,000 K, by Bradford adaptation, adds 46.2 to every colour.
    """
    return np.asarray(_OF_WHITE + (_cone_ratios(xyz) - _WHITE) @ _ALONG)


def _cone_ratios(xyz: Doubles) -> Doubles:
    """Give log(L / M) and log(S / M), (..., 2)."""
    logs = np.log(np.maximum(xyz @ BRADFORD.T, _LEAST * np.maximum(xyz[..., 1:2], _LEAST)))
    return np.stack([logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=-1)


def _light(mired: float, tint: float) -> Doubles:
    x, y = temperature_to_xy(np.array(mired), np.array(tint))
    return _cone_ratios(np.array([x / y, 1, (1 - x - y) / y]))


_OF_WHITE, _TINT = (float(value) for value in xy_to_temperature(np.array(WHITE_XY)))
_WHITE = _light(_OF_WHITE, _TINT)
_STEP = 1e6 / 5000 - 1e6 / 6500
# The steps of warmth and of tint (which does not count) as axes, and what undoes them.
_AXES = np.stack([(_light(_OF_WHITE + _STEP, _TINT) - _WHITE) / _STEP, _light(_OF_WHITE, _TINT + 0.01) - _WHITE])
_ALONG = np.linalg.inv(_AXES)[:, 0]
