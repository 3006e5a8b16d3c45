"""Weighted means over sliding windows, and the structural similarity that is built from them.

Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE Transactions on
Image Processing 13(4), 2004, doi:10.1109/TIP.2003.819861.
"""

from __future__ import annotations

import numpy as np

from accord.metrics.inputs import Doubles


def gaussian(taps: int, sigma: float) -> Doubles:
    """Give a Gaussian window (taps,), centred, summing to 1; sigma in pixels."""
    x = np.arange(taps) - (taps - 1) / 2
    window = np.exp(-(x**2) / (2 * sigma**2))
    return np.asarray(window / window.sum())


def window_means(values: Doubles, window: Doubles) -> Doubles:
    """Give the window-weighted means of (H, W, ...) values around every pixel whose window lies inside."""
    rows, columns = (size - len(window) + 1 for size in values.shape[:2])
    down = np.zeros((rows, *values.shape[1:]))
    for offset, weight in enumerate(window):
        down += weight * values[offset : offset + rows]
    across = np.zeros((rows, columns, *values.shape[2:]))
    for offset, weight in enumerate(window):
        across += weight * down[:, offset : offset + columns]
    return across


def similarity(p: Doubles, t: Doubles, window: Doubles, data_range: float, *, unbiased: float = 1.0) -> Doubles:
    """Give the structural similarity of every window inside the pictures.

    Parameters
    ----------
    p, t
        (H, W, 3) pictures.
    window
        (n,) weights of a separable n x n window, summing to 1.
    data_range
        What the constants (0.01 R)^2 and (0.03 R)^2 are scaled by, in the pictures' units.
    unbiased
        Factor on variances and covariance; n^2 / (n^2 - 1) makes them sample estimates.
    """
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_p, mean_t = window_means(p, window), window_means(t, window)
    var_p = unbiased * (window_means(p * p, window) - mean_p**2)
    var_t = unbiased * (window_means(t * t, window) - mean_t**2)
    covariance = unbiased * (window_means(p * t, window) - mean_p * mean_t)
    light = (2 * mean_p * mean_t + c1) / (mean_p**2 + mean_t**2 + c1)
    return np.asarray(light * (2 * covariance + c2) / (var_p + var_t + c2))
