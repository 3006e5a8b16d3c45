"""A colour map, applied at full size to the foreground only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import Picture, code_range
from accord.core.place import Place
from accord.core.tiles import ALIGNED, for_each, tiles
from accord.pipeline.cover import bounding_box, coverage_of
from accord.pipeline.working import WorkingView, strips
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
    pixels = picture.pixels if in_place else _copied(picture.pixels)

    def work(tile: tuple[slice, slice]) -> None:
        recolour_tile(view, mask[tile], colour_map, tile, pixels[tile])

    for_each(work, tiles(*bounding_box(mask)))
    return picture.with_pixels(pixels)


def recolour_tile(
    view: WorkingView, mask: NDArray[Any], colour_map: ColourMap, tile: tuple[slice, slice], out: NDArray[Any]
) -> None:
    """Recolour one tile of a composite; `mask` is the tile's.

    `out` already holds the tile's pixels, and takes those that change.
    """
    least, full = mask.min(), code_range(mask.dtype)
    rows, columns = tile
    if least == 0:
        covered = bounding_box(mask)
        if covered[0].stop == 0:
            return
        rows = slice(tile[0].start + covered[0].start, tile[0].start + covered[0].stop)
        columns = slice(tile[1].start + covered[1].start, tile[1].start + covered[1].stop)
        columns = slice(max(tile[1].start, columns.start - columns.start % ALIGNED), columns.stop)
        inner = covered[0], slice(columns.start - tile[1].start, covered[1].stop)
        mask, out = mask[inner], out[inner]
    picture = view.picture
    colours = view.read(rows, columns)
    height, width = mask.shape
    place = Place(rows.start, columns.start, height, width, picture.height, picture.width)
    mapped = colour_map.transform(colours, place)
    if mapped is colours:
        return
    where = {}
    if not view.keeps_codes or (least < full and picture.pixels.dtype.kind == "f"):
        changed = (mask > 0) & _differ(mapped, colours)
        if view.associated:
            changed &= view.coverage(rows, columns) > 0
        where = {"where": changed}
    if least < full:
        # At full cover this is the map's colour to the last bit, so that it may be left out where all is covered, and
        # at none the composite's, which whole numbers take back as they were; unless the map's is no number at all.
        cover = coverage_of(mask)[..., None]
        mapped = mapped * cover
        colours *= 1 - cover
        mapped += colours
        if not where and least == 0 and not np.isfinite(mapped.sum()):
            where = {"where": mask > 0}
    codes = view.write(mapped, rows, columns)
    for channel in range(codes.shape[-1]):
        np.copyto(out[..., channel], codes[..., channel], casting="unsafe", **where)


def _copied(pixels: NDArray[Any]) -> NDArray[Any]:
    """Copy a picture's pixels on all cores: half of the time goes into memory that was never touched."""
    result = np.empty(pixels.shape, pixels.dtype)
    height, width = pixels.shape[:2]

    def copy(rows: slice) -> None:
        result[rows] = pixels[rows]

    for_each(copy, strips(slice(0, height), width))
    return result


def _differ(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Give which colours, (h, w, 3), are not the same, (h, w)."""
    found: NDArray[np.bool_] = one[..., 0] != other[..., 0]
    for channel in (1, 2):
        found |= one[..., channel] != other[..., channel]
    return found
