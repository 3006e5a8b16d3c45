"""Soften a cut-out's edge inwards."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from accord.composite.edges import box_blur

Floats = NDArray[np.float32]


def feathered(coverage: Floats, width: float) -> Floats:
    """Let coverage rise from 0 at its edge to its full value `width` pixels inside.

    Inwards only: outside the edge there is no foreground to show. What lies outside the array counts as uncovered.

    Parameters
    ----------
    coverage
        (h, w) in [0, 1].
    width
        Pixels, 0 or more.

    Returns
    -------
    ndarray
        (h, w), nowhere above `coverage`. Parts thinner than `width` fade.
    """
    if width == 0:
        return coverage
    margin = math.ceil(width)
    blurred = np.pad(coverage, margin)
    for axis in (0, 1):
        blurred = _smoothed(blurred, width, axis)
    inside = blurred[margin:-margin, margin:-margin]
    # The blur is one half at a straight edge and coverage itself at `width` inside, so this runs from 0 to coverage.
    softened: Floats = np.clip(2 * inside - 1, 0, coverage).astype(np.float32, copy=False)
    return softened


def _smoothed(values: Floats, width: float, axis: int) -> Floats:
    """Blur with two boxes of half the width each, for a piecewise quadratic rise; blends between whole widths."""
    low = math.floor(width / 2)
    share = np.float32(width / 2 - low)
    for _ in range(2):
        narrow = box_blur(values, low, axis)
        values = narrow if share == 0 else narrow + share * (box_blur(values, low + 1, axis) - narrow)
    return values
