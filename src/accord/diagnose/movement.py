"""How far the foreground's colours moved, towards what, and whether their order held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.colour.xyz import luminance
from accord.core.encoding import SRGB
from accord.diagnose.evidence import Pair

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

COLOURED = 8.0
"""CIELAB chroma from which a colour counts as chromatic, before and after."""

REVERSAL = 60.0
"""Degrees of hue."""

DARKEST = 2.0**-14
"""Luminance that darker pixels count as when stops are told; the first 8-bit code above black is at 2^-11.7."""


def moves(pair: Pair) -> tuple[float, float]:
    """Give the foreground's mean CIEDE2000 between composite and result, and its 95th percentile."""
    inside = pair.mask > 0
    weights = pair.mask[inside].astype(np.float64)
    moved = ciede2000(_lab(pair.before[inside]), _lab(pair.after[inside])).astype(np.float64)
    order = np.argsort(moved, kind="stable")
    reached = np.cumsum(weights[order])
    return float(np.average(moved, weights=weights)), float(moved[order][np.searchsorted(reached, 0.95 * reached[-1])])


def gaps(colours: Floats, mask: Floats, ring: Floats) -> tuple[float, float, float]:
    """Give how foreground and ring differ: distance of mean CIELAB, of spread in stops, of spread of chroma.

    The spreads' distances are absolute differences of weighted standard deviations: of log2 luminance, and of CIELAB
    chroma.
    """
    light = SRGB.to_light(colours)
    lab = linear_to_lab(light).astype(np.float64)
    stops = np.log2(np.maximum(luminance(light), np.float32(DARKEST))).astype(np.float64)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    means = [np.average(lab.reshape(-1, 3), axis=0, weights=weights.ravel()) for weights in (mask, ring)]
    tone = [_deviation(stops, weights) for weights in (mask, ring)]
    colour = [_deviation(chroma, weights) for weights in (mask, ring)]
    return float(np.linalg.norm(means[0] - means[1])), abs(tone[0] - tone[1]), abs(colour[0] - colour[1])


def hue_reversals(pair: Pair) -> float:
    """Give the share of the foreground's chromatic pixels whose CIELAB hue turns by more than 60 degrees.

    Chromatic is what has chroma of at least 8 before and after: a grey has no hue to lose. 0 if nothing is chromatic.
    """
    inside = pair.inside
    before, after = _lab(pair.before[inside]), _lab(pair.after[inside])
    coloured = (np.hypot(before[:, 1], before[:, 2]) >= COLOURED) & (np.hypot(after[:, 1], after[:, 2]) >= COLOURED)
    if not coloured.any():
        return 0.0
    turn = np.arctan2(before[coloured, 2], before[coloured, 1]) - np.arctan2(after[coloured, 2], after[coloured, 1])
    return float((np.cos(turn) < np.cos(np.deg2rad(REVERSAL))).mean())


def luminance_order(pair: Pair) -> float | None:
    """Give the rank correlation (Spearman's, ties sharing their mean rank) of luminance before and after.

    1 if what was brighter stays brighter, -1 for a negative; None if either is of one luminance throughout.
    """
    inside = pair.inside
    ranks = [_ranks(luminance(SRGB.to_light(colours[inside]))) for colours in (pair.before, pair.after)]
    return correlation(*ranks)


def correlation(first: Doubles, second: Doubles) -> float | None:
    """Give Pearson's correlation of (n,) and (n,), or None where either does not vary."""
    if not first.size:
        return None
    one, two = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / size if size > 1e-12 * first.size else None


def _lab(colours: Floats) -> Floats:
    return linear_to_lab(SRGB.to_light(colours))


def _deviation(values: Doubles, weights: Floats) -> float:
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _ranks(values: Floats) -> Doubles:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[which], np.float64)
