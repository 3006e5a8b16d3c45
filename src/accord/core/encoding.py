"""How code values relate to light, and the working space that all colour maps share.

The working space is display-encoded sRGB, extended: sRGB primaries, D65 white, the sRGB curve continued above 1 and
mirrored below 0 (IEC 61966-2-1; the mirrored form is scRGB-nl's). It is what networks are trained on, 8-bit sRGB
pictures enter it by a mere division, and wide-gamut or scene-linear pictures fit in without clipping.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from accord.core import planes

Floats = NDArray[np.float32]


class Curve(Protocol):
    """A transfer curve from code values (1.0 is white) to linear light and back, elementwise, monotone, odd below 0."""

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        ...

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light."""
        ...


class SrgbCurve:
    """The sRGB curve, mirrored below 0 and continued above 1."""

    def decode(self, values: Floats) -> Floats:
        """Give linear light for display-encoded values."""
        size = np.abs(values)
        light = size + np.float32(0.055)
        light = np.power(light / np.float32(1.055), np.float32(2.4))
        light = np.where(size <= np.float32(0.04045), size / np.float32(12.92), light)
        return np.asarray(np.copysign(light, values), np.float32)

    def encode(self, light: Floats) -> Floats:
        """Give display-encoded values for linear light."""
        size = np.abs(light)
        values: Floats = np.power(size, np.float32(1 / 2.4)) * np.float32(1.055) - np.float32(0.055)
        values = np.where(size <= np.float32(0.0031308), size * np.float32(12.92), values)
        return np.asarray(np.copysign(values, light), np.float32)


class LinearCurve:
    """Code values that are light."""

    def decode(self, values: Floats) -> Floats:
        """Give the values unchanged."""
        return values

    def encode(self, light: Floats) -> Floats:
        """Give the light unchanged."""
        return light


_SRGB_CURVE = SrgbCurve()


@dataclass(frozen=True, eq=False)
class Encoding:
    """An RGB (or grey) colour encoding: a transfer curve per channel and primaries.

    Parameters
    ----------
    name
        For messages and logs, say "sRGB", "Display P3", "linear sRGB".
    curves
        Three transfer curves, red, green, blue (the same three times for grey and for most profiles).
    to_srgb
        (3, 3) matrix from this encoding's linear RGB to linear sRGB, D65; None where the primaries are those of sRGB.
    """

    name: str
    curves: tuple[Curve, Curve, Curve]
    to_srgb: NDArray[np.float64] | None = None

    @property
    def is_working(self) -> bool:
        """Whether code values already are working-space values."""
        return self.to_srgb is None and all(isinstance(curve, SrgbCurve) for curve in self.curves)

    def to_working(self, values: Floats) -> Floats:
        """Turn code values (..., 3), float32, 1.0 at white, into working-space values."""
        if self.is_working:
            return values
        light = self.to_light(values)
        return _SRGB_CURVE.encode(light)

    def from_working(self, values: Floats) -> Floats:
        """Turn working-space values (..., 3), float32, into code values of this encoding, 1.0 at white; never clips."""
        if self.is_working:
            return values
        return self.from_light(_SRGB_CURVE.decode(values))

    def to_light(self, values: Floats) -> Floats:
        """Turn code values (..., 3) into linear sRGB light."""
        light = np.empty_like(values, dtype=np.float32)
        for channel, curve in enumerate(self.curves):
            light[..., channel] = curve.decode(values[..., channel])
        return light if self.to_srgb is None else _multiplied(light, self.to_srgb)

    def from_light(self, light: Floats) -> Floats:
        """Turn linear sRGB light (..., 3) into code values."""
        if self.to_srgb is not None:
            light = _multiplied(light, np.asarray(np.linalg.inv(self.to_srgb), np.float64))
        values = np.empty_like(light, dtype=np.float32)
        for channel, curve in enumerate(self.curves):
            values[..., channel] = curve.encode(light[..., channel])
        return values

    def codes_to_working(self, codes: NDArray[Any], white: float) -> Floats:
        """Turn integer code values (h, w, 3 or, if grey, 1), `white` at white, into working-space values (h, w, 3).

        They equal `to_working` of the same values as floats, but for rounding; the curves are read from tables.
        """
        height, width, channels = codes.shape
        values = planes.empty(height, width)
        tables = _tables(self, codes.dtype, white)
        for channel in range(channels):
            np.take(tables[channel], codes[..., channel], out=values[..., channel], mode="clip")
        for channel in range(channels, 3):
            values[..., channel] = values[..., 0]
        return values if self.to_srgb is None else _SRGB_CURVE.encode(_multiplied(values, self.to_srgb))


@lru_cache(maxsize=4)
def _tables(encoding: Encoding, dtype: np.dtype[Any], white: float) -> list[Floats]:
    """Give for each channel the light of every code value; working-space values, if no matrix comes between."""
    every = np.arange(np.iinfo(dtype).max + 1, dtype=np.float32)
    every /= np.float32(white)
    light = [curve.decode(every) for curve in encoding.curves]
    return light if encoding.to_srgb is not None else [_SRGB_CURVE.encode(plane) for plane in light]


def _multiplied(colours: Floats, matrix: NDArray[np.float64]) -> Floats:
    """Multiply colours (..., 3) by a matrix (3, 3); written out for each pixel to round alike in every tile."""
    factors = matrix.astype(np.float32)
    result = np.empty_like(colours)
    for row in range(3):
        plane = factors[row, 0] * colours[..., 0]
        for channel in (1, 2):
            plane += factors[row, channel] * colours[..., channel]
        result[..., row] = plane
    return result


SRGB = Encoding("sRGB", (_SRGB_CURVE, _SRGB_CURVE, _SRGB_CURVE))
LINEAR_SRGB = Encoding("linear sRGB", (LinearCurve(), LinearCurve(), LinearCurve()))
