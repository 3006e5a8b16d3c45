"""What a clip's colour tags mean: transfer curve and primaries as an encoding, the matrix as luma weights.

Source: ITU-T H.273 (code points); ITU-R BT.709, BT.601, BT.2020, BT.2100; SMPTE ST 2084, ST 240; BT.2408 for the level
of reference white.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from accord.core.encoding import SRGB, Curve, Encoding, Floats, LinearCurve, SrgbCurve
from accord.core.errors import BadInputError
from accord.io.profile import encoding_of_chromaticities

UNSPECIFIED = 2

_D65 = (0.3127, 0.3290)
_C = (0.310, 0.316)
_DCI = (0.314, 0.351)
# Red, green, blue and white, x and y each. BT.601's two sets differ from BT.709's by less than an 8-bit step; they are
# kept apart all the same, since they are known.
_PRIMARIES = {
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
# Curves of displays: their code values are looked at as they are, as every player and paint program does with them, and
# as the pictures that networks were trained on were made. That BT.709's camera curve differs from sRGB's is no
# contradiction: no display inverts it.
_DISPLAY = (1, UNSPECIFIED, 6, 7, 11, 12, 13, 14, 15)

_LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
_HD_HEIGHT = 720


class PowerCurve:
    """A plain power, mirrored below 0."""

    def __init__(self, exponent: float) -> None:
        self._exponent = exponent

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        return np.copysign(np.abs(values) ** np.float32(self._exponent), values).astype(np.float32, copy=False)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light."""
        return np.copysign(np.abs(light) ** np.float32(1 / self._exponent), light).astype(np.float32, copy=False)


class PqCurve:
    """SMPTE ST 2084; 1.0 is reference white, 203 cd/m2 (BT.2408), so that its foreground and an SDR one meet."""

    _WHITE = 10000 / 203
    _M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
    _C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        root = np.clip(values.astype(np.float64), 0, 1) ** (1 / self._M2)
        light = (np.maximum(root - self._C1, 0) / (self._C2 - self._C3 * root)) ** (1 / self._M1)
        return (light * self._WHITE).astype(np.float32)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light, which the curve ends at 10,000 cd/m2 and at black."""
        power = np.clip(light.astype(np.float64) / self._WHITE, 0, 1) ** self._M1
        return (((self._C1 + self._C2 * power) / (1 + self._C3 * power)) ** self._M2).astype(np.float32)


class HlgCurve:
    """BT.2100's hybrid log-gamma as scene light; 1.0 is reference white, code value 0.75 (BT.2408)."""

    _A, _B, _C = 0.17883277, 0.28466892, 0.55991073
    _WHITE = (np.exp((0.75 - _C) / _A) + _B) / 12

    def decode(self, values: Floats) -> Floats:
        """Give linear light for code values."""
        size = np.abs(values.astype(np.float64))
        light = np.where(size <= 0.5, size**2 / 3, (np.exp((size - self._C) / self._A) + self._B) / 12)
        return np.asarray(np.copysign(light / self._WHITE, values), np.float32)

    def encode(self, light: Floats) -> Floats:
        """Give code values for linear light."""
        size = np.abs(light.astype(np.float64)) * self._WHITE
        upper = self._A * np.log(np.maximum(12 * size - self._B, 1e-9)) + self._C
        return np.asarray(np.copysign(np.where(size <= 1 / 12, np.sqrt(3 * size), upper), light), np.float32)


@dataclass(frozen=True)
class ColourTags:
    """A clip's colour tags, as code points of ITU-T H.273 (2 is unspecified).

    Parameters
    ----------
    primaries, transfer, matrix
        The code points.
    """

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED

    def encoding(self) -> Encoding:
        """Give how R'G'B' code values relate to light."""
        return _encoding(self.primaries, self.transfer)

    def luma_weights(self, height: int) -> tuple[float, float]:
        """Give the shares of red and blue in luma; without a tag, those that players take for a picture that high.

        Raises
        ------
        BadInputError
            If the matrix is none of red, green and blue's plain weighted sums.
        """
        matrix = self.matrix
        if matrix in (UNSPECIFIED, 0, 3):
            matrix = 1 if height >= _HD_HEIGHT else 6
        if matrix not in _LUMA_WEIGHTS:
            raise BadInputError(
                f"its matrix coefficients are number {matrix} of H.273, which accord cannot turn into RGB. Convert it "
                "to BT.709, BT.601 or BT.2020 (non-constant luminance) first."
            )
        return _LUMA_WEIGHTS[matrix]


@lru_cache(maxsize=16)
def _encoding(primaries: int, transfer: int) -> Encoding:
    curves: dict[int, Curve] = {
        4: PowerCurve(2.2),
        5: PowerCurve(2.8),
        8: LinearCurve(),
        16: PqCurve(),
        18: HlgCurve(),
    }
    curve = SrgbCurve() if transfer in _DISPLAY else curves.get(transfer)
    if curve is None:
        raise BadInputError(
            f"its transfer characteristics are number {transfer} of H.273, which accord does not know. Convert the "
            "clip to BT.709, or tag it as what it is."
        )
    if primaries in _PRIMARIES:
        corners = tuple(value for corner in _PRIMARIES[primaries] for value in corner)
        to_srgb = encoding_of_chromaticities(corners).to_srgb
        return Encoding(f"video (primaries {primaries}, transfer {transfer})", (curve, curve, curve), to_srgb)
    return SRGB if isinstance(curve, SrgbCurve) else Encoding(f"video (transfer {transfer})", (curve, curve, curve))
