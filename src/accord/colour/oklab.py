"""Oklab: a perceptual space whose lightness and hue stay apart better than CIELAB's, blue above all.

Source: B. Ottosson, "A perceptual color space for image processing", 2020, https://bottosson.github.io/posts/oklab/
(public domain). The cube root is odd, so negative light comes back as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import multiply

Floats = NDArray[np.float32]

CONES_FROM_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB_FROM_ROOTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""(3, 3) from linear sRGB to cone responses, and from their cube roots to Oklab."""

# Inverted rather than copied as published with ten digits: there and back is then exact to float32.
_LINEAR_FROM_CONES = np.linalg.inv(CONES_FROM_LINEAR)
_ROOTS_FROM_LAB = np.linalg.inv(LAB_FROM_ROOTS)


def linear_to_oklab(light: Floats) -> Floats:
    """Turn linear sRGB (..., 3), extended values allowed, into Oklab: L 0 black, 1 white; a and b about [-0.4, 0.4]."""
    return multiply(LAB_FROM_ROOTS, np.cbrt(multiply(CONES_FROM_LINEAR, light)))


def oklab_to_linear(lab: Floats) -> Floats:
    """Turn Oklab (..., 3) into linear sRGB, not clipped."""
    roots = multiply(_ROOTS_FROM_LAB, lab)
    return multiply(_LINEAR_FROM_CONES, roots * roots * roots)
