"""The windows of OpenEXR: the pixels in a file may be a part of its frame, or reach beyond it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.composite.placement import Box
from accord.core.picture import Picture


def display_window(picture: Picture) -> Box:
    """Give where a picture's frame lies in its rows and columns: all of them but for an OpenEXR that says otherwise."""
    facts = picture.facts
    if facts is None or facts.format != "openexr" or facts.window is None:
        return Box(0, 0, picture.height, picture.width)
    x, y, left, top, width, height = facts.window
    return Box(0, 0, height, width).moved(top - y, left - x)


def cut(values: NDArray[Any], box: Box) -> NDArray[Any]:
    """Give what lies in a box of an array's rows and columns, (H, W) or (H, W, channels); zeros beyond its borders."""
    inside = box.within(Box(0, 0, *values.shape[:2]))
    if inside == box:
        return values[box.slices]
    padded = np.zeros((box.height, box.width, *values.shape[2:]), values.dtype)
    if inside is not None:
        padded[inside.moved(-box.top, -box.left).slices] = values[inside.slices]
    return padded
