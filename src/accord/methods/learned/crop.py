"""A colour map that was fitted in a part of a picture, for the whole picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.transforms import AffineGrid, Chain, ColourMap
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


def for_whole_picture(colour_map: ColourMap, crop: Crop) -> ColourMap:
    """Give the map for the whole picture of one that the learned method fitted in a crop of it.

    Grids are read again at the whole picture's places; outside the crop its border goes on. Maps that do not depend on
    place stay as they are.
    """
    if isinstance(colour_map, Chain):
        return Chain(tuple(for_whole_picture(link, crop) for link in colour_map.maps))
    if not isinstance(colour_map, AffineGrid):
        return colour_map
    grid = _resampled(colour_map.grid, crop.top, crop.height)
    grid = _resampled(grid.transpose(1, 0, 2, 3), crop.left, crop.width).transpose(1, 0, 2, 3)
    return AffineGrid(np.ascontiguousarray(grid))


def _resampled(grid: Floats, start: float, length: float) -> Floats:
    """Read the first axis at as many places of the whole picture as keep the crop's detail."""
    cells = min(_MOST_CELLS, int(np.ceil(len(grid) / length)))
    inside = np.clip(((np.arange(cells) + 0.5) / cells - start) / length, 0, 1)
    read = taps(inside.astype(np.float32), len(grid))
    weights = read.weights.reshape(cells, 2, *[1] * (grid.ndim - 1))
    return np.asarray(grid[read.indices[:, 0]] * weights[:, 0] + grid[read.indices[:, 1]] * weights[:, 1], np.float32)
