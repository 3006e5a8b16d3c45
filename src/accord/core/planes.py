"""Colours of a tile as planes: one channel after another, which is how NumPy works on them fastest.

The shape stays (h, w, channels) everywhere; only where the numbers lie in memory differs. A plane is contiguous, so
NumPy's loops over it are long, and use the processor's vector instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place

Floats = NDArray[np.float32]

BLOCK = 512
"""Columns that are multiplied at a time: see `mixed`."""

_APART = 80


def empty(height: int, width: int, channels: int = 3) -> Floats:
    """Give an array (height, width, channels) whose planes lie one after another, not filled."""
    return np.empty((channels, height, width), np.float32).transpose(1, 2, 0)


def stacked(count: int, height: int, width: int) -> Floats:
    """Give an array (count, height, width) of planes, not filled.

    They lie a little apart: at distances of a power of two, a processor's cache would hold only a few of them at once.
    """
    return np.empty((count, height * width + _APART), np.float32)[:, : height * width].reshape(count, height, width)


@contextmanager
def scratch(count: int, height: int, width: int) -> Iterator[Floats]:
    """Lend such planes, in memory that is lent again and again: for what does not outlive the work on a tile.

    As new memory for each tile the largest terms would cost more time than many a product, since the system has to find
    and to clear its pages, and would pile up in the allocator's share of every thread.
    """
    apart = height * width + _APART
    try:
        held = _lent.pop()  # atomic, so no two threads have one
    except IndexError:
        held = np.empty(0, np.float32)
    if held.size < count * apart:
        held = np.empty(count * apart, np.float32)
    yield held[: count * apart].reshape(count, apart)[:, : height * width].reshape(count, height, width)
    if held.size <= _KEPT:
        _lent.append(held)


_lent: list[Floats] = []
_KEPT = 1 << 22
"""Numbers of the largest piece that is kept, 16 MiB: what the terms of a tile come to, and no whole picture."""


def planes(colours: Floats) -> Floats:
    """Give colours (h, w, channels) as planes (channels, h, w): a view where they lie so, otherwise a copy."""
    found = colours.transpose(2, 0, 1)
    return found if found.strides[-1] == found.itemsize else np.ascontiguousarray(found)


def colours(planes: Floats) -> Floats:
    """Give planes (channels, h, w) as colours (h, w, channels): a view."""
    return planes.transpose(1, 2, 0)


def blocks(place: Place, width: int) -> tuple[int, int]:
    """Give where the blocks of `BLOCK` columns of the picture that a tile, `width` wide, touches begin and end."""
    right = place.left + width
    return place.left - place.left % BLOCK, max(right, min(-(-right // BLOCK) * BLOCK, place.picture_width))


def mixed(factors: Floats, planes: Floats, out: Floats) -> None:
    """Give weighted sums of planes, row by row.

    By BLAS, which is several times as fast as NumPy's own sums, but may add in another order for another width, or for
    another place within it; and tiles have to fit without a seam. So a pixel has to be multiplied among the same
    columns of its picture however the tile is cut: callers fill up with zeros what of those lies outside the tile.

    Parameters
    ----------
    factors
        (n, k) or, for each row its own, (h, n, k), float32.
    planes
        (k, h, w), float32, rows contiguous.
    out
        (n, h, w), float32, rows contiguous: takes the sums.
    """
    np.matmul(factors, planes.transpose(1, 0, 2), out=out.transpose(1, 0, 2))
