"""Pictures as data URIs, at the size of a screen."""

from __future__ import annotations

import numpy as np

from accord.core.encoding import Floats
from accord.pipeline.displayed import JPEG, codes_of, encoded
from accord.pipeline.explaining import HOTTEST, heat_picture

DRIVEN = 5.0
"""CIEDE2000 at the end of the scale of what drove a fit: one block of 64 moves little."""


def coverage(mask: Floats) -> str:
    """Give a mask (h, w) in [0, 1] as a grey PNG in a data URI."""
    return encoded(codes_of(mask), "PNG")


def heat(colours: Floats, amount: Floats, end: float, *, blocks: bool = False) -> str:
    """Draw a heat map over a dimmed grey picture.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space.
    amount
        CIEDE2000, >= 0, of any size (rows, columns).
    end
        What is drawn white.
    blocks
        Whether each number stands for a block of the picture, with sharp borders.
    """
    from PIL import Image

    size = colours.shape[1], colours.shape[0]
    image = Image.fromarray(np.ascontiguousarray(amount * (HOTTEST / end), np.float32))
    way = Image.Resampling.NEAREST if blocks else Image.Resampling.BILINEAR
    return encoded(heat_picture(np.asarray(image.resize(size, way)), colours), "JPEG", **JPEG)
