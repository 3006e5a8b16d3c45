"""Mean squared error over a whole picture.

Colour space: display-encoded RGB as stored. Unit: squared code values on the 0..255 scale. Lower is better.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from accord.metrics.inputs import Pixels, as_weights, squared_errors


def mse(prediction: Pixels, truth: Pixels) -> float:
    """Give the mean of (p - t)^2 over all pixels and channels: iHarmony4's MSE.

    Damage to the background counts, as it should in production.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255.

    Raises
    ------
    BadInputError
        If the pictures cannot be compared.
    """
    return float(squared_errors(prediction, truth).mean())


def mse_pct_net(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give the mean of m * (p - t)^2 over all pixels and channels, as PCT-Net's evaluation reports MSE.

    The background's pixels count in the denominator but its errors do not, so damage there is invisible.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255.
    mask
        (H, W) coverage of the foreground in [0, 1].

    Raises
    ------
    BadInputError
        If the pictures or the mask cannot be compared.
    """
    errors = squared_errors(prediction, truth)
    return float((as_weights(mask, truth)[..., None] * errors).mean())


def se_pct_net(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give the sum of m * (p - t)^2 over all pixels and channels in millions, as PCT-Net's evaluation reports SE.

    It grows with the picture's size; parameters and errors are those of `mse_pct_net`.
    """
    return mse_pct_net(prediction, truth, mask) * truth.size / 1e6
