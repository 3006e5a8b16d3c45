"""Read low-resolution grids at the pixels of a tile, and weigh planes of the tile by them.

A grid's cells tile the picture; a cell's value stands at its centre, and beyond the outermost centres the outermost
values go on. Positions are fractions of the picture (`Place.rows`, `Place.columns`), so tiles of any size fit without a
seam.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place, pixel_centres
from accord.core.planes import BLOCK, blocks, mixed, scratch, stacked

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


def weighted_by_grid(grid: Floats, planes: Floats, place: Place, interpolation: str = "bilinear") -> Floats:
    """Give sums of a tile's planes, each weighted by a plane of a grid that is interpolated to the tile's pixels.

    Parameters
    ----------
    grid
        (gh, gw, n, k).
    planes
        (k, h, w), rows contiguous; or (k - 1, h, w): the last of the grid's numbers are then added as they are.
    place
        Where the tile lies.
    interpolation
        One of `INTERPOLATIONS`.

    Returns
    -------
    Floats
        (n, h, w).
    """
    rows = _axis_taps(place.top, place.height, place.picture_height, grid.shape[0], interpolation)
    if place.picture_width >= _WIDE * grid.shape[1]:
        return _by_spans(grid, planes, rows, place, interpolation)
    columns = _axis_taps(place.left, place.width, place.picture_width, grid.shape[1], interpolation)
    if len(planes) < grid.shape[3]:
        planes = np.concatenate([planes, np.ones((1, *planes.shape[1:]), np.float32)])
    return _by_pixels(grid, planes, rows, columns)


@lru_cache(maxsize=256)
def _axis_taps(start: int, count: int, length: int, cells: int, interpolation: str) -> Taps:
    """Give the taps of some pixels along an axis; neighbouring tiles share them."""
    return taps(pixel_centres(start, count, length), cells, interpolation)


# Pixels for each cell from which it pays to go cell by cell. The picture decides, not the tile: both ways round alike
# only to the last bit.
_WIDE = 12
# Numbers that are worked on at a time. Fewer, and threads wait for each other between the calls of NumPy.
_SCRATCH = 1 << 19


def _by_spans(grid: Floats, planes: Floats, rows: Taps, place: Place, interpolation: str) -> Floats:
    """Take columns that lie between the same cells together.

    There, a weight is the same few cells' values, mixed by the column's own tap weights. So those mix the planes
    instead, and what is left to interpolate is a number for each row.
    """
    given, height, width = planes.shape
    kinds, count = grid.shape[2:]
    first, last = blocks(place, width)
    columns, borders = _spans(first, last, place.picture_width, grid.shape[1], interpolation)
    left, right = place.left - first, place.left - first + width
    borders = borders[np.searchsorted(borders, left, "right") - 1 : np.searchsorted(borders, right, "left") + 1]
    start, stop = int(borders[0]), int(borders[-1])
    inside = slice(left - start, right - start)
    cells = columns.indices[borders[:-1]]
    needed = slice(int(cells[0, 0]), int(cells[-1, -1]) + 1)
    tall = rows.weights[:, 0, None, None, None] * grid[rows.indices[:, 0], needed]
    for tap in range(1, rows.indices.shape[1]):
        tall += rows.weights[:, tap, None, None, None] * grid[rows.indices[:, tap], needed]
    reach = cells.shape[1]
    # For each span the numbers of the cells that it lies between: (spans, h, n, reach * k).
    factors = np.ascontiguousarray(tall[:, cells - needed.start].transpose(1, 0, 3, 2, 4))
    factors = factors.reshape(len(cells), height, kinds, reach * count)
    weights = columns.weights.T[:, left:right]
    step = max(1, min(height, _SCRATCH // (reach * count * width)))
    result = stacked(kinds, height, stop - start)
    pieces = list(pairwise((borders - start).tolist()))
    with scratch(reach * count, step, stop - start) as wide:
        wide[..., : inside.start] = wide[..., inside.stop :] = 0
        for top in range(0, height, step):
            lines = slice(top, min(top + step, height))
            terms = wide[:, : lines.stop - top]
            for tap in range(reach):
                here = terms[tap * count : (tap + 1) * count, :, inside]
                np.multiply(planes[:, lines], weights[tap], out=here[:given])
                here[given:] = weights[tap]
            with np.errstate(all="ignore"):  # what overflows is infinite, or not a number, as in any sum
                for number, (low, high) in enumerate(pieces):
                    mixed(factors[number, lines], terms[..., low:high], result[:, lines, low:high])
    return result[..., inside]


@lru_cache(maxsize=256)
def _spans(first: int, last: int, length: int, cells: int, interpolation: str) -> tuple[Taps, Indices]:
    """Give the taps of the columns from `first` to `last`, where blocks begin and end, and spans' borders among them.

    A span ends where a column's cells are others than its neighbour's, and where a block does: it is the same columns
    for every tile that it has a part in.
    """
    columns = _axis_taps(first, last - first, length, cells, interpolation)
    ends = (columns.indices[1:] != columns.indices[:-1]).any(axis=1)
    ends |= (np.arange(first + 1, last) % BLOCK) == 0
    borders: Indices = np.concatenate([[0], np.flatnonzero(ends) + 1, [last - first]])
    weights = np.ascontiguousarray(columns.weights.T).T
    return Taps(columns.indices, weights), borders


def _by_pixels(grid: Floats, planes: Floats, rows: Taps, columns: Taps) -> Floats:
    result = np.empty((grid.shape[2], *planes.shape[1:]), np.float32)
    for kind in range(grid.shape[2]):
        total = result[kind]
        for index, plane in enumerate(planes):
            weighted = _upsampled(grid[:, :, kind, index], rows, columns)
            weighted *= plane
            if index == 0:
                total[...] = weighted
            else:
                total += weighted
    return result


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
        return _upsampled(plane, self._rows, self._columns)


def _upsampled(plane: Floats, rows: Taps, columns: Taps) -> Floats:
    """Interpolate a plane of the grid, (height, width), to the tile, (h, w)."""
    tall = _weighted(rows, plane)
    return np.ascontiguousarray(_weighted(columns, np.ascontiguousarray(tall.T)).T)


def _weighted(along: Taps, plane: Floats) -> Floats:
    # A sum over taps rather than a matrix product, whose order of summation may change with the tile's size.
    result = along.weights[:, :1] * plane[along.indices[:, 0]]
    for tap in range(1, along.indices.shape[1]):
        result += along.weights[:, tap : tap + 1] * plane[along.indices[:, tap]]
    return result
