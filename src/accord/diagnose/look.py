"""How a region of a picture looks: its light, its tones, its colours, with uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.oklab import linear_to_oklab
from accord.colour.temperature import xy_to_temperature
from accord.colour.warmth import xyz_to_warmth
from accord.colour.xyz import XYZ_FROM_LINEAR, luminance
from accord.core.encoding import SRGB
from accord.diagnose.figures import Figure, figure, resampling
from accord.diagnose.movement import DARKEST

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BLOCKS = 8
"""The region's bounding box is cut into this many blocks a side, each of which counts as one sample."""

_STOPS = np.arange(np.log2(DARKEST), 6 + 1 / 64, 1 / 32)  # edges of the histogram of log2 luminance

UNITS = {
    "exposure": "stops",
    "contrast": "stops",
    "black_point": "L*",
    "white_point": "L*",
    "temperature": "K",
    "warmth": "mired",
    "tint": "Duv",
    "saturation": "Oklab x 100",
    "cast": "CIELAB",
    "cast_hue": "degrees",
    "light_direction": "degrees",
    "blur": "px",
    "grain": "8-bit codes",
}
"""Every figure of a look, and its unit."""

_ANGLES = ("cast_hue", "light_direction")


@dataclass(frozen=True)
class Look:
    """How a region looks. Figures are `Figure`s: value, 95 % interval, unit.

    Parameters
    ----------
    exposure
        log2 of the median of linear luminance, in stops: 0 is white.
    contrast
        Stops between the 10th and the 90th percentile of luminance.
    black_point, white_point
        L* of the 1st and the 99th percentile of luminance.
    temperature, tint
        Of the mean linear colour, as if it were the light's: correlated colour temperature in kelvin and Duv (above 0
        greenish).
    warmth
        Of the same colour, in mired, by `accord.colour.warmth`: a change of light adds the same to all colours.
    saturation
        Mean Oklab chroma, times 100.
    cast, cast_hue
        Size and hue angle of the mean a*, b*.
    light_direction
        Towards the light, in the picture's plane: 0 to the right, 90 up, 180 to the left; of an object's shading, or of
        the pieces of a background. Unknown (None) where its interval is wider than 60 degrees.
    blur
        Gaussian sigma, in pixels, of the sharper quarter of edges.
    grain
        Standard deviation of noise in the quieter quarter of blocks, in 8-bit code values of luma.
    """

    exposure: Figure
    contrast: Figure
    black_point: Figure
    white_point: Figure
    temperature: Figure
    warmth: Figure
    tint: Figure
    saturation: Figure
    cast: Figure
    cast_hue: Figure
    light_direction: Figure
    blur: Figure
    grain: Figure

    def to_dict(self) -> dict[str, Any]:
        """Give all figures as JSON-ready values."""
        return {field.name: getattr(self, field.name).to_dict() for field in fields(self)}


Draws = dict[str, Doubles]
"""For each figure of a region its value, and what it was in each draw of blocks, (1 + RESAMPLES,)."""


def look(draws: Draws) -> Look:
    """Make a look of its figures' draws."""
    return Look(
        **{name: (_angle_figure if name in _ANGLES else figure)(draws[name], unit) for name, unit in UNITS.items()}
    )


def difference(one: Draws, other: Draws) -> Look:
    """Make the look of one region less that of another, the draws being independent."""
    apart = {name: one[name] - other[name] for name in UNITS}
    for name in _ANGLES:
        apart[name] = (apart[name] + 180) % 360 - 180
    return look(apart)


