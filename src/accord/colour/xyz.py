"""CIE XYZ, 1931 2-degree observer, from and to linear sRGB light.

Source: IEC 61966-2-1:1999 gives sRGB's primaries and white as chromaticities; the matrices below are solved from these,
so that they invert each other exactly and white is neutral to the last digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WHITE_XY = (0.3127, 0.3290)
"""D65 as sRGB states it."""

_PRIMARIES_XY = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


def _solve_primaries() -> tuple[Doubles, Doubles]:
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in _PRIMARIES_XY]).T
    x, y = WHITE_XY
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    return columns * np.linalg.solve(columns, white), white


XYZ_FROM_LINEAR: Doubles
WHITE: Doubles
XYZ_FROM_LINEAR, WHITE = _solve_primaries()
"""(3, 3) from linear sRGB to XYZ, and XYZ of white, with Y = 1."""

LINEAR_FROM_XYZ: Doubles = np.linalg.inv(XYZ_FROM_LINEAR).astype(np.float64)
"""(3, 3) from XYZ, with Y = 1 at white, to linear sRGB."""

LUMINANCE: Doubles = XYZ_FROM_LINEAR[1]
"""(3,) weights of linear red, green and blue in luminance Y: about 0.2126, 0.7152, 0.0722."""


def multiply(matrix: Doubles, colours: Floats) -> Floats:
    """Apply a (3, 3) matrix to (..., 3).

    Written out, since BLAS may sum in another order for another tile size, and tiles must fit without a seam.
    """
    factors = matrix.astype(np.float32)
    first, second, third = colours[..., 0], colours[..., 1], colours[..., 2]
    result = np.empty(colours.shape, np.float32)
    for row in range(3):
        result[..., row] = factors[row, 0] * first + factors[row, 1] * second + factors[row, 2] * third
    return result


def linear_to_xyz(light: Floats) -> Floats:
    """Turn linear sRGB (..., 3), extended values allowed, into XYZ with Y = 1 at white."""
    return multiply(XYZ_FROM_LINEAR, light)


def xyz_to_linear(xyz: Floats) -> Floats:
    """Turn XYZ (..., 3) with Y = 1 at white into linear sRGB."""
    return multiply(LINEAR_FROM_XYZ, xyz)


def luminance(light: Floats) -> Floats:
    """Give the luminance Y, (...), 1 at white, of linear sRGB light (..., 3)."""
    red, green, blue = LUMINANCE.astype(np.float32)
    total: Floats = red * light[..., 0] + green * light[..., 1] + blue * light[..., 2]
    return total
