"""Run a colour map over a whole picture in memory, tile by tile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core import planes
from accord.core.errors import BadInputError
from accord.core.picture import code_range
from accord.core.place import Place
from accord.core.tiles import for_each, tiles
from accord.transforms.base import ColourMap
from accord.transforms.identity import Identity

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

    def work(tile: tuple[slice, slice]) -> None:
        rows, columns = tile
        source = image[tile]
        pixels = planes.empty(*source.shape[:2])
        for channel in range(3):
            pixels[..., channel] = source[..., channel]
        if whole_numbers:
            pixels /= np.float32(white)
        tall, wide = source.shape[:2]
        mapped = colour_map.transform(pixels, Place(rows.start, columns.start, tall, wide, height, width))
        if whole_numbers:
            # Rounding to nearest keeps the mean; a cast alone would darken by half a code value.
            mapped = np.rint(np.clip(mapped, 0.0, 1.0) * np.float32(white))
        for channel in range(3):
            result[rows, columns, channel] = mapped[..., channel]

    for_each(work, tiles(slice(0, height), slice(0, width)))
    return result


def _check(image: NDArray[Any]) -> None:
    if image.ndim != 3 or image.shape[2] != 3:
        raise BadInputError(
            f"image has shape {image.shape}, but a colour map applies to (height, width, 3); "
            "drop the alpha channel, or repeat a grey one three times."
        )
    if image.dtype.name not in _DTYPES:
        raise BadInputError(f"image has dtype {image.dtype.name}, but one of {', '.join(_DTYPES)} is wanted.")
