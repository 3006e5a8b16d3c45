"""Pictures as data URIs, at the size of a screen."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.pipeline.explaining import HOTTEST, heat_picture

_JPEG = {"quality": 90, "subsampling": 0, "optimize": True}

# What is transparent is shown over a mid grey, which favours neither light nor dark.
_GREY = np.float32(0.5)

DRIVEN = 5.0
"""CIEDE2000 at the end of the scale of what drove a fit: one block of 64 moves little."""


def photograph(colours: Floats, seen: Floats) -> str:
    """Give (h, w, 3) working-space colours as a JPEG in a data URI; what is beyond [0, 1] is clipped.

    Parameters
    ----------
    colours
        Display-encoded sRGB, extended, not multiplied by `seen`.
    seen
        (h, w) in [0, 1]: how much of each pixel is there.
    """
    shown = _GREY + seen[..., None] * (np.clip(colours, 0, 1) - _GREY)
    return _jpeg(shown)


def coverage(mask: Floats) -> str:
    """Give a mask (h, w) in [0, 1] as a grey PNG in a data URI."""
    return _encoded(_codes(mask), "PNG")


def heat(colours: Floats, amount: Floats, end: float, *, blocks: bool = False) -> str:
    """Draw a heat map over a dimmed grey picture.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space.
    amount
        CIEDE2000, >= 0, of any size (rows, columns).
    end
        What is drawn white.
    blocks
        Whether each number stands for a block of the picture, with sharp borders.
    """
    from PIL import Image

    size = colours.shape[1], colours.shape[0]
    image = Image.fromarray(np.ascontiguousarray(amount * (HOTTEST / end), np.float32))
    way = Image.Resampling.NEAREST if blocks else Image.Resampling.BILINEAR
    return _encoded(heat_picture(np.asarray(image.resize(size, way)), colours), "JPEG", **_JPEG)


def _jpeg(shown: Floats) -> str:
    return _encoded(_codes(shown), "JPEG", **_JPEG)


def _codes(values: Floats) -> NDArray[np.uint8]:
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _encoded(codes: NDArray[np.uint8], kind: str, **options: int) -> str:
    from PIL import Image

    file = BytesIO()
    Image.fromarray(codes).save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
