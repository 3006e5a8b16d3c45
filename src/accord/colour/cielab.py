"""CIELAB with white D65 and the 2-degree observer.

Source: ISO/CIE 11664-4:2019. Its linear part near black is continued below 0, so negative light comes back as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.xyz import WHITE, linear_to_xyz, xyz_to_linear

Floats = NDArray[np.float32]

_KNEE = 6 / 29


def linear_to_lab(light: Floats) -> Floats:
    """Turn linear sRGB (..., 3), extended values allowed, into L* (0 black, 100 white), a*, b*."""
    ratio = linear_to_xyz(light) / WHITE.astype(np.float32)
    root = np.where(ratio > _KNEE**3, np.cbrt(ratio), ratio * np.float32(1 / (3 * _KNEE**2)) + np.float32(4 / 29))
    lab = np.empty(light.shape, np.float32)
    lab[..., 0] = 116 * root[..., 1] - 16
    lab[..., 1] = 500 * (root[..., 0] - root[..., 1])
    lab[..., 2] = 200 * (root[..., 1] - root[..., 2])
    return lab


def lab_to_linear(lab: Floats) -> Floats:
    """Turn L*, a*, b* (..., 3) into linear sRGB, not clipped."""
    root = np.empty(lab.shape, np.float32)
    root[..., 1] = (lab[..., 0] + 16) / 116
    root[..., 0] = root[..., 1] + lab[..., 1] / 500
    root[..., 2] = root[..., 1] - lab[..., 2] / 200
    ratio = np.where(root > _KNEE, root * root * root, (root - np.float32(4 / 29)) * np.float32(3 * _KNEE**2))
    return xyz_to_linear(ratio.astype(np.float32, copy=False) * WHITE.astype(np.float32))
