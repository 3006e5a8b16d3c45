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
        return ((np.arange(self.top, self.top + self.height) + 0.5) / self.picture_height).astype(np.float32)

    def columns(self) -> NDArray[np.float32]:
        """Give the pixel centres' horizontal positions as fractions of the picture, shape (width,), in (0, 1)."""
        return ((np.arange(self.left, self.left + self.width) + 0.5) / self.picture_width).astype(np.float32)
