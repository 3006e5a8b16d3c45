"""CIEDE2000 over the foreground: how different the colours look.

Colour space: CIELAB, white D65, 2-degree observer, of display-encoded sRGB. Unit: CIEDE2000 units; about 1 is just
noticeable side by side. Lower is better. Source: see `accord.colour.difference`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.colour.difference import ciede2000 as difference
from accord.colour.spaces import space
from accord.core.encoding import Floats
from accord.metrics.inputs import Pixels, as_foreground, check_pair


def ciede2000(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give sum(m * dE00(p, t)) / sum(m): the mean colour difference of the foreground, soft edges in proportion.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded sRGB, 0..255. Other profiles' code values are read as sRGB.
    mask
        (H, W) coverage of the foreground in [0, 1].

    Raises
    ------
    BadInputError
        If the pictures or the mask cannot be compared, or the mask is 0 everywhere.
    """
    check_pair(prediction, truth)
    weights = as_foreground(mask, truth)
    inside = weights > 0
    return float((weights[inside] * difference(_lab(prediction[inside]), _lab(truth[inside]))).sum() / weights.sum())


def _lab(pixels: Pixels) -> Floats:
    return space("lab").from_working((pixels / 255).astype(np.float32))
