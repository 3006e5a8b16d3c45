"""Scale and turn floating-point images, with OpenImageIO's filters."""

from __future__ import annotations

from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813 (its usual name)
from numpy.typing import NDArray

from accord.core.errors import HarmonizeError

Floats = NDArray[np.float32]

# Interpolates, and its lobes below 0 are small: sharp, without the double contours of Lanczos, which linear light makes
# visible. Shrinking widens it, so it averages over the area that a pixel covers.
_FILTER = "catmull-rom"


def resized(
    part: Floats,
    corner: tuple[int, int],
    whole: tuple[int, int],
    size: tuple[int, int],
    target: tuple[int, int, int, int],
) -> Floats:
    """Scale an image of which only a part is at hand, and give a part of the result.

    Parameters
    ----------
    part
        (h, w, channels), with what is linear: premultiplied light.
    corner
        Row and column of `part` in the whole image; beyond its borders its border pixels repeat.
    whole, size
        Height and width of the whole image before and after.
    target
        Top, left, bottom, right of the part of the result that is wanted.

    Returns
    -------
    ndarray
        (bottom - top, right - left, channels), float32; it may leave the range of `part` by a few percent.
    """
    top, left, bottom, right = target
    source = _buffer(part, corner, whole)
    spec = oiio.ImageSpec(right - left, bottom - top, part.shape[2], oiio.FLOAT)
    spec.x, spec.y = left, top
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, size[1], size[0]
    result = oiio.ImageBuf(spec)
    done = oiio.ImageBufAlgo.resize(result, source, _FILTER, 0.0, result.roi)
    return _pixels(result, done)


def warped(part: Floats, matrix: NDArray[np.float64], target: tuple[int, int, int, int]) -> Floats:
    """Move an image by a matrix and give a part of the result; outside the image lie zeros.

    Parameters
    ----------
    part
        (h, w, channels), with what is linear: premultiplied light.
    matrix
        (3, 3), from points (x, y, 1) of `part`, its top left corner being (0, 0), to points of the result.
    target
        Top, left, bottom, right of the part of the result that is wanted.

    Returns
    -------
    ndarray
        (bottom - top, right - left, channels), float32; it may leave the range of `part` by a few percent.
    """
    top, left, bottom, right = target
    source = _buffer(part, (0, 0), part.shape[:2])
    roi = oiio.ROI(left, right, top, bottom, 0, 1, 0, part.shape[2])
    result = oiio.ImageBufAlgo.warp(source, tuple(matrix.T.ravel().tolist()), _FILTER, 0.0, False, "black", roi)
    return _pixels(result, not result.has_error)


def _buffer(part: Floats, corner: tuple[int, int], whole: tuple[int, ...]) -> Any:
    height, width, channels = part.shape
    spec = oiio.ImageSpec(width, height, channels, oiio.FLOAT)
    spec.y, spec.x = corner
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, whole[1], whole[0]
    buffer = oiio.ImageBuf(spec)
    buffer.set_pixels(buffer.roi, np.ascontiguousarray(part, dtype=np.float32))
    return buffer


def _pixels(result: Any, done: bool) -> Floats:
    if not done:
        raise HarmonizeError(f"the foreground cannot be resampled: {result.geterror()}")
    pixels: Floats = result.get_pixels(oiio.FLOAT)
    return pixels
