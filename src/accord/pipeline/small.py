"""Small versions of a picture and its mask, colours weighted by how much of each pixel is there."""

from __future__ import annotations

import numpy as np

from accord.core.encoding import Floats
from accord.pipeline.shrink import shrink
from accord.pipeline.working import WorkingView


def small_version(view: WorkingView, to: tuple[int, int]) -> tuple[Floats, Floats]:
    """Give the small version's colours, (h, w, 3), and how much of each of its pixels is there, (h, w)."""
    size, columns = (view.picture.height, view.picture.width), slice(0, view.picture.width)
    if not view.sees_through:
        return shrink(lambda rows: view.read(rows, columns), size, to), np.ones(to, dtype=np.float32)

    def weighted(rows: slice) -> Floats:
        seen = view.coverage(rows, columns)[..., None]
        return np.concatenate([view.read(rows, columns) * seen, seen], axis=-1)

    small = shrink(weighted, size, to)
    seen = small[..., 3:]
    colours = np.divide(small[..., :3], seen, out=np.zeros_like(small[..., :3]), where=seen > 0)
    return colours, seen[..., 0]


def small_mask(mask: Floats, to: tuple[int, int]) -> Floats:
    """Give a mask, (H, W) in [0, 1], at another size, (h, w)."""
    return np.clip(shrink(lambda rows: mask[rows, :, None], mask.shape, to)[..., 0], 0, 1)
