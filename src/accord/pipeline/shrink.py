"""The small version of a picture that methods are fitted on.

Each axis that gets smaller is averaged by area: a small pixel is the exact mean of what it covers, fractions of pixels
included, so soft coverage stays right at any ratio. An axis that has to grow (a network's square input) is interpolated
linearly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.tiles import for_each
from accord.pipeline.working import STRIP_PIXELS

Reader = Callable[[slice], NDArray[Any]]


def fitted_size(height: int, width: int, longest: int, *, square: bool) -> tuple[int, int]:
    """Give the size (height, width) that a picture is fitted at: `longest` pixels a side if square, else at most."""
    if square:
        return longest, longest
    scale = min(1.0, longest / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(read: Reader, size: tuple[int, int], to: tuple[int, int]) -> Floats:
    """Resize what `read` gives, strip by strip on the cores that may be used, without ever holding it whole.

    Parameters
    ----------
    read
        Gives rows of the source, (rows, width, channels), of any number type.
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
        rows = read(slice(0, height)).astype(np.float32)
        return _resize_axis(_resize_axis(rows, to[1], axis=1), to[0], axis=0)
    edges = _edges(height, to[0])
    rows_at_once = max(1, int(STRIP_PIXELS / width / (height / to[0])))
    parts: dict[int, Floats] = {}

    def work(first: int) -> None:
        cut = edges[first : first + rows_at_once + 1]
        top, bottom = int(cut[0]), min(height, int(np.ceil(cut[-1])))
        parts[first] = _resize_axis(_mean_rows(read(slice(top, bottom)), cut - top), to[1], axis=1)

    for_each(work, range(0, to[0], rows_at_once))
    return np.concatenate([parts[first] for first in sorted(parts)])


def _edges(length: int, count: int) -> NDArray[np.float64]:
    """Give the borders of `count` equal parts of `length` pixels."""
    edges = np.arange(count + 1, dtype=np.float64) * (length / count)
    edges[-1] = length
    return edges


def _mean_rows(values: NDArray[Any], edges: NDArray[np.float64]) -> Floats:
    """Average rows, (r, w, c), between neighbouring `edges`: positions in pixels that rise by at least 1."""
    starts, stops = np.floor(edges[:-1]).astype(np.intp), np.ceil(edges[1:]).astype(np.intp)
    stops = np.minimum(stops, len(values))
    means = np.empty((len(starts), *values.shape[1:]), np.float32)
    for mean, start, stop, low, high in zip(means, starts, stops, edges[:-1], edges[1:], strict=True):
        if stop - start == 1:
            mean[...] = values[start]
            continue
        share = np.ones(stop - start)
        share[0] -= low - start
        share[-1] -= stop - high
        share /= high - low
        _weighted_sum(values[start:stop], share.astype(np.float32), mean)
    return means


def _weighted_sum(rows: NDArray[Any], share: Floats, out: Floats) -> None:
    """Give the sum of rows, (r, w, c), times their shares, (r,), which are equal but for the first and last."""
    if rows.dtype.kind == "u" and len(rows) > 2:
        # Whole numbers add up in half the time, and exactly.
        narrow = rows.dtype == np.uint8 and len(rows) <= _ROWS_IN_16_BIT
        sums = np.add.reduce(rows[1:-1], axis=0, dtype=np.uint16 if narrow else np.uint32)
        np.multiply(sums, share[1], out=out)
        out += rows[0] * share[0]
        out += rows[-1] * share[-1]
        return
    # A product with weights is one pass; NumPy's own sums over strides take several times as long.
    np.einsum("r,rwc->wc", share, rows.astype(np.float32, copy=False), out=out)


_ROWS_IN_16_BIT = 257  # of 8-bit numbers, whose sum 16 bit hold


def _resize_axis(values: Floats, count: int, axis: int) -> Floats:
    length = values.shape[axis]
    if count == length:
        return values
    if count > length:
        return _interpolate(values, count, axis)
    along = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    return np.moveaxis(_mean_last(along, _edges(length, count)), -1, axis)


def _mean_last(values: Floats, edges: NDArray[np.float64]) -> Floats:
    """Average along the last axis between neighbouring `edges`, the last of which is that axis' length."""
    length = values.shape[-1]
    whole = np.floor(edges).astype(np.intp)
    part = (edges - whole).astype(np.float32)
    # The pixel that an edge cuts; an edge at the very end cuts none, and its share is 0.
    at_edge = values[..., np.minimum(whole, length - 1)] * part
    body = np.add.reduceat(values, whole[:-1], axis=-1, dtype=np.float32)
    sizes = np.diff(edges).astype(np.float32)
    return np.asarray((body - at_edge[..., :-1] + at_edge[..., 1:]) / sizes, dtype=np.float32)


def _interpolate(values: Floats, count: int, axis: int) -> Floats:
    """Interpolate linearly between pixel centres, holding the first and last value beyond them."""
    length = values.shape[axis]
    at = np.clip((np.arange(count) + 0.5) * (length / count) - 0.5, 0, length - 1)
    low = np.minimum(np.floor(at).astype(np.intp), max(0, length - 2))
    share = (at - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    high = np.minimum(low + 1, length - 1)
    below, above = np.take(values, low, axis=axis), np.take(values, high, axis=axis)
    return np.asarray(below + share * (above - below), dtype=np.float32)
