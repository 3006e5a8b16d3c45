"""Structural similarity (Wang et al. 2004).

Colour space: display-encoded RGB as stored, 0..255, each channel on its own, then their mean. No unit, at most 1.
Higher is better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.metrics.inputs import Doubles, Pixels, as_weights, check_pair
from accord.metrics.windows import gaussian, similarity

TAPS = 11

# Rows of windows that are worked on at once: bounds memory on large pictures.
STRIP = 256


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
    check_pair(prediction, truth)
    weights = as_weights(mask, truth)
    _check_room(truth, TAPS)
    if not weights.any():
        return 1.0
    # Windows that do not touch the mask see equal pictures and give exactly 1, so only those that do are computed.
    rows, columns = (_reach(weights.max(axis=1 - axis), truth.shape[axis]) for axis in (0, 1))
    window, lost = gaussian(TAPS, 1.5), 0.0
    for top in range(rows.start, rows.stop - TAPS + 1, STRIP):
        strip = slice(top, min(top + STRIP + TAPS - 1, rows.stop))
        p, t = (pixels[strip, columns].astype(np.float64) for pixels in (prediction, truth))
        cover = weights[strip, columns, None]
        lost += float((1 - similarity(cover * p + (1 - cover) * t, t, window, 255)).sum())
    windows = int(truth.shape[0] - TAPS + 1) * int(truth.shape[1] - TAPS + 1) * 3
    return 1 - lost / windows


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
    check_pair(prediction, truth)
    return float(cdtnet_map(prediction, truth).mean())


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
    check_pair(prediction, truth)
    _check_room(truth, 7)
    p, t = prediction.astype(np.float64), truth.astype(np.float64)
    return float(similarity(p, t, np.full(7, 1 / 7), 2, unbiased=49 / 48).mean())


def cdtnet_map(prediction: Pixels, truth: Pixels) -> Doubles:
    """Give CDTNet's structural similarity around every pixel, (H, W, 3)."""
    border = ((3, 3), (3, 3), (0, 0))
    # A flat prediction has range 0, which would divide 0 by 0 where the truth is flat too.
    data_range = max(float(np.ptp(prediction)), 1e-3)
    p, t = (np.pad(pixels.astype(np.float64), border) for pixels in (prediction, truth))
    return similarity(p, t, gaussian(7, 1.5), data_range)


def _check_room(pixels: Pixels, taps: int) -> None:
    """Refuse pictures that no window fits into."""
    if min(pixels.shape[:2]) < taps:
        raise BadInputError(
            f"picture is {pixels.shape[:2]} (height, width); SSIM needs sides of at least {taps} pixels, its window."
        )


def _reach(touched: NDArray[Any], size: int) -> slice:
    """Give the rows (or columns) that windows covering a touched one can see."""
    first, last = np.flatnonzero(touched)[[0, -1]]
    return slice(max(int(first) - TAPS + 1, 0), min(int(last) + TAPS, size))
