"""Small versions of a picture and its mask, colours weighted by how much of each pixel is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.pipeline.cover import bounding_box, coverage_of
from accord.pipeline.shrink import covered, covering, shrink
from accord.pipeline.working import STRIP_PIXELS, WorkingView


def small_version(
    view: WorkingView, to: tuple[int, int], rows: slice = slice(None), columns: slice = slice(None)
) -> tuple[Floats, Floats]:
    """Give a small version's colours, (h, w, 3), and how much of each of its pixels is there, (h, w).

    Parameters
    ----------
    view
        The picture.
    to
        Height and width wanted.
    rows, columns
        The part of the picture to show; by default all.
    """
    top, bottom, _ = rows.indices(view.picture.height)
    left, right, _ = columns.indices(view.picture.width)
    size, columns = (bottom - top, right - left), slice(left, right)

    def within(part: slice) -> slice:
        return slice(top + part.start, top + part.stop)

    if not view.sees_through:
        if view.is_scaled:  # then the mean of code values, times the scale, is that of colours, and much faster
            codes = shrink(
                lambda part: view.picture.pixels[within(part), columns], size, to, strip_pixels=4 * STRIP_PIXELS
            )
            return np.repeat(codes / np.float32(view.white), 3 // codes.shape[-1], axis=-1), np.ones(to, np.float32)
        return shrink(lambda part: view.read(within(part), columns), size, to), np.ones(to, dtype=np.float32)

    def weighted(part: slice) -> Floats:
        seen = view.coverage(within(part), columns)[..., None]
        return np.concatenate([view.read(within(part), columns) * seen, seen], axis=-1)

    small = shrink(weighted, size, to)
    seen = small[..., 3:]
    colours = np.divide(small[..., :3], seen, out=np.zeros_like(small[..., :3]), where=seen > 0)
    return colours, seen[..., 0]


def small_mask(mask: NDArray[Any], to: tuple[int, int]) -> Floats:
    """Give a mask, (H, W) of floats in [0, 1] or of integers, at another size, (h, w) of floats in [0, 1]."""
    height, width = mask.shape
    grows = to[0] > height or to[1] > width
    # Most of a mask is 0, and of what is 0 nothing is left to average.
    box = (slice(0, height), slice(0, width)) if grows else bounding_box(mask)
    small = np.zeros(to, np.float32)
    if box[0].stop == 0:
        return small
    rows, columns = covering(height, to[0], box[0]), covering(width, to[1], box[1])
    read = covered(width, to[1], columns)
    # As floats throughout, so that the depth of a mask makes no difference, not even in the last bit.
    found = shrink(
        lambda part: coverage_of(mask[part, read])[..., None],
        (height, width),
        to,
        None if grows else (rows, columns),
        strip_pixels=4 * STRIP_PIXELS,
    )
    small[rows, columns] = found[..., 0]
    return np.clip(small, 0, 1, out=small)


def drawn(colours: Floats, weights: Floats, count: int) -> Floats:
    """Give `count` of the colours (h, w, 3), spread evenly over the weights (h, w): (count, 3), always the same."""
    reached = np.cumsum(weights.ravel(), dtype=np.float64)
    chosen = np.searchsorted(reached, (np.arange(count) + 0.5) / count * reached[-1])
    return np.asarray(colours.reshape(-1, 3)[np.minimum(chosen, reached.size - 1)])
