"""Structural similarity (Wang et al. 2004).

Colour space: display-encoded RGB as stored, 0..255, each channel on its own, then their mean. No unit, at most 1.
Higher is better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.metrics.inputs import Doubles, Pixels, as_pair, as_weights
from accord.metrics.windows import gaussian, similarity

TAPS = 11


def ssim(prediction: Pixels, truth: Pixels, mask: NDArray[Any]) -> float:
    """Give the mean structural similarity of m * p + (1 - m) * t to t, as PCT-Net's evaluation reports SSIM.

    Windows are 11 x 11 Gaussians of sigma 1.5 pixels that lie wholly inside the picture; constants are (0.01 * 255)^2
    and (0.03 * 255)^2. Outside the mask the prediction is replaced by the truth, so only the foreground can lose.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255, H and W at least 11.
    mask
        (H, W) coverage of the foreground in [0, 1].

    Raises
    ------
    BadInputError
        If the pictures or the mask cannot be compared, or a side is shorter than the window.
    """
    p, t = as_pair(prediction, truth)
    weights = as_weights(mask, t)
    _check_room(t, TAPS)
    if not weights.any():
        return 1.0
    # Windows that do not touch the mask see equal pictures and give exactly 1, so only those that do are computed.
    rows, columns = _reach(weights.max(axis=1)), _reach(weights.max(axis=0))
    p, t, weights = p[rows, columns], t[rows, columns], weights[rows, columns, None]
    found = similarity(weights * p + (1 - weights) * t, t, gaussian(TAPS, 1.5), 255)
    windows = (truth.shape[0] - TAPS + 1) * (truth.shape[1] - TAPS + 1) * 3
    return float(1 + (found - 1).sum() / windows)


def ssim_cdtnet(prediction: Pixels, truth: Pixels) -> float:
    """Give mean structural similarity as CDTNet's evaluation does.

    Windows are 7 x 7 Gaussians of sigma 1.5 pixels around every pixel, zeros outside the picture; the constants are
    scaled by the prediction's range, max - min, instead of 255. The background counts.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255.

    Raises
    ------
    BadInputError
        If the pictures cannot be compared.
    """
    return float(cdtnet_map(*as_pair(prediction, truth)).mean())


def ssim_harmonizer(prediction: Pixels, truth: Pixels) -> float:
    """Give mean structural similarity as Harmonizer's evaluation does.

    Windows are 7 x 7 boxes with sample (n - 1) covariance, inside the picture. The constants are scaled by 2, the range
    that scikit-image once assumed of float pictures, though values run to 255: flat regions lose more than by `ssim`.

    Parameters
    ----------
    prediction, truth
        (H, W, 3), display-encoded RGB, 0..255, H and W at least 7.

    Raises
    ------
    BadInputError
        If the pictures cannot be compared, or a side is shorter than the window.
    """
    p, t = as_pair(prediction, truth)
    _check_room(t, 7)
    return float(similarity(p, t, np.full(7, 1 / 7), 2, unbiased=49 / 48).mean())


def cdtnet_map(p: Doubles, t: Doubles) -> Doubles:
    """Give CDTNet's structural similarity around every pixel, (H, W, 3)."""
    border = ((3, 3), (3, 3), (0, 0))
    # A flat prediction has range 0, which would divide 0 by 0 where the truth is flat too.
    data_range = max(float(np.ptp(p)), 1e-3)
    return similarity(np.pad(p, border), np.pad(t, border), gaussian(7, 1.5), data_range)


def _check_room(pixels: Doubles, taps: int) -> None:
    """Refuse pictures that no window fits into."""
    if min(pixels.shape[:2]) < taps:
        raise BadInputError(
            f"picture is {pixels.shape[:2]} (height, width); SSIM needs sides of at least {taps} pixels, its window."
        )


def _reach(touched: NDArray[Any]) -> slice:
    """Give the rows (or columns) that windows covering a touched one can see."""
    first, last = np.flatnonzero(touched)[[0, -1]]
    return slice(max(int(first) - TAPS + 1, 0), int(last) + TAPS)
