"""Peak signal-to-noise ratio over the foreground.

Colour space: display-encoded RGB as stored, 0..255. Unit: dB. Higher is better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.metrics.fmse import fmse
from accord.metrics.inputs import Pixels
from accord.metrics.psnr import decibels


def fpsnr(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give 10 log10(255^2 / (fmse + 1e-6)).

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
    return decibels(255, fmse(prediction, truth, mask))


def fpsnr_cdtnet(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give foreground PSNR with the true picture's own maximum as peak, as CDTNet's evaluation does.

    Parameters and errors are those of `fpsnr`.
    """
    return decibels(float(np.max(truth)), fmse(prediction, truth, mask))
