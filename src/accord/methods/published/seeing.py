"""What published networks see: a square, small picture and its mask, as (1, channels, size, size) arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.methods.card import Floats, FullPicture
from accord.methods.seen import resized, seen_by_network
from accord.networks.pctnet.resize import resize_float, resize_uint8

Inputs = dict[str, Floats]


def small_inputs(composite: Floats, mask: Floats, reference: Floats, size: int) -> Inputs:
    """Prepare the small version that a method is fitted on, of any size, for a network that reads size x size.

    Raises
    ------
    BadInputError
        If sizes differ, values are not finite, the mask leaves no foreground, or the reference no pixels.
    """
    shown = resized(np.dstack([seen_by_network(composite, mask, reference), mask]), size)
    return _inputs(shown[..., :3], shown[..., 3])


def squeezed_inputs(picture: FullPicture, size: int) -> Inputs:
    """Squeeze a full-size picture to size x size as iDIH's and PCT-Net's own code does: 8 bits, by OpenCV's rules."""
    codes = np.empty((picture.height, picture.width, 3), np.uint8)
    for rows in strips(picture):
        codes[rows] = np.rint(np.clip(picture.read(rows), 0, 1) * 255)
    return _inputs(resize_uint8(codes, size, size) / np.float32(255), resize_float(picture.mask, size, size))


def whole_inputs(picture: FullPicture) -> Inputs:
    """Give a full-size picture as it is, for networks that shrink it themselves: 16 bytes a pixel."""
    image = np.empty((1, 3, picture.height, picture.width), np.float32)
    for rows in strips(picture):
        image[0, :, rows] = np.clip(picture.read(rows), 0, 1).transpose(2, 0, 1)
    return {"image": image, "mask": np.ascontiguousarray(picture.mask[None, None], np.float32)}


def strips(picture: FullPicture, pixels: int = 1 << 18) -> list[slice]:
    """Cut a picture's rows into strips of about that many pixels."""
    step = max(1, pixels // picture.width)
    return [slice(top, min(top + step, picture.height)) for top in range(0, picture.height, step)]


def _inputs(image: NDArray[Any], mask: NDArray[Any]) -> Inputs:
    return {
        "image": np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32),
        "mask": np.ascontiguousarray(mask[None, None], np.float32),
    }
