"""What every metric takes: two pictures on the 0..255 scale and a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError

Pixels = NDArray[Any]
"""(H, W, 3), display-encoded RGB on the 0..255 scale, integer or float."""

Doubles = NDArray[np.float64]


def check_pair(prediction: Pixels, truth: Pixels) -> None:
    """Check that two pictures can be compared.

    Raises
    ------
    BadInputError
        If either is not (H, W, 3) with H, W > 0, or their sizes differ.
    """
    for name, pixels in (("prediction", prediction), ("truth", truth)):
        if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise BadInputError(f"{name} has shape {pixels.shape}; metrics compare RGB pictures of shape (H, W, 3).")
    if prediction.shape != truth.shape:
        raise BadInputError(
            f"prediction is {prediction.shape[:2]}, truth is {truth.shape[:2]} (height, width); make them one size."
        )


def squared_errors(prediction: Pixels, truth: Pixels) -> Doubles:
    """Give (p - t)^2, (H, W, 3), after the check of `check_pair`. The one large array that an error needs."""
    check_pair(prediction, truth)
    errors = np.subtract(prediction, truth, dtype=np.float64)
    return np.multiply(errors, errors, out=errors)


def as_weights(mask: NDArray[Any], truth: Pixels) -> Doubles:
    """Give the mask as float64 weights (H, W) in [0, 1], after checking that it belongs to the picture.

    Raises
    ------
    BadInputError
        If its size is not the picture's, or values lie outside [0, 1].
    """
    if mask.shape != truth.shape[:2]:
        raise BadInputError(f"mask is {mask.shape}, the pictures are {truth.shape[:2]} (height, width).")
    weights = mask.astype(np.float64, copy=False)
    low, high = float(weights.min()), float(weights.max())
    if not (low >= 0 and high <= 1):
        raise BadInputError(
            f"mask runs from {low:g} to {high:g}; coverage in [0, 1] was wanted: divide 8-bit masks by 255."
        )
    return weights


def as_foreground(mask: NDArray[Any], truth: Pixels) -> Doubles:
    """Give the mask as weights, as `as_weights` does, where a mean over the foreground must exist.

    Raises
    ------
    BadInputError
        Also if the mask is 0 everywhere.
    """
    weights = as_weights(mask, truth)
    if not weights.any():
        raise BadInputError("mask is 0 everywhere, so the foreground has no pixels to compare.")
    return weights
