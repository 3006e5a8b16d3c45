"""What kind of scene a composite's background is: enough to tell one batch's pictures from another's."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from accord.colour.oklab import linear_to_oklab
from accord.colour.temperature import xy_to_temperature
from accord.colour.xyz import XYZ_FROM_LINEAR, luminance
from accord.core.encoding import SRGB
from accord.diagnose.artefacts import luma
from accord.diagnose.movement import DARKEST
from accord.diagnose.regions import BLOCK, blocks, laplacian

Floats = NDArray[np.float32]

_QUIETER = 0.25  # the quantile of blocks that stands for the camera's noise; the rest is texture


@dataclass(frozen=True)
class SceneFigures:
    """A background in five numbers; None where one cannot be told.

    Parameters
    ----------
    brightness
        log2 of mean linear luminance, in stops: 0 is white.
    contrast
        Standard deviation of log2 luminance, in stops.
    warmth
        Correlated colour temperature of the mean linear colour, in mired: more is warmer.
    saturation
        Mean Oklab chroma, times 100.
    grain
        Standard deviation of noise in the quieter quarter of blocks of 8 x 8 pixels, in 8-bit codes of luma.
    """

    brightness: float
    contrast: float
    warmth: float | None
    saturation: float
    grain: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Give the figures as JSON-ready values."""
        return asdict(self)


def measure_scene(colours: Floats, weights: Floats, window: Floats, window_weights: Floats) -> SceneFigures:
    """Measure a background.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space (display-encoded sRGB, extended); a small version serves.
    weights
        (h, w) in [0, 1] of the background's pixels, not all 0.
    window
        (h, w, 3) a part of the picture, pixel for pixel, for the grain.
    window_weights
        (h, w) in [0, 1] of the background's pixels there.
    """
    inside = weights > 0
    share = weights[inside].astype(np.float64)
    light = SRGB.to_light(colours[inside])
    mean = np.average(light.astype(np.float64), axis=0, weights=share)
    stops = np.log2(np.maximum(luminance(light), np.float32(DARKEST))).astype(np.float64)
    centre = np.average(stops, weights=share)
    chroma = np.hypot(*np.moveaxis(linear_to_oklab(light)[:, 1:], -1, 0))
    xyz = XYZ_FROM_LINEAR @ mean
    return SceneFigures(
        brightness=float(np.log2(max(xyz[1], DARKEST))),
        contrast=float(np.sqrt(np.average((stops - centre) ** 2, weights=share))),
        warmth=_warmth(xyz),
        saturation=float(100 * np.average(chroma, weights=share)),
        grain=_grain(window, window_weights),
    )


def _warmth(xyz: NDArray[np.float64]) -> float | None:
    if xyz.sum() <= 0 or xyz[1] <= 0:
        return None
    mired, _ = xy_to_temperature(xyz[:2] / xyz.sum())
    return float(mired)


def _grain(window: Floats, weights: Floats) -> float | None:
    if min(weights.shape) < BLOCK:
        return None
    within = np.flatnonzero(blocks(weights).min(axis=(1, 2)) >= 0.99)
    if not len(within):
        return None
    response = laplacian(blocks(luma(window))[within])
    noise = 255 / 6 * np.sqrt((response**2).mean(axis=(1, 2), dtype=np.float64))
    return float(np.quantile(noise, _QUIETER))
