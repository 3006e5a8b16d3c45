"""Find the one white balance that, beside its tone, comes nearest to what a colour map does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.photographic import white_balance
from accord.diagnose.least_squares import least_squares
from accord.diagnose.points import oklab_points, white_of
from accord.transforms.photographic import RANGES
from accord.transforms.tone import toned

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# Mired and Duv that move colours about equally far.
_SCALE = np.array([10.0, 0.005])


def fitted_balance(before: Floats, after: Floats) -> Doubles:
    """Give the (3, 3) white balance in linear sRGB with which `transforms.Tone` comes nearest to a map.

    Least squares in Oklab, of colours that count as clipped to what `before` can hold.

    Parameters
    ----------
    before, after
        (n, 3) working-space colours (display-encoded sRGB, extended) of the foreground, and what the map makes of them.
    """
    white = white_of(before)
    low, high = np.array([RANGES[name] for name in ("temperature", "tint")]).T

    def matrix(vector: Doubles) -> Doubles:
        temperature, tint = np.clip(vector, low, high).tolist()
        return white_balance(temperature, tint)

    wanted = oklab_points(after, white)

    def residuals(vector: Doubles) -> Doubles:
        return (oklab_points(toned(before, after, matrix(vector)), white) - wanted).ravel()

    return matrix(least_squares(residuals, np.zeros(2), _SCALE))
