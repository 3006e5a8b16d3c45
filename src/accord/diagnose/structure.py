"""Whether detail survived: edges and local structure, brightness and contrast aside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.core.encoding import SRGB
from accord.diagnose.evidence import Pair
from accord.diagnose.movement import correlation
from accord.metrics.windows import gaussian, similarity

Doubles = NDArray[np.float64]

_TAPS = 11


def gradient_correlation(pair: Pair) -> float | None:
    """Give Pearson's correlation of the foreground's L* steps between neighbours, before and after.

    Steps go to the right and down, where both pixels are at least half covered. A gain leaves it at 1, blur and noise
    do not. None where the foreground has no detail.
    """
    inside = pair.inside
    before, after = _lightness(pair)
    right, down = inside[:, 1:] & inside[:, :-1], inside[1:] & inside[:-1]
    steps = [np.concatenate([np.diff(tone, axis=1)[right], np.diff(tone, axis=0)[down]]) for tone in (before, after)]
    return correlation(*steps)


def structure_similarity(pair: Pair) -> float | None:
    """Give the structural similarity of L* before and after, once gain and offset are fitted to the foreground.

    Windows are 11 x 11 Gaussians of sigma 1.5 pixels, constants (0.01 * 100)^2 and (0.03 * 100)^2; the mean is over
    windows, weighted by the mask at their centre. None where no window fits in, or none has its centre on the
    foreground.
    """
    half = _TAPS // 2
    rows, columns = (np.flatnonzero(pair.mask.any(axis=axis)) for axis in (1, 0))
    near = tuple(slice(max(0, int(at[0]) - half), int(at[-1]) + half + 1) for at in (rows, columns))
    mask = pair.mask[near].astype(np.float64)
    if min(mask.shape) < _TAPS:
        return None
    before, after = (tone[near] for tone in _lightness(pair))
    weights = mask[half:-half, half:-half]
    if not weights.any():
        return None
    mean_before, mean_after = np.average(before, weights=mask), np.average(after, weights=mask)
    variance = np.average((before - mean_before) ** 2, weights=mask)
    covariance = np.average((before - mean_before) * (after - mean_after), weights=mask)
    gain = covariance / variance if variance > 0 else 1.0
    fitted = mean_after + gain * (before - mean_before)
    # Outside the foreground nothing changed, and the fit would spoil that.
    fitted, compared = (mask * tone + (1 - mask) * before for tone in (fitted, after))
    return float(np.average(similarity(compared, fitted, gaussian(_TAPS, 1.5), 100), weights=weights))


def _lightness(pair: Pair) -> list[Doubles]:
    return [linear_to_lab(SRGB.to_light(colours))[..., 0].astype(np.float64) for colours in (pair.before, pair.after)]
