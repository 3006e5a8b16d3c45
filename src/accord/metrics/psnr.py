"""Peak signal-to-noise ratio over a whole picture.

Colour space: display-encoded RGB as stored, 0..255. Unit: dB. Higher is better. A benchmark's figure is the mean of
the pictures' dB, as published, not the dB of the mean error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.metrics.inputs import Pixels
from accord.metrics.mse import mse, mse_pct_net

FLOOR = 1e-6
"""Added to the squared error, as published, so that equal pictures give 108.13 dB instead of infinity."""


def decibels(peak: float, squared_error: float) -> float:
    """Give 10 log10(peak^2 / (squared_error + 1e-6)); a peak below 1 counts as 1, since a black picture has none."""
    return 10 * math.log10(max(peak, 1.0) ** 2 / (squared_error + FLOOR))


def psnr(prediction: Pixels, truth: Pixels) -> float:
    """Give 10 log10(255^2 / (mse + 1e-6)), mse over all pixels and channels.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255.

    Raises
    ------
    BadInputError
        If the pictures cannot be compared.
    """
    return decibels(255, mse(prediction, truth))


def psnr_idih(prediction: Pixels, truth: Pixels) -> float:
    """Give PSNR with the true picture's own maximum as peak, as iDIH's and CDTNet's evaluations do.

    A picture without white scores lower than by `psnr`. Parameters and errors are those of `psnr`.
    """
    return decibels(float(np.max(truth)), mse(prediction, truth))


def psnr_pct_net(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give PSNR, peak 255, of the masked squared error `mse_pct_net`, as PCT-Net's evaluation does.

    Parameters and errors are those of `mse_pct_net`.
    """
    return decibels(255, mse_pct_net(prediction, truth, mask))


def psnr_harmonizer(prediction: Pixels, truth: Pixels) -> float:
    """Give PSNR with the range of the prediction, max - min, as peak, as Harmonizer's evaluation does.

    Its code adds nothing to the error, so equal pictures are infinitely good there; the 1e-6 here keeps means finite.
    Parameters and errors are those of `psnr`.
    """
    return decibels(float(np.ptp(prediction)), mse(prediction, truth))
