"""Colours as a picture can show them, in points of Oklab: what an edit or a white balance is fitted in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.oklab import linear_to_oklab
from accord.core.encoding import SRGB

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def white_of(before: Floats) -> float:
    """Give the brightest value, 1 or more, that is seen or written where `before`, (n, 3), came in."""
    return max(1.0, float(before.max()))


def oklab_points(colours: Floats, white: float) -> Doubles:
    """Turn (n, 3) display-encoded sRGB, clipped to 0 and `white`, into Oklab with L of 0 (black) to 100 (white)."""
    return 100 * linear_to_oklab(SRGB.to_light(np.clip(colours, 0, white))).astype(np.float64)
