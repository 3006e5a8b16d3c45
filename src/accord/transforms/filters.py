"""The six-argument white-box filters of Harmonizer: temperature, brightness, contrast, saturation, highlight, shadow.

Source: Z. Ke, C. Sun, L. Zhu, K. Xu, R. W. H. Lau, "Harmonizer: Learning to Perform White-Box Image and Video
Harmonization", ECCV 2022, arXiv:2207.01322. Written from the formulas; each filter's result is clamped to [0, 1] as
published, so light above white is lost. Brightness scales V of HSV, which for one colour is scaling all of its
channels, so no HSV is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry, number

NAMES = ("temperature", "brightness", "contrast", "saturation", "highlight", "shadow")
"""The arguments' names, in the order in which the filters are applied."""

_EPSILON = 1e-6


@dataclass(frozen=True, eq=False)
class Filters(ColourMap):
    """Applies the six filters in their published order.

    Two filters need statistics of the whole picture. They are stored, so that the map applies tile by tile.

    Parameters
    ----------
    arguments
        (6,) in the order of `NAMES`, in [-1, 1]; 0 leaves the colour as it is, up to rounding and the clamp.
    means
        (3,) red, green and blue mean of the picture that the temperature filter is applied to.
    contrast_mean
        Mean over pixels and channels of the picture that the contrast filter is applied to: after temperature and
        brightness.
    """

    arguments: Doubles
    means: Doubles
    contrast_mean: float
    kind: ClassVar[str] = "filters"

    def __post_init__(self) -> None:
        arguments = doubles("arguments", self.arguments, (6,))
        for name, value in zip(NAMES, arguments, strict=True):
            number(name, value, -1.0, 1.0)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "means", doubles("means", self.means, (3,)))
        object.__setattr__(self, "contrast_mean", number("contrast_mean", self.contrast_mean))

    @classmethod
    def measured(cls, arguments: ArrayLike, picture: Floats) -> Filters:
        """Make the map for `arguments`, clipped to [-1, 1] as published, with the statistics of `picture`.

        Parameters
        ----------
        arguments
            (6,), in the order of `NAMES`.
        picture
            (h, w, 3) in the working space; the small version serves, its means differ little from those at full size.
        """
        clipped = np.clip(doubles("arguments", arguments, (6,)), -1.0, 1.0)
        means = picture.reshape(-1, 3).mean(0, dtype=np.float64)
        before_contrast = brightness(temperature(picture, clipped[0], means), clipped[1])
        return cls(clipped, means, float(before_contrast.mean(dtype=np.float64)))

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        warmth, gain, spread, colourfulness, lights, darks = (float(argument) for argument in self.arguments)
        result = temperature(pixels, warmth, self.means)
        result = brightness(result, gain)
        result = contrast(result, spread, self.contrast_mean)
        result = saturation(result, colourfulness)
        result = highlight(result, lights)
        return shadow(result, darks)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {
            "kind": self.kind,
            "arguments": self.arguments.tolist(),
            "means": self.means.tolist(),
            "contrast_mean": self.contrast_mean,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Filters:
        """Make the map that `to_dict` described."""
        return cls(entry(data, "arguments"), entry(data, "means"), entry(data, "contrast_mean"))


def temperature(pixels: Floats, argument: float, means: Doubles) -> Floats:
    """Warm (argument > 0) or cool by shifting the grey-world means of red, green and blue."""
    keep = 1.0 - means.mean() / (means + _EPSILON)
    amount = abs(argument)
    shift = np.array([amount if argument < 0 else 0.0, 0.5 * amount, amount if argument > 0 else 0.0])
    shifted = means + shift
    gains = shifted.mean() / (shifted + _EPSILON) + keep
    return _unit(pixels * gains.astype(np.float32))


def brightness(pixels: Floats, argument: float) -> Floats:
    """Scale V of HSV: by 1 + argument below 0, by 1 / (1 - argument) above."""
    gain = 1.0 / (1.0 - argument + _EPSILON) if argument >= 0 else 1.0 + argument
    return _unit(pixels * np.float32(gain))


def contrast(pixels: Floats, argument: float, mean: float) -> Floats:
    """Stretch about the picture's mean; the gain above 0 goes in steps of 1/255, as published."""
    gain = 255.0 / (256.0 - np.floor(argument * 255.0)) - 1.0 if argument > 0 else argument
    return _unit(pixels + (pixels - np.float32(mean)) * np.float32(gain))


def saturation(pixels: Floats, argument: float) -> Floats:
    """Move colours away from, or towards, their HSL lightness."""
    # Channel by channel: a reduction over an axis of length 3 is several times slower in NumPy.
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    lightness = (high + low) / 2
    if argument < 0:
        return _unit(lightness[..., None] + (pixels - lightness[..., None]) * np.float32(1.0 + argument))
    span = np.where(lightness < 0.5, high + low, 2 - high - low) + np.float32(_EPSILON)
    own = (high - low) / span
    divisor = np.where(own + np.float32(argument) > 1, own, np.float32(1.0 - argument))
    gain = 1 / (divisor + np.float32(_EPSILON)) - 1
    return _unit(pixels + (pixels - lightness[..., None]) * gain[..., None])


def highlight(pixels: Floats, argument: float) -> Floats:
    """Bend the bright end by a power of the distance to white."""
    return 1 - _unit((1 - pixels + np.float32(1e-9)) ** np.float32(argument + 1))


def shadow(pixels: Floats, argument: float) -> Floats:
    """Bend the dark end by a power."""
    return _unit((pixels + np.float32(1e-9)) ** np.float32(1 - argument))


def _unit(pixels: NDArray[Any]) -> Floats:
    clamped: Floats = np.clip(pixels, 0.0, 1.0).astype(np.float32, copy=False)
    return clamped
