"""Rectangles of a picture, to the working space and back.

A picture stays in its own depth throughout; only the rectangle at hand is ever held as floats, so memory does not grow
with the picture. The working space is display-encoded sRGB, extended (see `accord.core.encoding`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core import planes
from accord.core.encoding import LINEAR_SRGB, SRGB, Floats
from accord.core.picture import Picture, code_range

# Pixels converted at a time: a few megabytes of floats, which the caches of today's processors hold.
STRIP_PIXELS = 1 << 18

# Relative luminance of linear sRGB (IEC 61966-2-1).
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class WorkingView:
    """A picture seen in the working space, one rectangle at a time.

    Parameters
    ----------
    picture
        The picture, in its own depth and encoding.
    alpha_covers
        Whether its alpha says how much of each pixel is there. An alpha that serves as the mask only says where the
        foreground is: all of the picture is there, and nothing is multiplied by it.
    """

    picture: Picture
    alpha_covers: bool

    @property
    def sees_through(self) -> bool:
        """Whether some of the picture may not be there."""
        return self.alpha_covers and self.picture.alpha is not None

    @property
    def associated(self) -> bool:
        """Whether code values are multiplied by alpha, and have to be divided by it here."""
        return self.sees_through and self.picture.premultiplied

    @property
    def white(self) -> float:
        """The code value of white."""
        return code_range(self.picture.pixels.dtype)

    @property
    def is_scaled(self) -> bool:
        """Whether colours are code values over `white`, and nothing else."""
        return self.picture.encoding.is_working and not self.associated

    @property
    def keeps_codes(self) -> bool:
        """Whether what is read and written back unchanged is bit for bit what it was."""
        return self.is_scaled and self.picture.pixels.shape[-1] == 3

    def read(self, rows: slice, columns: slice) -> Floats:
        """Give a rectangle as (h, w, 3) working-space colours, un-premultiplied; black where nothing is there.

        In memory one channel lies after another (see `accord.core.planes`).
        """
        codes = self.picture.pixels[rows, columns]
        encoding = self.picture.encoding
        whole_numbers = codes.dtype.kind != "f"
        if whole_numbers and not self.associated and not encoding.is_working:
            return encoding.codes_to_working(codes, self.white)
        height, width, channels = codes.shape
        values = planes.empty(height, width)
        for channel in range(channels):
            values[..., channel] = codes[..., channel]
        seen = values[..., :channels]
        if whole_numbers:
            seen /= np.float32(self.white)
        if self.associated:
            _divide_by_alpha(seen, self.coverage(rows, columns))
        for channel in range(channels, 3):
            values[..., channel] = values[..., 0]
        return encoding.to_working(values)

    def coverage(self, rows: slice, columns: slice) -> Floats:
        """Give how much of each pixel is there, (h, w) in [0, 1]: alpha, or ones."""
        if not self.sees_through or self.picture.alpha is None:
            return np.ones(self.picture.pixels[rows, columns].shape[:2], dtype=np.float32)
        alpha = self.picture.alpha[rows, columns].astype(np.float32)
        alpha /= np.float32(self.white)
        return np.clip(alpha, 0, 1, out=alpha)

    def write(self, colours: Floats, rows: slice, columns: slice) -> NDArray[Any]:
        """Turn (h, w, 3) working-space colours into code values of the picture's own kind, (h, w, 1 or 3), its dtype.

        A grey picture takes the luminance of the colours. Integers are rounded half to even and clipped to their range;
        floats are not clipped, but for float16, which ends at 65504.
        """
        dtype = self.picture.pixels.dtype
        encoding = self.picture.encoding
        if self.picture.pixels.shape[-1] == 1:
            light = SRGB.to_light(colours)
            grey = _LUMINANCE[0] * light[..., 0]
            for channel in (1, 2):
                grey += _LUMINANCE[channel] * light[..., channel]
            colours = LINEAR_SRGB.to_working(np.repeat(grey[..., None], 3, axis=-1))
            values = encoding.from_working(colours)[..., :1]
        else:
            values = encoding.from_working(colours)
        if self.associated:
            values = values * self.coverage(rows, columns)[..., None]
        if dtype.kind == "f":
            limit = float(np.finfo(dtype).max)
            return np.asarray(np.clip(values, -limit, limit), dtype=dtype)
        values = values * np.float32(self.white)
        np.rint(values, out=values)
        np.clip(values, 0, np.float32(self.white), out=values)
        return values.astype(dtype)


def strips(rows: slice, width: int) -> list[slice]:
    """Cut a range of rows into strips of about `STRIP_PIXELS` pixels each, at least one row high."""
    height = max(1, STRIP_PIXELS // max(1, width))
    return [slice(top, min(top + height, rows.stop)) for top in range(rows.start, rows.stop, height)]


def _divide_by_alpha(values: Floats, alpha: Floats) -> None:
    """Divide premultiplied colours by their alpha; black where it is 0, since no colour can be told there."""
    seen = alpha > 0
    for channel in range(values.shape[-1]):
        plane = values[..., channel]
        np.divide(plane, alpha, out=plane, where=seen)
        plane[~seen] = 0
