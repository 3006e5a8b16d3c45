"""Colours of a tile as planes: one channel after another, which is how NumPy works on them fastest.

The shape stays (h, w, channels) everywhere; only where the numbers lie in memory differs. A plane is contiguous, so
NumPy's loops over it are long, and use the processor's vector instructions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def empty(height: int, width: int, channels: int = 3) -> Floats:
    """Give an array (height, width, channels) whose planes lie one after another, not filled."""
    return np.moveaxis(np.empty((channels, height, width), np.float32), 0, -1)


def planes(colours: Floats) -> Floats:
    """Give colours (h, w, channels) as planes (channels, h, w): a view where they lie so, otherwise a copy."""
    return np.ascontiguousarray(np.moveaxis(colours, -1, 0))


def colours(planes: Floats) -> Floats:
    """Give planes (channels, h, w) as colours (h, w, channels): a view."""
    return np.moveaxis(planes, 0, -1)


def mixed(factors: Floats, planes: Floats) -> Floats:
    """Give weighted sums of planes.

    Not by BLAS: its order of summation may change with the tile's size, and tiles have to fit without a seam. Each
    pixel's terms are added here in the order of the planes, whatever the tile.

    Parameters
    ----------
    factors
        (n, k), float32.
    planes
        (k, h, w), float32, contiguous.

    Returns
    -------
    Floats
        (n, h, w).
    """
    count, height, width = planes.shape
    flat = planes.reshape(count, -1)
    if flat.shape[1] == 1:  # einsum would sum along the only axis left, in another order
        flat = flat.repeat(2, axis=1)
    sums: Floats = np.einsum("nk,kp->np", factors, flat)
    return sums[:, : height * width].reshape(len(factors), height, width)
