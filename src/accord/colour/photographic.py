"""A colour edit in a photographer's words: the seven controls that every raw developer has, as one formula.

In this order: exposure and white balance scale linear light; contrast bends it; highlights, shadows and saturation act
in Oklab, where lightness and chroma can be changed apart.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from accord.colour.oklab import linear_to_oklab, oklab_to_linear
from accord.colour.temperature import MIRED_RANGE, adaptation, temperature_to_xy, xy_to_temperature
from accord.colour.xyz import WHITE_XY, luminance, multiply
from accord.core.encoding import SRGB

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MIDDLE_GREY = 0.18
"""What contrast leaves as it is, in linear light: the photographers' grey card."""

_WHITE_MIRED, _WHITE_TINT = WHITE = tuple(float(value) for value in xy_to_temperature(np.array(WHITE_XY)))
"""D65 in mired and Duv: where temperature and tint are counted from."""

TEMPERATURES = (MIRED_RANGE[0] - _WHITE_MIRED, MIRED_RANGE[1] - _WHITE_MIRED)
"""From how much cooler to how much warmer the light can get, in mired: about -87 to 846."""

_FLOOR = 1e-5

# Makes the bump l^2 (1 - l) one high, at 2/3; its mirror image peaks at 1/3.
_BUMP = np.float32(27 / 4)


@dataclass(frozen=True)
class PhotographicEdit:
    """An edit of colour, the same everywhere. All 0 changes nothing.

    Parameters
    ----------
    exposure
        Stops: linear light is scaled by 2 to this power.
    temperature
        Mired (a million over kelvin) by which the light gets warmer, from D65, by Bradford adaptation; within
        `TEMPERATURES`.
    tint
        Duv by which the light gets greener (above 0) or more magenta.
    contrast
        Percent by which the distance of two tones in stops grows: luminance over middle grey (0.18) is raised to the
        power 1 + contrast / 100, chromaticity kept.
    highlights, shadows
        Points of Oklab lightness (0 black, 100 white), at most, by which bright tones (around 67) and dark ones (around
        33) are lifted; black and white stay.
    saturation
        Percent by which Oklab chroma grows.
    """

    exposure: float = 0.0
    temperature: float = 0.0
    tint: float = 0.0
    contrast: float = 0.0
    highlights: float = 0.0
    shadows: float = 0.0
    saturation: float = 0.0

    def to_vector(self) -> Doubles:
        """Give the seven numbers in the order of the fields."""
        return np.array(astuple(self), np.float64)

    def apply(self, colours: Floats) -> Floats:
        """Edit working-space colours (..., 3): display-encoded sRGB, extended; nothing is clipped."""
        light = multiply(2.0**self.exposure * white_balance(self.temperature, self.tint), SRGB.to_light(colours))
        # Light of no or negative luminance has no stops; below the floor contrast goes on as a gain.
        ratio = np.maximum(luminance(light), np.float32(_FLOOR)) / np.float32(MIDDLE_GREY)
        light *= (ratio ** np.float32(self.contrast / 100))[..., None]
        lab = linear_to_oklab(light)
        tone = np.clip(lab[..., 0], 0, 1)
        lift = np.float32(self.highlights / 100) * tone + np.float32(self.shadows / 100) * (1 - tone)
        lab[..., 0] += _BUMP * tone * (1 - tone) * lift
        lab[..., 1:] *= np.float32(1 + self.saturation / 100)
        return SRGB.from_light(oklab_to_linear(lab))


def white_balance(temperature: float, tint: float) -> Doubles:
    """Give the (3, 3) matrix of linear sRGB that turns the light D65 into one of another temperature and tint."""
    before = temperature_to_xy(np.array(_WHITE_MIRED), np.array(_WHITE_TINT))
    after = temperature_to_xy(np.array(_WHITE_MIRED + temperature), np.array(_WHITE_TINT + tint))
    return adaptation(before, after)
