"""Small versions of composites that are as sharp at the mask's edge as large ones."""

from __future__ import annotations

import math

import numpy as np

from accord.core import planes
from accord.methods.card import Floats
from accord.methods.seen import resized

PURITY = 16
"""The power of a pixel's coverage that it counts by; a power of two."""

TRACE = 1e-6
"""What a pixel of the other side counts, where there is nothing else."""


def sharp(composite: Floats, mask: Floats, size: int) -> Floats:
    """Resize a composite so that each pixel shows either foreground or background, and none a mixture.

    Where a larger picture is made small, pixels on the edge mix both sides, and what a network then takes for the
    foreground's border is neither. Of the pixels that a small one stands for, those count that are most of its side.
    Training makes its views likewise (`accord.data.synthesis.ViewSettings`).

    Parameters
    ----------
    composite, mask
        (h, w, 3) colours and (h, w) coverage in [0, 1].
    size
        Side of the square to give.

    Returns
    -------
    Floats
        (size, size, 4): colours, and coverage of 0 or 1.
    """
    front, back = _purity(mask), _purity(1 - mask)
    height, width = mask.shape
    weighted = planes.empty(height, width, 9)
    for channel in range(3):
        np.multiply(composite[..., channel], front, out=weighted[..., channel])
        np.multiply(composite[..., channel], back, out=weighted[..., 3 + channel])
    for plane, values in enumerate((front, back, mask), start=6):
        weighted[..., plane] = values
    small = resized(weighted, size)
    inside = small[..., 8:] > 0.5
    colours = np.where(inside, small[..., :3], small[..., 3:6]) / np.where(inside, small[..., 6:7], small[..., 7:8])
    return np.dstack([colours, inside])


def _purity(cover: Floats) -> Floats:
    """Give what pixels count that are so much of a side: nine tenths a fifth of all of it."""
    weight = np.square(cover)
    for _ in range(int(math.log2(PURITY)) - 1):
        np.square(weight, out=weight)
    weight += np.float32(TRACE)
    return weight
