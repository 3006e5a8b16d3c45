"""How good a score is: ranking, calibration, and the intervals of both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BINS = 10


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Give the chance that a positive scores higher than a negative; ties count half. NaN without either."""
    ranks = np.empty(len(score))
    _, which, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def bins(chance: np.ndarray, positive: np.ndarray) -> list[tuple[float, float, int]]:
    """Give mean chance, share of positives, and count of `BINS` bins of equal mass, lowest first."""
    order = np.argsort(chance, kind="stable")
    return [
        (float(chance[part].mean()), float(positive[part].mean()), len(part))
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def calibration_error(chance: np.ndarray, positive: np.ndarray) -> float:
    """Give the expected calibration error over bins of equal mass."""
    return sum(count * abs(said - was) for said, was, count in bins(chance, positive)) / len(chance)


def interval(figure: Callable[[np.ndarray], float], groups: np.ndarray, draws: int = 500) -> tuple[float, float]:
    """Give the 95 % bootstrap interval of a figure of rows, drawing whole groups (photos) with replacement."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    values = []
    for _ in range(draws):
        chosen = rng.integers(0, len(members), len(members))
        values.append(figure(np.concatenate([members[i] for i in chosen])))
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)
