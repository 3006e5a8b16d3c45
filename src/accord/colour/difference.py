"""CIEDE2000: how different two colours look.

Source: ISO/CIE 11664-6:2022; G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation
Notes, Supplementary Test Data, and Mathematical Observations", Color Research and Application 30(1), 2005,
doi:10.1002/col.20070.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Real = NDArray[Any]


def ciede2000(first: Floats, second: Floats, *, lightness: bool = True) -> Floats:
    """Give the CIEDE2000 difference, all three weighting factors 1, of CIELAB colours.

    Parameters
    ----------
    first, second
        (..., 3) L*, a*, b* in D65 (see `accord.colour.cielab`), of shapes that broadcast.
    lightness
        Whether the lightness term counts. Without it the difference is that of chroma and hue alone, whatever L* is.

    Returns
    -------
    Floats
        (...) differences, >= 0; about 1 is just noticeable. Reckoned in float32, about 1e-4 from the exact value.
    """
    one, two = np.asarray(first, np.float32), np.asarray(second, np.float32)
    # a* is stretched for near-greys, by both colours' mean chroma.
    grey = 1 + 0.5 * (1 - _chroma_share((_chroma(one) + _chroma(two)) / 2))
    a1, b1 = one[..., 1] * grey, one[..., 2]
    a2, b2 = two[..., 1] * grey, two[..., 2]
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = np.arctan2(b1, a1), np.arctan2(b2, a2)

    turn = np.float32(2 * np.pi)
    turned = hue2 - hue1
    turned = turned - turn * np.rint(turned / turn)
    coloured = chroma1 * chroma2 > 0
    turned = np.where(coloured, turned, 0)
    # The mean lies half-way along the shorter arc; a grey has no hue, and takes the other's.
    mean_hue = np.where(coloured, hue1 + turned / 2, np.where(chroma1 > 0, hue1, hue2))
    mean_chroma = (chroma1 + chroma2) / 2

    chroma_step = (chroma2 - chroma1) / (1 + np.float32(0.045) * mean_chroma)
    hue_step = 2 * np.sqrt(chroma1 * chroma2) * np.sin(turned / 2)
    hue_step /= 1 + np.float32(0.015) * mean_chroma * _hue_weight(mean_hue)
    squared = chroma_step**2 + hue_step**2
    if lightness:
        light1, light2 = one[..., 0], two[..., 0]
        squared = squared + ((light2 - light1) / _light_weight((light1 + light2) / 2)) ** 2
    squared += _blue_rotation(mean_hue, mean_chroma) * chroma_step * hue_step
    result: Floats = np.sqrt(np.maximum(squared, 0)).astype(np.float32, copy=False)
    return result


def _chroma(lab: Real) -> Real:
    chroma: Real = np.hypot(lab[..., 1], lab[..., 2])
    return chroma


def _chroma_share(chroma: Real) -> Real:
    # sqrt(C^7 / (C^7 + 25^7)); the bound keeps the seventh power of far-out colours inside float32.
    power = (np.minimum(chroma, 1e4) / np.float32(25)) ** 7
    share: Real = np.sqrt(power / (power + 1))
    return share


def _light_weight(light: Real) -> Real:
    squared = (light - 50) ** 2
    weight: Real = 1 + np.float32(0.015) * squared / np.sqrt(20 + squared)
    return weight


def _hue_weight(hue: Real) -> Real:
    degree = np.float32(np.pi / 180)
    weight: Real = (
        1
        - np.float32(0.17) * np.cos(hue - 30 * degree)
        + np.float32(0.24) * np.cos(2 * hue)
        + np.float32(0.32) * np.cos(3 * hue + 6 * degree)
        - np.float32(0.20) * np.cos(4 * hue - 63 * degree)
    )
    return weight


def _blue_rotation(hue: Real, chroma: Real) -> Real:
    degrees = np.rad2deg(hue) % 360
    angle = np.float32(np.pi / 3) * np.exp(-(((degrees - 275) / 25) ** 2))
    rotation: Real = -2 * _chroma_share(chroma) * np.sin(angle)
    return rotation
