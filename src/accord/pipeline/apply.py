"""A colour map, applied at full size to the foreground only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import Picture
from accord.core.place import Place
from accord.core.tiles import for_each, tiles
from accord.pipeline.cover import bounding_box, coverage_of
from accord.pipeline.working import WorkingView
from accord.transforms.base import ColourMap


def recoloured(view: WorkingView, mask: NDArray[Any], colour_map: ColourMap, *, in_place: bool = False) -> Picture:
    """Apply a colour map within the mask: out = C + mask * (map(C) - C), in the working space.

    Works tile by tile in the mask's bounding box, on the cores that may be used, so memory beyond the result does not
    grow with the picture. Tiles do not show: the result is the same bit for bit, however many cores there are. A pixel
    whose mask is exactly 0, or whose colour the map leaves as it is, is the source's bit for bit.

    Parameters
    ----------
    view
        The composite.
    mask
        (H, W) coverage, not all 0: floats in [0, 1], or integers of which the largest of their type is full.
    colour_map
        What to apply, strength included.
    in_place
        Whether the composite's own pixels are written over, for callers who own them and need them no more.
    """
    picture = view.picture
    pixels = picture.pixels if in_place else picture.pixels.copy()

    def work(tile: tuple[slice, slice]) -> None:
        recolour_tile(view, coverage_of(mask[tile]), colour_map, tile, pixels[tile])

    for_each(work, tiles(*bounding_box(mask)))
    return picture.with_pixels(pixels)


def recolour_tile(
    view: WorkingView, cover: Floats, colour_map: ColourMap, tile: tuple[slice, slice], out: NDArray[Any]
) -> None:
    """Recolour one tile of a composite; `out` already holds its pixels, and takes those that change."""
    covered = cover > 0
    if not covered.any():
        return
    picture = view.picture
    rows, columns = tile
    colours = view.read(rows, columns)
    height, width = cover.shape
    place = Place(rows.start, columns.start, height, width, picture.height, picture.width)
    mapped = colour_map.transform(colours, place)
    if mapped is colours:
        return
    change = mapped - colours
    changed = covered & ((change[..., 0] != 0) | (change[..., 1] != 0) | (change[..., 2] != 0))
    if view.associated:
        changed &= view.coverage(rows, columns) > 0
    change *= cover[..., None]
    change += colours
    codes = view.write(change, rows, columns)
    where = {} if changed.all() else {"where": changed}
    for channel in range(codes.shape[-1]):
        np.copyto(out[..., channel], codes[..., channel], casting="unsafe", **where)
