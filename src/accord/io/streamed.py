"""Pixels that stay in their file, and are decoded a few rows at a time when they are looked at.

They are indexed like arrays, [rows, columns] or [rows], so that small versions are made and colour maps applied by the
same code as for pictures in memory. Reading goes from top to bottom as a rule: then each row is decoded once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.io.finite import check_finite

BAND = 256
"""Rows that are decoded at a time."""

_KEPT = 2  # bands, since neighbouring strips share a row


class StreamedSamples:
    """A file's samples.

    Parameters
    ----------
    read
        Decodes rows, given as a slice, to (rows, width, channels).
    shape
        Height, width and channels.
    dtype
        Of the samples.
    what
        What to call them where they are not finite.
    """

    def __init__(
        self, read: Callable[[slice], NDArray[Any]], shape: tuple[int, int, int], dtype: np.dtype[Any], what: str
    ) -> None:
        self.shape, self.dtype = shape, dtype
        self._what = what
        self._read = read
        self._bands: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Give rows, (stop - start, width, channels)."""
        first, last = start // BAND, (max(start + 1, stop) - 1) // BAND
        if first == last:
            return self._band(first)[start - first * BAND : stop - first * BAND]
        bands = np.concatenate([self._band(index) for index in range(first, last + 1)])
        return bands[start - first * BAND : stop - first * BAND]

    def channels(self, chosen: slice | int) -> StreamedPixels:
        """Give some of the channels, or one, without its axis."""
        return StreamedPixels(self, chosen)

    def _band(self, index: int) -> NDArray[Any]:
        with self._lock:
            if index not in self._bands:
                band = self._read(slice(index * BAND, min((index + 1) * BAND, self.shape[0])))
                check_finite(band, self._what, index * BAND)
                self._bands[index] = band
                while len(self._bands) > _KEPT:
                    self._bands.popitem(last=False)
            self._bands.move_to_end(index)
            return self._bands[index]


class StreamedPixels:
    """Some channels of `StreamedSamples`; (H, W) for one that was chosen by its number, otherwise (H, W, channels)."""

    def __init__(self, samples: StreamedSamples, chosen: slice | int) -> None:
        height, width, channels = samples.shape
        self.dtype = samples.dtype
        self.shape: tuple[int, ...] = (height, width)
        if isinstance(chosen, slice):
            self.shape += (len(range(*chosen.indices(channels))),)
        self._samples, self._chosen = samples, chosen

    def __getitem__(self, key: slice | tuple[slice, slice]) -> NDArray[Any]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        start, stop, _ = rows.indices(self.shape[0])
        found: NDArray[Any] = self._samples.rows(start, stop)[:, columns, self._chosen]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Give all of it in memory."""
        whole = np.empty(self.shape, self.dtype)
        for top in range(0, self.shape[0], BAND):
            whole[top : top + BAND] = self[top : top + BAND]
        return whole if dtype is None else whole.astype(dtype)


def is_streamed(pixels: object) -> bool:
    """Tell whether pixels are not in memory: anything but an array."""
    return not isinstance(pixels, np.ndarray)
