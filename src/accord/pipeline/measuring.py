"""The bounded views of a composite and its result that signals, explanations and exports are taken from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.picture import Picture
from accord.core.place import Place
from accord.diagnose.evidence import LONGEST, Evidence, Pair
from accord.pipeline.cover import bounding_box
from accord.pipeline.judging import Judge
from accord.pipeline.opinions import opinions
from accord.pipeline.reference import ring_around
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import small_mask, small_version
from accord.pipeline.working import WorkingView, strips
from accord.transforms.base import ColourMap


def small_composite(view: WorkingView, mask: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the composite's small version, (h, w, 3), its mask, and the weights of the visible background, (h, w)."""
    to = fitted_size(view.picture.height, view.picture.width, LONGEST, square=False)
    colours, seen = small_version(view, to)
    cover = small_mask(mask, to)
    return colours, _visible(cover, seen), (1 - cover) * seen


def evidence(
    view: WorkingView, done: Picture, mask: Floats, colour_map: ColourMap, judge: Judge | None = None
) -> Evidence:
    """Give what signals are measured on.

    Parameters
    ----------
    view
        The composite.
    done
        The result.
    mask
        (H, W) coverage of the foreground in [0, 1].
    colour_map
        What was applied.
    judge
        The composite's judge, where there is one.
    """
    result = WorkingView(done, view.alpha_covers)
    before, cover, background = small_composite(view, mask)
    after, _ = small_version(result, cover.shape)
    spread, mapped = _spread(view, result, mask, colour_map)
    rows, columns = fullest_window(cover, mask.shape)
    seen = _visible(mask[rows, columns], view.coverage(rows, columns))
    window = Pair(view.read(rows, columns), result.read(rows, columns), seen)
    return Evidence(
        small=Pair(before, after, cover),
        ring=visible_ring(cover, background),
        spread=spread,
        mapped=mapped,
        window=window,
        background_untouched=background_untouched(view.picture, done, mask),
        opinions=opinions(view, mask, judge),
        estimate=judge.estimate([judge.small_result(done)])[0] if judge is not None else None,
    )


def visible_ring(cover: Floats, background: Floats) -> Floats:
    """Give the weights of a ring around the foreground, or of all background where no such ring can be seen."""
    ring = np.minimum(ring_around(cover), background)
    return ring if ring.any() else background


def fullest_window(weights: Floats, size: tuple[int, int]) -> tuple[slice, slice]:
    """Give the rectangle of at most `LONGEST` pixels a side, in a picture of `size`, with the most weight.

    Parameters
    ----------
    weights
        (h, w) >= 0 at any scale; the rectangle is placed to a pixel of these.
    size
        The picture's height and width.
    """
    rectangle = []
    for axis in (0, 1):
        long, cells = min(LONGEST, size[axis]), weights.shape[axis]
        span = max(1, min(cells, round(long * cells / size[axis])))
        sums = np.concatenate([[0.0], np.cumsum(weights.sum(axis=1 - axis, dtype=np.float64))])
        held = sums[span:] - sums[:-span]
        # The middle of equally good places, so that what surrounds the foreground is seen on all sides.
        best = int(np.median(np.flatnonzero(held >= held.max() * (1 - 1e-9))))
        start = min(round(best * size[axis] / cells), size[axis] - long)
        rectangle.append(slice(start, start + long))
    return rectangle[0], rectangle[1]


def background_untouched(before: Picture, after: Picture, mask: Floats) -> bool:
    """Tell whether every pixel where the mask is exactly 0 is the same in both, alpha included, bit for bit."""
    if before.pixels.shape != after.pixels.shape or before.pixels.dtype != after.pixels.dtype:
        return False
    planes = [(before.pixels, after.pixels)]
    if before.alpha is not None and after.alpha is not None:
        planes.append((before.alpha[..., None], after.alpha[..., None]))
    for rows in strips(slice(0, before.height), before.width):
        outside = mask[rows] == 0
        for one, other in planes:
            # As bytes: a float compares equal to its negative zero, and NaN to nothing.
            if (_bytes(one[rows]) != _bytes(other[rows])).any(axis=-1)[outside].any():
                return False
    return True


def _visible(mask: Floats, coverage: Floats) -> Floats:
    """Give the mask where the picture is there, or the mask alone where none of the foreground is."""
    seen = mask * coverage
    return seen if seen.any() else mask


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).view(np.uint8)


def _spread(view: WorkingView, result: WorkingView, mask: Floats, colour_map: ColourMap) -> tuple[Pair, Floats]:
    box = bounding_box(mask)
    step = max(1, *(-(-(part.stop - part.start) // LONGEST) for part in box))
    # The most covered pixel is one of those taken, however small the foreground.
    peak = np.unravel_index(int(np.argmax(mask)), mask.shape)
    rows, columns = (
        slice(part.start + (int(at) - part.start) % step, part.stop, step) for part, at in zip(box, peak, strict=True)
    )
    cover = _visible(mask[rows, columns], view.coverage(rows, columns))
    before = view.read(rows, columns)
    height, width = cover.shape
    place = Place(
        rows.start // step,
        columns.start // step,
        height,
        width,
        view.picture.height // step,
        view.picture.width // step,
    )
    mapped = colour_map.transform(before, place)
    change = mask[rows, columns][..., None] * (mapped - before)
    return Pair(before, result.read(rows, columns), cover), before + change