def colour_draws(colours: Floats, weights: Floats, seed: int) -> Draws:
    """Measure a region's light, tones and colours.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space: display-encoded sRGB, extended.
    weights
        (h, w) in [0, 1] of the region's pixels, not all 0.
    seed
        Of the draws.
    """
    inside = weights > 0
    share = weights[inside].astype(np.float64)
    light = SRGB.to_light(colours[inside])
    _, block = np.unique(_block_numbers(inside), return_inverse=True)
    count = int(block.max()) + 1
    lab, oklab = linear_to_lab(light), linear_to_oklab(light)
    chroma = np.hypot(oklab[:, 1], oklab[:, 2])
    columns = [np.ones(len(share)), *light.T, lab[:, 1], lab[:, 2], chroma]
    sums = np.stack([np.bincount(block, share * column, count) for column in columns], axis=-1)
    times = resampling(count, seed)
    total, *rest = (times @ sums).T
    means = np.stack(rest, axis=-1) / total[:, None]
    tones = times @ _tone_histograms(luminance(light), share, block, count)
    return {**_tone_draws(tones), **_colour_draws(means)}


def _block_numbers(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give the block, row by row over the region's bounding box, of each pixel inside, (n,)."""
    numbers = np.zeros(np.count_nonzero(inside), np.intp)
    for position in np.nonzero(inside):
        first, extent = position.min(), np.ptp(position) + 1
        numbers = numbers * BLOCKS + (position - first) * BLOCKS // extent
    return numbers


def _tone_histograms(light: Floats, share: Doubles, block: NDArray[np.intp], count: int) -> Doubles:
    stops = np.log2(np.maximum(light, np.float32(DARKEST)))
    bins = len(_STOPS) - 1
    at = np.clip(np.searchsorted(_STOPS, stops, side="right") - 1, 0, bins - 1)
    counted = np.bincount(block * bins + at, share, count * bins).astype(np.float64)
    return counted.reshape(count, bins)


def _tone_draws(histograms: Doubles) -> Draws:
    levels: dict[float, list[float]] = {0.01: [], 0.1: [], 0.5: [], 0.9: [], 0.99: []}
    for histogram in histograms:
        reached = np.concatenate([[0.0], np.cumsum(histogram)])
        reached /= reached[-1]
        for level, values in levels.items():
            values.append(_inverse(reached, level))
    black, low, middle, high, white = (np.array(values) for values in levels.values())
    return {
        "exposure": middle,
        "contrast": high - low,
        "black_point": _lightness(black),
        "white_point": _lightness(white),
    }


def _inverse(reached: Doubles, level: float) -> float:
    upper = int(np.searchsorted(reached, level))
    below, above = reached[upper - 1], reached[upper]
    return float(_STOPS[upper - 1] + (level - below) / (above - below) * (_STOPS[upper] - _STOPS[upper - 1]))


def _lightness(stops: Doubles) -> Doubles:
    grey = np.repeat((2.0**stops)[:, None], 3, axis=1).astype(np.float32)
    return linear_to_lab(grey)[:, 0].astype(np.float64)


def _colour_draws(means: Doubles) -> Draws:
    xyz = means[:, :3] @ XYZ_FROM_LINEAR.T
    size = xyz.sum(axis=1)
    lit = (size > 0) & (xyz[:, 1] > 0)
    xy = np.divide(xyz[:, :2], size[:, None], out=np.full((len(xyz), 2), np.nan), where=lit[:, None])
    mired, tint, warmth = (np.full(len(xyz), np.nan) for _ in range(3))
    mired[lit], tint[lit] = xy_to_temperature(xy[lit])
    warmth[lit] = xyz_to_warmth(xyz[lit])
    return {
        "temperature": 1e6 / mired,
        "warmth": warmth,
        "tint": tint,
        "saturation": 100 * means[:, 5],
        "cast": np.hypot(means[:, 3], means[:, 4]),
        "cast_hue": np.rad2deg(np.arctan2(means[:, 4], means[:, 3])) % 360,
    }


def _angle_figure(draws: Doubles, unit: str) -> Figure:
    # An angle's interval is told around its value: it may run through 0, and then its ends lie beyond 0 or 360.
    about = draws[0] + (draws - draws[0] + 180) % 360 - 180
    return figure(about, unit)
