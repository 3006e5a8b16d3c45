"""The small version of a picture that methods are fitted on.

Each axis that gets smaller is averaged by area: a small pixel is the exact mean of what it covers, fractions of pixels
included, so soft coverage stays right at any ratio. An axis that has to grow (a network's square input) is interpolated
linearly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.pipeline.working import STRIP_PIXELS

Reader = Callable[[slice], Floats]


def fitted_size(height: int, width: int, longest: int, *, square: bool) -> tuple[int, int]:
    """Give the size (height, width) that a picture is fitted at: `longest` pixels a side if square, else at most."""
    if square:
        return longest, longest
    scale = min(1.0, longest / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(read: Reader, size: tuple[int, int], to: tuple[int, int]) -> Floats:
    """Resize what `read` gives, strip by strip, without ever holding it whole.

    Parameters
    ----------
    read
        Gives rows of the source as float32 (rows, width, channels).
    size
        The source's height and width.
    to
        Height and width wanted.

    Returns
    -------
    Floats
        (*to, channels), float32.
    """
    height, width = size
    if to[0] > height:
        return _resize_axis(_resize_axis(read(slice(0, height)), to[1], axis=1), to[0], axis=0)
    edges = np.arange(to[0] + 1, dtype=np.float64) * (height / to[0])
    edges[-1] = height
    rows_at_once = max(1, int(STRIP_PIXELS / width / (height / to[0])))
    parts = []
    for first in range(0, to[0], rows_at_once):
        cut = edges[first : first + rows_at_once + 1]
        top, bottom = int(cut[0]), min(height, int(np.ceil(cut[-1])))
        parts.append(_resize_axis(_area_mean(read(slice(top, bottom)), cut - top, axis=0), to[1], axis=1))
    return np.concatenate(parts)


def _resize_axis(values: Floats, count: int, axis: int) -> Floats:
    length = values.shape[axis]
    if count == length:
        return values
    if count > length:
        return _interpolate(values, count, axis)
    edges = np.arange(count + 1, dtype=np.float64) * (length / count)
    edges[-1] = length
    return _area_mean(values, edges, axis)


def _area_mean(values: Floats, edges: NDArray[np.float64], axis: int) -> Floats:
    """Average along an axis between neighbouring `edges`: positions in pixels that rise by at least 1."""
    length = values.shape[axis]
    whole = np.floor(edges).astype(np.intp)
    if len(whole) - 1 == length and whole[0] == 0 and whole[-1] == length and np.array_equal(edges, whole):
        return values
    shape = [1] * values.ndim
    shape[axis] = -1
    part = (edges - whole).astype(np.float32).reshape(shape)
    # The pixel that an edge cuts; an edge at the very end cuts none, and its share is 0.
    at_edge = np.take(values, np.minimum(whole, length - 1), axis=axis) * part
    within = values[(slice(None),) * axis + (slice(0, whole[-1]),)]
    body = np.add.reduceat(within, whole[:-1], axis=axis, dtype=np.float32)
    starts = np.take(at_edge, range(len(edges) - 1), axis=axis)
    ends = np.take(at_edge, range(1, len(edges)), axis=axis)
    sizes = np.diff(edges).astype(np.float32).reshape(shape)
    return np.asarray((body - starts + ends) / sizes, dtype=np.float32)


def _interpolate(values: Floats, count: int, axis: int) -> Floats:
    """Interpolate linearly between pixel centres, holding the first and last value beyond them."""
    length = values.shape[axis]
    at = np.clip((np.arange(count) + 0.5) * (length / count) - 0.5, 0, length - 1)
    low = np.minimum(np.floor(at).astype(np.intp), max(0, length - 2))
    share = (at - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    high = np.minimum(low + 1, length - 1)
    below, above = np.take(values, low, axis=axis), np.take(values, high, axis=axis)
    return np.asarray(below + share * (above - below), dtype=np.float32)
