"""Exif orientation: turning pixels upright, and saying so in the Exif block and the XMP packet.

Source: CIPA DC-008 (Exif 2.32), tag 274; Adobe's XMP part 2, tiff:Orientation.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TAG = 274
_IN_XMP = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>)\s*)[2-8](?=\s*["'<])""")


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn pixels (H, W, ...) stored with an Exif orientation upright; a view where nothing must move.

    Orientations outside 1..8 mean nothing and are taken as 1, as readers commonly do.
    """
    turned = _turned(pixels, orientation)
    in_order = all(a > b > 0 for a, b in pairwise(turned.strides))
    return turned if turned is pixels or in_order else np.ascontiguousarray(turned)


def room_for(shape: tuple[int, int, int], dtype: str, orientation: int, *, padded: bool) -> NDArray[Any]:
    """Make room for pixels as they are stored, (H, W, channels), that are contiguous once `upright` turned them.

    Parameters
    ----------
    shape
        Height, width and channels as stored.
    dtype
        Of the pixels.
    orientation
        The Exif orientation that `upright` will be given.
    padded
        Whether each pixel is followed by one unused sample, at its full value: what libraries that want four have.
    """
    height, width, channels = shape
    across = orientation in range(5, 9)
    size = (width, height) if across else (height, width)
    upright_pixels = np.empty((*size, channels + padded), dtype)
    if padded:
        upright_pixels[..., channels] = np.iinfo(dtype).max
    # What undoes a turn: itself, but for the two quarter turns, which undo one another.
    return _turned(upright_pixels, {6: 8, 8: 6}.get(orientation, orientation))[..., :channels]


def _turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    if orientation not in range(2, 9):
        return pixels
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def exif_orientation(exif: bytes) -> int:
    """Read the orientation from an Exif block without prefix; 1 where it has none or is broken."""
    place = _find(exif)
    if place is None:
        return 1
    value = struct.unpack_from(place[1] + "H", exif, place[0])[0]
    return value if 1 <= value <= 8 else 1


def with_upright_tag(exif: bytes) -> bytes:
    """Give the Exif block with orientation 1 and every other byte as it was."""
    place = _find(exif)
    if place is None:
        return exif
    patched = bytearray(exif)
    struct.pack_into(place[1] + "H", patched, place[0], 1)
    return bytes(patched)


def with_upright_property(xmp: bytes) -> bytes:
    """Give the XMP packet with orientation 1, whether an attribute or an element says it, and all else as it was."""
    return _IN_XMP.sub(rb"\g<1>1", xmp)


def _find(exif: bytes) -> tuple[int, str] | None:
    """Give the offset of the orientation's value in the block, and the block's byte order for `struct`."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return None
    start = struct.unpack_from(order + "I", exif, 4)[0]
    if start + 2 > len(exif):
        return None
    count = struct.unpack_from(order + "H", exif, start)[0]
    for entry in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, values = struct.unpack_from(order + "HHI", exif, entry)
        if tag == _TAG and kind == 3 and values == 1:
            return entry + 8, order
    return None
