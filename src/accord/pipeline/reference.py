"""Which part of the picture the foreground should take its look from."""

from __future__ import annotations

from math import sqrt

import numpy as np

from accord.core.encoding import Floats

BACKGROUND, RING = "background", "ring"


def ring_around(mask: Floats) -> Floats:
    """Give the weights of a ring around the foreground that holds about as many pixels as the foreground itself.

    A disc's ring of equal area is 0.23 times the square root of that area wide; a quarter is used here, and 2 pixels at
    least, so that soft edges do not fill it.

    Parameters
    ----------
    mask
        (h, w) coverage of the foreground in [0, 1].

    Returns
    -------
    Floats
        (h, w) weights in [0, 1], 0 where the mask is 1.
    """
    width = max(2, round(sqrt(float(mask.sum(dtype=np.float64))) / 4))
    return (_grown(mask, width) * (1 - mask)).astype(np.float32, copy=False)


def _grown(mask: Floats, steps: int) -> Floats:
    """Spread the mask by `steps` pixels; steps of 4 and 8 neighbours take turns, which makes octagons of its points."""
    for step in range(steps):
        padded = np.pad(mask, 1)
        grown = mask
        for row, column in _FOUR if step % 2 == 0 else _EIGHT:
            grown = np.maximum(
                grown, padded[1 + row : 1 + row + mask.shape[0], 1 + column : 1 + column + mask.shape[1]]
            )
        mask = grown
    return mask


_FOUR = ((-1, 0), (1, 0), (0, -1), (0, 1))
_EIGHT = (*_FOUR, (-1, -1), (-1, 1), (1, -1), (1, 1))
