"""Small versions of a picture and its mask, colours weighted by how much of each pixel is there."""

from __future__ import annotations

import numpy as np

from accord.core.encoding import Floats
from accord.pipeline.shrink import shrink
from accord.pipeline.working import WorkingView


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
        return shrink(lambda part: view.read(within(part), columns), size, to), np.ones(to, dtype=np.float32)

    def weighted(part: slice) -> Floats:
        seen = view.coverage(within(part), columns)[..., None]
        return np.concatenate([view.read(within(part), columns) * seen, seen], axis=-1)

    small = shrink(weighted, size, to)
    seen = small[..., 3:]
    colours = np.divide(small[..., :3], seen, out=np.zeros_like(small[..., :3]), where=seen > 0)
    return colours, seen[..., 0]


def small_mask(mask: Floats, to: tuple[int, int]) -> Floats:
    """Give a mask, (H, W) in [0, 1], at another size, (h, w)."""
    return np.clip(shrink(lambda rows: mask[rows, :, None], mask.shape, to)[..., 0], 0, 1)
