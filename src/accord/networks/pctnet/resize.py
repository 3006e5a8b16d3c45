"""Bilinear resizing as OpenCV does it, which PCT-Net's predictor relies on: bit-exact for uint8, without OpenCV.

There is no antialiasing. For uint8 the weights are 11-bit integers and intermediate sums are truncated, so a result can
be one code value off the rounded exact one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE = 2048


def resize_uint8(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resize (H, W, C) uint8 to (height, width, C)."""
    top, bottom, down = _taps(image.shape[0], height)
    left, right, across = _taps(image.shape[1], width)
    # Columns outside the picture take its edge with full weight; rows keep their weights, which rounds differently.
    inside = (left >= 0) & (right < image.shape[1])
    across = np.where(inside, across, np.float32(0))
    left, right = (index.clip(0, image.shape[1] - 1) for index in (left, right))
    top, bottom = (index.clip(0, image.shape[0] - 1) for index in (top, bottom))
    wide = image.astype(np.int32)
    rows = (wide[:, left] * _fixed(1 - across)[:, None] + wide[:, right] * _fixed(across)[:, None]) >> 4
    upper = (rows[top] * _fixed(1 - down)[:, None, None]) >> 16
    lower = (rows[bottom] * _fixed(down)[:, None, None]) >> 16
    return ((upper + lower + 2) >> 2).clip(0, 255).astype(np.uint8)


def resize_float(plane: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
    """Resize (H, W) of any real dtype to (height, width) in double precision."""
    top, bottom, down = _taps(plane.shape[0], height)
    left, right, across = _taps(plane.shape[1], width)
    left, right = (index.clip(0, plane.shape[1] - 1) for index in (left, right))
    top, bottom = (index.clip(0, plane.shape[0] - 1) for index in (top, bottom))
    wide = plane.astype(np.float64)
    rows = wide[:, left] * (1 - across) + wide[:, right] * across
    return np.asarray(rows[top] * (1 - down)[:, None] + rows[bottom] * down[:, None])


def _taps(size: int, target: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Give each target pixel's two source pixels, which may lie outside, and the second one's weight."""
    position = ((np.arange(target) + 0.5) * (size / target) - 0.5).astype(np.float32)
    first = np.floor(position)
    return first.astype(np.intp), first.astype(np.intp) + 1, position - first


def _fixed(weights: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.rint(weights * _ONE).astype(np.int32)
