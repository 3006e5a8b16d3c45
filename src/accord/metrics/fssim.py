"""Structural similarity over the foreground.

Colour space: display-encoded RGB as stored, 0..255. No unit, at most 1. Higher is better.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from accord.metrics.inputs import Pixels, as_foreground, check_pair
from accord.metrics.ssim import cdtnet_map


def fssim_cdtnet(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give sum(m * s) / (3 * sum(m)), s the map of `ssim_cdtnet`, as CDTNet's evaluation reports fSSIM.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255.
    mask
        (H, W) coverage of the foreground in [0, 1].

    Raises
    ------
    BadInputError
        If the pictures or the mask cannot be compared, or the mask is 0 everywhere.
    """
    check_pair(prediction, truth)
    weights = as_foreground(mask, truth)
    return float((weights[..., None] * cdtnet_map(prediction, truth)).sum() / (3 * weights.sum()))
