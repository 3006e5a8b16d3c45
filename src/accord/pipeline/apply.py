"""A colour map, applied at full size to the foreground only."""

from __future__ import annotations

import numpy as np

from accord.core.encoding import Floats
from accord.core.picture import Picture
from accord.core.place import Place
from accord.pipeline.working import WorkingView, strips
from accord.transforms.base import ColourMap


def recoloured(view: WorkingView, mask: Floats, colour_map: ColourMap) -> Picture:
    """Apply a colour map within the mask: out = C + mask * (map(C) - C), in the working space.

    Works in strips of the mask's bounding box, so memory beyond the result does not grow with the picture. A pixel
    whose mask is exactly 0, or whose colour the map leaves as it is, is the source's bit for bit.

    Parameters
    ----------
    view
        The composite.
    mask
        (H, W) coverage in [0, 1], not all 0.
    colour_map
        What to apply, strength included.
    """
    picture = view.picture
    pixels = picture.pixels.copy()
    box_rows, columns = bounding_box(mask)
    for rows in strips(box_rows, columns.stop - columns.start):
        cover = mask[rows, columns]
        colours = view.read(rows, columns)
        height, width = cover.shape
        place = Place(rows.start, columns.start, height, width, picture.height, picture.width)
        change = colour_map.transform(colours, place) - colours
        change *= cover[..., None]
        changed = (cover > 0) & (change != 0).any(axis=-1)
        if view.associated:
            changed &= view.coverage(rows, columns) > 0
        np.copyto(pixels[rows, columns], view.write(colours + change, rows, columns), where=changed[..., None])
    return picture.with_pixels(pixels)


def bounding_box(mask: Floats) -> tuple[slice, slice]:
    """Give the rows and columns outside which the mask is exactly 0."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
