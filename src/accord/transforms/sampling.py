"""Read low-resolution grids at the pixels of a tile.

A grid's cells tile the picture; a cell's value stands at its centre, and beyond the outermost centres the outermost
values go on. Positions are fractions of the picture (`Place.rows`, `Place.columns`), so tiles of any size fit without a
seam.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

INTERPOLATIONS = ("bilinear", "bicubic")
"""bicubic is the kernel with a = -0.75 that PyTorch and OpenCV use; it overshoots at steps."""

_CUBIC = -0.75


@dataclass(frozen=True, eq=False)
class Taps:
    """For each position along an axis, the grid cells that it reads and their weights.

    Parameters
    ----------
    indices, weights
        (n, k) each; weights sum to 1.
    """

    indices: Indices
    weights: Floats


def taps(positions: Floats, cells: int, interpolation: str = "bilinear") -> Taps:
    """Give the taps for positions, (n,), fractions in (0, 1), on a grid of `cells` cells."""
    where = positions.astype(np.float64) * cells - 0.5
    first = np.floor(where)
    fraction = where - first
    if interpolation == "bilinear":
        offsets = np.array([0, 1])
        weights = np.stack([1 - fraction, fraction], axis=-1)
    else:
        offsets = np.array([-1, 0, 1, 2])
        weights = np.stack([_cubic(fraction - offset) for offset in offsets], axis=-1)
    indices = np.clip(first.astype(np.intp)[:, None] + offsets, 0, cells - 1)
    return Taps(indices, weights.astype(np.float32))


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    d = np.abs(distance)
    near = ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1
    far = ((_CUBIC * d - 5 * _CUBIC) * d + 8 * _CUBIC) * d - 4 * _CUBIC
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


class GridReader:
    """Upsamples planes of one grid to a tile, plane by plane, so that memory stays a few planes of the tile.

    Parameters
    ----------
    place
        Where the tile lies.
    height, width
        Cells of the grid.
    interpolation
        One of `INTERPOLATIONS`.
    """

    def __init__(self, place: Place, height: int, width: int, interpolation: str = "bilinear") -> None:
        self._rows = taps(place.rows(), height, interpolation)
        self._columns = taps(place.columns(), width, interpolation)

    def read(self, plane: Floats) -> Floats:
        """Upsample a plane of the grid, (height, width), to the tile, (h, w)."""
        tall = _weighted(self._rows, plane)
        return np.ascontiguousarray(_weighted(self._columns, np.ascontiguousarray(tall.T)).T)


def _weighted(along: Taps, plane: Floats) -> Floats:
    # A sum over taps rather than a matrix product, whose order of summation may change with the tile's size.
    result = along.weights[:, :1] * plane[along.indices[:, 0]]
    for tap in range(1, along.indices.shape[1]):
        result += along.weights[:, tap : tap + 1] * plane[along.indices[:, tap]]
    return result
