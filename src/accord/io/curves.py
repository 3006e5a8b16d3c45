"""Transfer curves of ICC profiles, in floats, with exact inverses.

Source: ICC.1:2022, 10.6 (curveType) and 10.18 (parametricCurveType). Differs from it: curves go on above 1 (a table
by its last slope) and are mirrored below 0, so that wide-gamut and over-bright values pass through and come back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats


@dataclass(frozen=True, eq=False)
class TableCurve:
    """A curve through samples, linear between them.

    Parameters
    ----------
    table
        (n >= 2,) light, never falling, at evenly spaced code values from 0 to 1. Where it is flat, many codes give the
        same light, and only one of them comes back.
    """

    table: NDArray[np.float64]

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        return _odd(values, np.linspace(0, 1, len(self.table)), self.table)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light."""
        return _odd(light, self.table, np.linspace(0, 1, len(self.table)))


@dataclass(frozen=True)
class ParametricCurve:
    """The curve (a x + b) ** g + e from d on, and c x + f below d."""

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        size = np.abs(values).astype(np.float64)
        upper = np.maximum(self.a * size + self.b, 0) ** self.g + self.e
        light = np.where(size >= self.d, upper, self.c * size + self.f)
        return np.copysign(light, values).astype(np.float32)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light."""
        size = np.abs(light).astype(np.float64)
        start = max(self.a * self.d + self.b, 0) ** self.g + self.e
        upper = (np.maximum(size - self.e, 0) ** (1 / self.g) - self.b) / self.a
        # Where the lower part is flat, or ends short of the upper one's start, the break is the nearest code value.
        lower = np.minimum((size - self.f) / self.c, self.d) if self.c > 0 else np.full_like(size, self.d)
        values = np.where(size >= start, np.maximum(upper, self.d), np.maximum(lower, 0))
        return np.copysign(values, light).astype(np.float32)

    def never_falls(self) -> bool:
        """Whether the curve rises or stays level everywhere, up to the rounding of ICC's fixed-point numbers."""
        if not (self.g > 0 and self.a > 0 and self.c >= 0 and all(np.isfinite(tuple(self.__dict__.values())))):
            return False
        below, above = self.c * self.d + self.f, max(self.a * self.d + self.b, 0) ** self.g + self.e
        return self.d <= 0 or above >= below - 1e-3


def _odd(values: Floats, positions: NDArray[np.float64], table: NDArray[np.float64]) -> Floats:
    """Read a table at |values|, past its end by its last slope, and give the values' signs back."""
    size = np.abs(values).astype(np.float64)
    read = np.interp(size, positions, table)
    step = positions[-1] - positions[-2]
    if step > 0:
        read += np.maximum(size - positions[-1], 0) * (table[-1] - table[-2]) / step
    return np.copysign(read, values).astype(np.float32)


class CineonCurve:
    """The logarithmic printing density of film scans in Cineon and DPX files: 10-bit code 95 is black, 685 is white.

    Source: Kodak, "Conversion of 10-bit Log Film Data To 8-bit Linear or Video Data for The Cineon Digital Film
    System", 1995;
    0.002 density for each code, 0.6 film gamma. Black and white without soft clip, so that it can be undone.
    """

    _SCALE = 1023 * 0.002 / 0.6
    _WHITE = 685 / 1023
    _BLACK = 10 ** ((95 - 685) * 0.002 / 0.6)

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        light = (10 ** ((values.astype(np.float64) - self._WHITE) * self._SCALE) - self._BLACK) / (1 - self._BLACK)
        return light.astype(np.float32)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light; light below what code 0 means gives code 0."""
        least = 10 ** (-self._WHITE * self._SCALE)
        density = np.log10(np.maximum(light.astype(np.float64) * (1 - self._BLACK) + self._BLACK, least))
        return (density / self._SCALE + self._WHITE).astype(np.float32)
