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
    """Give the size (height, width) that a picture is fitted at, at most `longest` pixels a side.

    If square, each side by itself: a network squeezes what it is shown to a square, and nothing is enlarged before,
    since that would only blur the mask's edge.
    """
    if square:
        return min(longest, height), min(longest, width)
    scale = min(1.0, longest / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(
    read: Reader,
    size: tuple[int, int],
    to: tuple[int, int],
    within: tuple[slice, slice] | None = None,
    *,
    strip_pixels: int = STRIP_PIXELS,
) -> Floats:
    """Resize what `read` gives, strip by strip on the cores that may be used, without ever holding it whole.

    Parameters
    ----------
    read
        Gives rows of the source, (rows, width, channels), of any number type.
    size
        The source's height and width.
    to
        Height and width wanted, both.
    within
        The rows and columns of the small picture to give, where no axis grows; by default all. Then `read` gives those
        of the source's columns that they cover (see `covered`).
    strip_pixels
        About how many of the source's pixels to read at once. The more, the less do cores wait for each other.

    Returns
    -------
    Floats
        (*to, channels), or the part that is wanted, float32.
    """
    height, width = size
    if to[0] > height:
        rows = read(slice(0, height)).astype(np.float32)
        return _resize_axis(_resize_axis(rows, to[1], axis=1), to[0], axis=0)
    rows_wanted, columns_wanted = within or (slice(0, to[0]), slice(0, to[1]))
    edges = _edges(height, to[0])
    left = covered(width, to[1], columns_wanted)
    across = (
        None if within is None else _edges(width, to[1])[columns_wanted.start : columns_wanted.stop + 1] - left.start
    )
    rows_at_once = max(1, int(strip_pixels / (left.stop - left.start) / (height / to[0])))
    parts: dict[int, Floats] = {}

    def work(first: int) -> None:
        cut = edges[first : min(first + rows_at_once, rows_wanted.stop) + 1]
        top, bottom = int(cut[0]), min(height, int(np.ceil(cut[-1])))
        means = _mean_rows(read(slice(top, bottom)), cut - top)
        parts[first] = _resize_axis(means, to[1], axis=1) if across is None else _mean_columns(means, across)

    for_each(work, range(rows_wanted.start, rows_wanted.stop, rows_at_once))
    return np.concatenate([parts[first] for first in sorted(parts)])


def covered(length: int, count: int, part: slice) -> slice:
    """Give the pixels of an axis of `length` that are covered by a part of the `count` small ones it shrinks to."""
    edges = _edges(length, count)
    return slice(int(edges[part.start]), min(length, int(np.ceil(edges[part.stop]))))


def covering(length: int, count: int, part: slice) -> slice:
    """Give the small pixels, of `count`, that cover a part of an axis of `length`."""
    edges = _edges(length, count)
    first = int(np.searchsorted(edges, part.start, side="right")) - 1
    return slice(first, int(np.searchsorted(edges, part.stop, side="left")))


def _edges(length: int, count: int) -> NDArray[np.float64]:
    """Give the borders of `count` equal parts of `length` pixels."""
    edges = np.arange(count + 1, dtype=np.float64) * (length / count)
    edges[-1] = length
    return edges


def _mean_rows(values: NDArray[Any], edges: NDArray[np.float64]) -> Floats:
    """Average rows, (r, w, c), between neighbouring `edges`: positions in pixels that rise by at least 1."""
    if values.dtype.kind == "u" and len(values) > len(edges) - 1:
        return _mean_whole_rows(values, edges)
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
        # A product with weights is one pass; NumPy's own sums over strides take several times as long.
        np.einsum("r,rwc->wc", share.astype(np.float32), values[start:stop].astype(np.float32, copy=False), out=mean)
    return means


def _mean_whole_rows(values: NDArray[Any], edges: NDArray[np.float64]) -> Floats:
    """Do the same for whole numbers, which add up in half the time, and exactly.

    Only the rows that edges cut are weighted, and turned into floats, each once for both of its neighbours.
    """
    whole = np.floor(edges).astype(np.intp)
    shares = (edges - whole).astype(np.float32)
    scales = (1 / np.diff(edges)).astype(np.float32)
    narrow = values.dtype == np.uint8 and int(np.diff(whole).max()) <= _ROWS_IN_16_BIT
    sums = np.empty((len(scales), *values.shape[1:]), np.uint16 if narrow else np.uint32)
    for total, start, stop in zip(sums, whole, whole[1:], strict=False):
        np.add.reduce(values[start:stop], axis=0, dtype=sums.dtype, out=total)
    # The rows from the first edge to the last, less what the first cuts off, and what the last cuts off added. An edge
    # at the very end cuts none, and its share is 0.
    cut = values[np.minimum(whole, len(values) - 1)] * shares[:, None, None]
    means = sums.astype(np.float32)
    means -= cut[:-1]
    means += cut[1:]
    means *= scales[:, None, None]
    return means


_ROWS_IN_16_BIT = 257  # of 8-bit numbers, whose sum 16 bit hold


def _resize_axis(values: Floats, count: int, axis: int) -> Floats:
    length = values.shape[axis]
    if count == length:
        return values
    if count > length:
        return _interpolate(values, count, axis)
    along = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    return np.moveaxis(_mean_last(along, _edges(length, count)), -1, axis)


def _mean_columns(values: Floats, edges: NDArray[np.float64]) -> Floats:
    """Average columns, (r, w, c), between neighbouring `edges`."""
    return np.moveaxis(_mean_last(np.ascontiguousarray(np.moveaxis(values, 1, -1)), edges), -1, 1)


def _mean_last(values: Floats, edges: NDArray[np.float64]) -> Floats:
    """Average along the last axis between neighbouring `edges`, which rise by at least 1."""
    length = values.shape[-1]
    whole = np.floor(edges).astype(np.intp)
    part = (edges - whole).astype(np.float32)
    # The pixel that an edge cuts; an edge at the very end cuts none, and its share is 0.
    at_edge = values[..., np.minimum(whole, length - 1)] * part
    body = np.add.reduceat(values[..., : whole[-1]], whole[:-1], axis=-1, dtype=np.float32)
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
