"""Where in the picture a colour map acts in its own way, and what in the background drove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB, Floats
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.pipeline.cover import bounding_box
from accord.pipeline.measuring import small_composite

if TYPE_CHECKING:
    from accord.pipeline.result import Result


PLACES = 16
"""Places whose average tells what a map does anywhere."""

_HUGE = 1 << 20

BLOCKS = 8
"""Blocks along each axis that the background is cut into to tell what drove a fit."""

HOTTEST = 10.0
"""CIEDE2000 that is drawn white: the same for every picture, so that two can be compared."""


def heat_map(result: Result) -> Floats:
    """Give where the local part of a result's colour map acts, and how strongly.

    That is how far what the map makes of each pixel lies from what it would make of that colour on average over
    `PLACES` places spread evenly over the foreground. A map that does not depend on place gives 0 everywhere, however
    bent it is.

    Parameters
    ----------
    result
        What `accord.harmonize` gave.

    Returns
    -------
    Floats
        (h, w) CIEDE2000 times coverage, 0 outside the mask, at most 1024 pixels a side, the picture's proportions.
    """
    colours, cover, _ = small_composite(result.composite, result.mask)
    heat = np.zeros(cover.shape, np.float32)
    if not result.colour_map.local:
        return heat
    box = bounding_box(cover)
    inside = np.ascontiguousarray(colours[box])
    height, width = inside.shape[:2]
    own = result.colour_map.transform(inside, Place(box[0].start, box[1].start, height, width, *cover.shape))
    average = np.zeros_like(own)
    for row, column in _spread(cover, PLACES):
        # In a picture so large, the box is as good as a point.
        top, left = (round((at + 0.5) / size * _HUGE) for at, size in zip((row, column), cover.shape, strict=True))
        there = Place(min(top, _HUGE - height), min(left, _HUGE - width), height, width, _HUGE, _HUGE)
        average += result.colour_map.transform(inside, there) / np.float32(PLACES)
    heat[box] = ciede2000(_lab(own), _lab(average)) * cover[box]
    return heat


def _spread(cover: Floats, count: int) -> list[tuple[int, int]]:
    """Give `count` places, spread evenly over the coverage: the same ones every time."""
    reached = np.cumsum(cover.ravel(), dtype=np.float64)
    chosen = np.searchsorted(reached, (np.arange(count) + 0.5) / count * reached[-1])
    rows, columns = np.unravel_index(np.minimum(chosen, cover.size - 1), cover.shape)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def drivers(result: Result) -> Floats:
    """Give what in the background drove a result's colour map: what changes where each part of it is left out.

    Each block of the background in turn counts for nothing and shows the mean of the rest, the method fits again, and
    the foreground's colours move by so much. Takes as long as harmonizing `BLOCKS` times `BLOCKS` times over.

    Parameters
    ----------
    result
        What `accord.harmonize` gave with a method; limits are left out, and strength 1 counts.

    Returns
    -------
    Floats
        (8, 8) mean CIEDE2000 of the foreground's colours between the map fitted without a block and the one fitted
        with all; 0 for blocks without background.

    Raises
    ------
    BadInputError
        If a colour map was given, so that nothing was fitted.
    """
    fit = result.fit
    if fit is None:
        raise BadInputError(
            "a colour map was given, so nothing in the picture drove it: give a method to see what does."
        )
    place = Place.whole(*fit.mask.shape)
    inside = fit.mask >= min(0.5, float(fit.mask.max()))
    usual = _lab(fit.colour_map().transform(fit.composite, place)[inside])
    moved = np.zeros((BLOCKS, BLOCKS), np.float32)
    edges = [np.arange(BLOCKS + 1) * length // BLOCKS for length in fit.mask.shape]
    for row, column in np.ndindex(BLOCKS, BLOCKS):
        block = (slice(*edges[0][row : row + 2]), slice(*edges[1][column : column + 2]))
        weights = fit.reference.copy()
        weights[block] = 0
        if not fit.reference[block].any() or not weights.any():
            continue
        rest = np.average(fit.composite.reshape(-1, 3), axis=0, weights=weights.ravel()).astype(np.float32)
        picture = fit.composite.copy()
        picture[block] += (1 - fit.mask[block])[..., None] * (rest - picture[block])
        other = fit.without(picture, weights).colour_map()
        # The foreground is looked at as it is: where it is soft, the block's colour shows in it.
        moved[row, column] = ciede2000(usual, _lab(other.transform(fit.composite, place)[inside])).mean()
    return moved


def heat_picture(heat: Floats, picture: Floats) -> NDArray[np.uint8]:
    """Draw a heat map over a dim, grey picture: from nothing over red and yellow to white at `HOTTEST`.

    Parameters
    ----------
    heat
        (h, w) CIEDE2000.
    picture
        (h, w, 3) in the working space.

    Returns
    -------
    NDArray
        (h, w, 3) display-encoded sRGB.
    """
    grey = np.clip(picture, 0, 1).mean(axis=-1, keepdims=True) * np.float32(0.5)
    share = np.clip(heat / np.float32(HOTTEST), 0, 1)[..., None]
    colour = np.clip(3 * share - np.array([0, 1, 2], np.float32), 0, 1)
    cover = np.clip(4 * share, 0, 1)
    return np.asarray(np.rint((grey + cover * (colour - grey)) * 255), np.uint8)


def _lab(colours: Floats) -> Floats:
    """Give what is seen of working-space colours as CIELAB."""
    return linear_to_lab(SRGB.to_light(np.clip(colours, 0, 1)))
