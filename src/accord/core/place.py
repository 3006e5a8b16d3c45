"""Where a tile lies in its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Place:
    """The rectangle of a picture that a tile covers, in pixels.

    Colour maps that depend on place read their parameters at these positions, so a map fitted on a small version of the
    picture applies at any size, tile by tile.

    Parameters
    ----------
    top, left
        Position of the tile's first pixel in the picture.
    height, width
        Size of the tile.
    picture_height, picture_width
        Size of the whole picture.
    """

    top: int
    left: int
    height: int
    width: int
    picture_height: int
    picture_width: int

    @classmethod
    def whole(cls, height: int, width: int) -> Place:
        """Give the place of a picture that is its own only tile."""
        return cls(0, 0, height, width, height, width)

    def rows(self) -> NDArray[np.float32]:
        """Give the pixel centres' vertical positions as fractions of the picture, shape (height,), in (0, 1)."""
        return pixel_centres(self.top, self.height, self.picture_height)

    def columns(self) -> NDArray[np.float32]:
        """Give the pixel centres' horizontal positions as fractions of the picture, shape (width,), in (0, 1)."""
        return pixel_centres(self.left, self.width, self.picture_width)


def pixel_centres(start: int, count: int, length: int) -> NDArray[np.float32]:
    """Give the centres of `count` pixels from `start` along an axis of `length`, as fractions of it in (0, 1)."""
    return ((np.arange(start, start + count) + 0.5) / length).astype(np.float32)
