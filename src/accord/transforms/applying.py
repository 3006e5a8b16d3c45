"""Run a colour map over a whole picture in memory, strip by strip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.picture import code_range
from accord.core.place import Place
from accord.transforms.base import ColourMap
from accord.transforms.identity import Identity

STRIP_PIXELS = 1 << 18
"""Pixels per strip: large enough to hide NumPy's overhead, small enough to keep a map's scratch memory near 50 MB."""

_DTYPES = ("uint8", "uint16", "float16", "float32", "float64")


def apply_to_array(colour_map: ColourMap, image: NDArray[Any]) -> NDArray[Any]:
    """Map `image`, (H, W, 3), display-encoded sRGB; see `ColourMap.apply`."""
    image = np.asarray(image)
    _check(image)
    if isinstance(colour_map, Identity):
        return image.copy()
    height, width = image.shape[:2]
    result = np.empty_like(image)
    white = code_range(image.dtype)
    whole_numbers = np.issubdtype(image.dtype, np.integer)
    rows = max(1, STRIP_PIXELS // max(width, 1))
    for top in range(0, height, rows):
        tile = image[top : top + rows]
        pixels = tile.astype(np.float32)
        if whole_numbers:
            pixels /= np.float32(white)
        mapped = colour_map.transform(pixels, Place(top, 0, tile.shape[0], width, height, width))
        if whole_numbers:
            # Rounding to nearest keeps the mean; a cast alone would darken by half a code value.
            mapped = np.rint(np.clip(mapped, 0.0, 1.0) * np.float32(white))
        result[top : top + rows] = mapped.astype(image.dtype)
    return result


def _check(image: NDArray[Any]) -> None:
    if image.ndim != 3 or image.shape[2] != 3:
        raise BadInputError(
            f"image has shape {image.shape}, but a colour map applies to (height, width, 3); "
            "drop the alpha channel, or repeat a grey one three times."
        )
    if image.dtype.name not in _DTYPES:
        raise BadInputError(f"image has dtype {image.dtype.name}, but one of {', '.join(_DTYPES)} is wanted.")
