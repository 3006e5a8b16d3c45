"""Statistics for two samples, and for pairs. Plain NumPy; the tests compare them with SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, sqrt

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_DRAWS = 2000
_FLIPS = 10000
_TERMS = 100
# The most bins that a stability index is told by, and the fewest values in each.
_BINS, _PER_BIN = 10, 10


def kolmogorov_smirnov(one: Doubles, other: Doubles) -> tuple[float, float]:
    """Give the largest distance between two samples' cumulative shares, and how likely one as large is by chance.

    Source: M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and Related Statistics Without Extensive
    Tables", JRSS B 32(1), 1970, for the size of samples. Ties make the probability too large, never too small.

    Parameters
    ----------
    one, other
        (n,) and (m,), finite, not empty.
    """
    values = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(sample), values, side="right") / len(sample) for sample in (one, other)]
    distance = float(np.abs(shares[0] - shares[1]).max())
    size = sqrt(len(one) * len(other) / (len(one) + len(other)))
    return distance, _kolmogorov_tail((size + 0.12 + 0.11 / size) * distance)


def stability_index(reference: Doubles, window: Doubles) -> float:
    """Give the population stability index: sum of (w - r) ln(w / r) over bins, less what chance alone gives.

    w and r are the window's and the reference's shares. Bins hold equal shares of the reference: 10, or fewer so that
    the smaller sample has 10 values for each. Half a value is added to each bin, so that none is empty. Two samples of
    one population give (bins - 1)(1/n + 1/m) on average, which is taken off; the result is at least 0. By custom, 0.1
    is worth a look and 0.25 a shift.

    Parameters
    ----------
    reference, window
        (n,) and (m,), finite, not empty.
    """
    count = int(np.clip(min(len(reference), len(window)) // _PER_BIN, 2, _BINS))
    edges = np.unique(np.quantile(reference, np.arange(1, count) / count))
    shares = []
    for sample in (reference, window):
        counted = np.bincount(np.searchsorted(edges, sample, side="left"), minlength=len(edges) + 1) + 0.5
        shares.append(counted / counted.sum())
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return max(0.0, index - len(edges) * (1 / len(reference) + 1 / len(window)))


def holm(probabilities: Sequence[float]) -> list[float]:
    """Adjust probabilities for their number, whatever their dependence: below a, all of them together err by at most a.

    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6,
    1979.
    """
    adjusted, highest = [0.0] * len(probabilities), 0.0
    for rank, which in enumerate(sorted(range(len(probabilities)), key=lambda i: probabilities[i])):
        highest = max(highest, min(1.0, (len(probabilities) - rank) * probabilities[which]))
        adjusted[which] = highest
    return adjusted


def more_often(hits: int, of: int, reference_hits: int, reference_of: int) -> float:
    """Give how likely at least so many hits are if they are as common as in the reference (Fisher's exact test)."""
    total, all_hits = of + reference_of, hits + reference_hits
    tail = sum(
        exp(_log_choose(all_hits, k) + _log_choose(total - all_hits, of - k) - _log_choose(total, of))
        for k in range(hits, min(of, all_hits) + 1)
    )
    return min(1.0, tail)


def mean_interval(values: Doubles, seed: int = 0) -> tuple[float, float]:
    """Give the 95 % interval of a mean of (n,) values, drawn with replacement from a fixed seed."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_DRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def sign_flips(differences: Doubles, seed: int = 0) -> float:
    """Give how likely a mean as far from 0 is, if each of (n,) paired differences were as likely of the other sign."""
    rng = np.random.default_rng(seed)
    least = abs(float(differences.sum())) * (1 - 1e-12)
    sums = [(rng.integers(0, 2, len(differences)) * 2.0 - 1) @ differences for _ in range(_FLIPS)]
    return float((np.count_nonzero(np.abs(sums) >= least) + 1) / (_FLIPS + 1))


def _log_choose(of: int, some: int) -> float:
    if not 0 <= some <= of:
        return -np.inf
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def _kolmogorov_tail(scaled: float) -> float:
    if scaled < 0.2:  # the series converges slowly there, and the answer is 1 to more digits than a float has
        return 1.0
    terms = np.arange(1, _TERMS + 1)
    tail = 2 * float(((-1.0) ** (terms - 1) * np.exp(-2 * terms**2 * scaled**2)).sum())
    return min(1.0, max(0.0, tail))
