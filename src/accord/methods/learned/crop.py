"""A colour map that was fitted in a part of a picture, for the whole picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.transforms import AffineGrid, Blend, Chain, ColourMap
from accord.transforms.sampling import taps

Floats = NDArray[np.float32]

_MOST_CELLS = 128


@dataclass(frozen=True)
class Crop:
    """A rectangle of a picture, in fractions of its height and width."""

    top: float
    left: float
    height: float
    width: float

    @classmethod
    def of(cls, rows: slice, columns: slice, shape: tuple[int, ...]) -> Crop:
        """Give the rectangle of some rows and columns of a picture of (height, width) pixels."""
        height, width = shape
        return cls(
            rows.start / height, columns.start / width,
            (rows.stop - rows.start) / height, (columns.stop - columns.start) / width,
        )  # fmt: skip


def for_whole_picture(colour_map: ColourMap, crop: Crop) -> ColourMap:
    """Give the map for the whole picture of one that the learned method fitted in a crop of it.

    Grids are read again at the whole picture's places; outside the crop its border goes on. Maps that do not depend on
    place stay as they are.
    """
    if isinstance(colour_map, Chain):
        return Chain(tuple(for_whole_picture(link, crop) for link in colour_map.maps))
    if isinstance(colour_map, Blend):
        return Blend(for_whole_picture(colour_map.inner, crop), colour_map.strength)
    if not isinstance(colour_map, AffineGrid):
        return colour_map
    rows, columns = colour_map.grid.shape[:2]
    # As many places of the whole picture as keep the crop's detail.
    cells = tuple(
        min(_MOST_CELLS, int(np.ceil(count / length))) for count, length in ((rows, crop.height), (columns, crop.width))
    )
    return AffineGrid(read_in_whole(colour_map.grid, crop, cells))


def read_in_whole(grid: Floats, crop: Crop, cells: tuple[int, ...] | None = None) -> Floats:
    """Read a grid over a crop at the cells of a grid over the whole picture.

    Parameters
    ----------
    grid
        (h, w, ...) values over the crop; outside it the outermost ones go on.
    crop
        Where it lies.
    cells
        Rows and columns of the grid to give; those of `grid` by default.
    """
    rows, columns = cells or grid.shape[:2]
    read = _resampled(grid, crop.top, crop.height, rows)
    return np.ascontiguousarray(_resampled(read.swapaxes(0, 1), crop.left, crop.width, columns).swapaxes(0, 1))


def _resampled(grid: Floats, start: float, length: float, cells: int) -> Floats:
    """Read the first axis at `cells` places of the whole picture."""
    inside = np.clip(((np.arange(cells) + 0.5) / cells - start) / length, 0, 1)
    read = taps(inside.astype(np.float32), len(grid))
    weights = read.weights.reshape(cells, 2, *[1] * (grid.ndim - 1))
    return np.asarray(grid[read.indices[:, 0]] * weights[:, 0] + grid[read.indices[:, 1]] * weights[:, 1], np.float32)
