"""How code values relate to light, and the working space that all colour maps share.

The working space is display-encoded sRGB, extended: sRGB primaries, D65 white, the sRGB curve continued above 1 and
mirrored below 0 (IEC 61966-2-1; the mirrored form is scRGB-nl's). It is what networks are trained on, 8-bit sRGB
pictures enter it by a mere division, and wide-gamut or scene-linear pictures fit in without clipping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
        light = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
        return np.copysign(light, values).astype(np.float32, copy=False)

    def encode(self, light: Floats) -> Floats:
        """Give display-encoded values for linear light."""
        size = np.abs(light)
        values = np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
        return np.copysign(values, light).astype(np.float32, copy=False)


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
        light = np.stack([curve.decode(values[..., i]) for i, curve in enumerate(self.curves)], axis=-1)
        if self.to_srgb is not None:
            light = light @ self.to_srgb.T.astype(np.float32)
        return light.astype(np.float32, copy=False)

    def from_light(self, light: Floats) -> Floats:
        """Turn linear sRGB light (..., 3) into code values."""
        if self.to_srgb is not None:
            light = light @ np.linalg.inv(self.to_srgb).T.astype(np.float32)
        values = np.stack([curve.encode(light[..., i]) for i, curve in enumerate(self.curves)], axis=-1)
        return values.astype(np.float32, copy=False)


SRGB = Encoding("sRGB", (_SRGB_CURVE, _SRGB_CURVE, _SRGB_CURVE))
LINEAR_SRGB = Encoding("linear sRGB", (LinearCurve(), LinearCurve(), LinearCurve()))
