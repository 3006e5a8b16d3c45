"""A picture as it came: pixels in their own depth, and what the file said about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Encoding


@dataclass(frozen=True)
class FileFacts:
    """What a file carried beside its pixels, kept so that a result can be written back the same way.

    Parameters
    ----------
    format
        Container, as lower-case word: png, jpeg, webp, tiff, openexr, dpx, jpegxl, psd.
    icc
        The embedded ICC profile, as stored.
    exif
        The Exif block as stored, without the prefix "Exif" and two zero bytes that JPEG puts before it; its orientation
        reads 1, since pixels are upright here.
    xmp
        The XMP packet, as stored.
    resolution
        Horizontal and vertical dots per inch.
    quantization, subsampling
        A JPEG's own tables and chroma subsampling, so that the result is coded like its source.
    attributes
        Anything else that the container carried and can carry again, by OpenImageIO's names.
    window
        x and y of the pixels' top left corner, and the display window's x, y, width and height, in which they count;
        None where the pixels are all of a frame that begins at (0, 0).
    """

    format: str
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    resolution: tuple[float, float] | None = None
    quantization: dict[int, list[int]] | None = None
    subsampling: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    window: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels in the depth and encoding in which they came.

    Parameters
    ----------
    pixels
        (H, W, 1 or 3), uint8, uint16, float16 or float32, upright (Exif orientation applied). Integers use their whole
        range (uint16 65535 is white, also for 10- and 12-bit sources); floats are 1.0 at white and may exceed it.
    alpha
        (H, W) coverage in the dtype of `pixels`, or None.
    encoding
        How code values relate to light.
    premultiplied
        Whether `pixels` are already multiplied by `alpha` (as in EXR).
    facts
        What the file said, or None for a picture from memory.
    flat
        Whether grey pixels came as (H, W), and go back to arrays so.
    """

    pixels: NDArray[Any]
    encoding: Encoding
    alpha: NDArray[Any] | None = None
    premultiplied: bool = False
    facts: FileFacts | None = None
    flat: bool = False

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    def with_pixels(self, pixels: NDArray[Any]) -> Picture:
        """Give the same picture with other pixels."""
        return replace(self, pixels=pixels)


def code_range(dtype: np.dtype[Any]) -> float:
    """Give the code value of white: 255, 65535, or 1.0 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0
