"""Mean squared error over the foreground.

Colour space: display-encoded RGB as stored. Unit: squared code values on the 0..255 scale. Lower is better.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from accord.metrics.inputs import Pixels, as_foreground, squared_errors


def fmse(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give sum(m * (p - t)^2) / (3 * sum(m)): the squared error of the foreground, soft edges in proportion.

    iDIH, PCT-Net and CDTNet report this, with 1e-6 more in the denominator (no effect in the sixth digit).

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
    errors = squared_errors(prediction, truth)
    weights = as_foreground(mask, truth)
    return float((weights[..., None] * errors).sum() / (3 * weights.sum()))


def fmse_harmonizer(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give mse(m * p, m * t) * H * W / floor(sum(m)), as Harmonizer's evaluation reports fMSE.

    Equals `fmse` for binary masks, which Harmonizer uses; a soft mask enters squared, so its edges count for less.
    Parameters and errors are those of `fmse`.
    """
    errors = squared_errors(prediction, truth)
    weights = as_foreground(mask, truth)
    # A mask that covers less than one pixel in all has floor(sum) = 0 there; 1 keeps the figure finite.
    area = max(int(weights.sum()), 1)
    return float((weights[..., None] ** 2 * errors).sum() / (3 * area))
