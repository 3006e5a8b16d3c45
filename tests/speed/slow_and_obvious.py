"""What every colour map does to one pixel, written to be read: in float64, pixel by pixel, with no thought of speed."""

from __future__ import annotations

import math

import numpy as np

from accord.transforms import (
    Affine,
    AffineGrid,
    BilateralGrid,
    Blend,
    Chain,
    Curves,
    Lut3D,
    OffsetGrid,
    Polynomial,
    PolynomialGrid,
)
from accord.transforms.bilateral_grid import LUMA


def mapped(colour_map, colour, y, x):
    """Map a colour at (y, x), fractions of the picture."""
    match colour_map:
        case Affine():
            return colour_map.matrix @ np.append(colour, 1)
        case Chain():
            for link in colour_map.maps:
                colour = mapped(link, colour, y, x)
            return colour
        case Blend():
            return colour + colour_map.strength * (mapped(colour_map.inner, colour, y, x) - colour)
        case OffsetGrid():
            return colour + read(colour_map.grid, (y, x))
        case AffineGrid():
            kernel = {"bilinear": tent, "bicubic": cubic}[colour_map.interpolation]
            result = read(colour_map.grid, (y, x), kernel) @ np.append(colour, 1)
            if colour_map.clip:
                result = np.clip(result, 0, 1)
            if colour_map.amount is not None:
                result = colour + read(colour_map.amount, (y, x), kernel) * (result - colour)
            return result
        case Polynomial():
            r, g, b = np.clip(colour, 0, 1) - 0.5
            terms = [1, r, g, b, r * r, g * g, b * b, r * g, r * b, g * b, r**3, g**3, b**3]
            return colour + colour_map.coefficients @ terms
        case PolynomialGrid():
            inside = np.clip(colour, 0, 1)
            r, g, b = inside
            terms = [r, g, b, r * r, g * g, b * b, r * g, r * b, g * b, 1]
            return read(colour_map.grid, (y, x)) @ terms + colour - inside
        case BilateralGrid():
            return read(colour_map.grid, (y, x, np.clip(np.dot(LUMA, colour), 0, 1))) @ np.append(colour, 1)
        case Curves():
            curves = (colour_map.first, colour_map.second, colour_map.third)
            return np.array([along(curve, value) for curve, value in zip(curves, colour, strict=True)])
        case Lut3D():
            inside = np.clip(colour, *colour_map.domain)
            low, high = colour_map.domain
            at = (inside - low) / (high - low) * (len(colour_map.table) - 1)
            look_up = {"trilinear": trilinear, "tetrahedral": tetrahedral}[colour_map.interpolation]
            return look_up(colour_map.table.astype(float), at) + colour - inside
    raise AssertionError(colour_map)


def tent(distance):
    return max(0.0, 1 - abs(distance))


def cubic(distance, a=-0.75):
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def read(grid, position, kernel=tent):
    """Interpolate a grid along its first axes; cells' values stand at their centres, and go on beyond the outermost."""
    if not position:
        return grid
    at = position[0] * len(grid) - 0.5
    cells = range(math.floor(at) - 1, math.floor(at) + 3)
    return sum(
        kernel(at - i) * read(grid[min(max(i, 0), len(grid) - 1)].astype(float), position[1:], kernel) for i in cells
    )


def along(curve, value):
    if value < curve.inputs[0]:
        return curve.outputs[0] + curve.slopes[0] * (value - curve.inputs[0])
    if value > curve.inputs[-1]:
        return curve.outputs[-1] + curve.slopes[1] * (value - curve.inputs[-1])
    return np.interp(value, curve.inputs, curve.outputs)


def trilinear(table, at):
    if len(at) == 0:
        return table
    low = min(int(at[0]), len(table) - 2)
    share = at[0] - low
    return (1 - share) * trilinear(table[low], at[1:]) + share * trilinear(table[low + 1], at[1:])


def tetrahedral(table, at):
    node = np.minimum(at.astype(int), len(table) - 2)
    share = at - node
    result = table[tuple(node)].copy()
    for axis in np.argsort(-share, kind="stable"):
        further = node.copy()
        further[axis] += 1
        result += share[axis] * (table[tuple(further)] - table[tuple(node)])
        node = further
    return result


def harmonized(codes, mask, colour_map, white):
    """Give code values, in display-encoded sRGB, not yet rounded: out = C + mask * (map(C) - C)."""
    height, width = mask.shape
    result = codes.astype(float)
    for row, column in zip(*np.nonzero(mask), strict=True):
        colour = codes[row, column].astype(float) / white
        wanted = mapped(colour_map, colour, (row + 0.5) / height, (column + 0.5) / width)
        result[row, column] = white * (colour + float(mask[row, column]) * (wanted - colour))
    return result
