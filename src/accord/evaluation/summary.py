"""From records to means, medians, intervals and shares, over all and within groups.

Intervals are 95 % bootstrap percentile intervals of the mean (Efron, "Bootstrap Methods: Another Look at the
Jackknife", Annals of Statistics 7(1), 1979): composites are drawn with replacement, 2,000 times, from a fixed seed.
Methods see the same draws, so a run's intervals are repeatable and belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.evaluation.figures import Figure
from accord.evaluation.records import FACTS, Record
from accord.metrics.foreground_ratio import ratio_bin

RESAMPLES = 2000
TOLERANCE, TOLERANCE_FLOOR = 0.01, 0.01
OVERALL = "overall"

# Draws are made in blocks of about this many picture indices, to bound memory on large datasets.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Estimate:
    """A mean over pictures, the bounds of its 95 % interval, and the pictures' median, in the figure's unit."""

    mean: float
    low: float
    high: float
    median: float


@dataclass(frozen=True)
class Share:
    """A share of pictures in [0, 1], and the bounds of its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """One method over one group of pictures.

    Parameters
    ----------
    method
        The method's name in this run.
    by, group
        What pictures are grouped by (overall, subset, family, source, foreground ratio), and which group this is.
    pictures
        How many.
    figures
        Estimates by figure id.
    improved, harmed, doubled
        Shares of pictures whose fMSE came out lower than the composite's, higher, and more than twice as high; changes
        within 1 % (or within 0.01) count as neither.
    """

    method: str
    by: str
    group: str
    pictures: int
    figures: dict[str, Estimate]
    improved: Share
    harmed: Share
    doubled: Share


def improved(record: Record) -> bool:
    """Tell whether fMSE fell by more than 1 % of the composite's, and by more than 0.01."""
    return record.fmse_composite - record.values["fmse"] > _slack(record)


def harmed(record: Record) -> bool:
    """Tell whether fMSE rose by more than 1 % of the composite's, and by more than 0.01."""
    return record.values["fmse"] - record.fmse_composite > _slack(record)


def doubled(record: Record) -> bool:
    """Tell whether fMSE more than doubled: the picture would better have been left alone."""
    return harmed(record) and record.values["fmse"] > 2 * record.fmse_composite


def _slack(record: Record) -> float:
    # Without a floor, rounding alone would harm a composite that already equals the truth.
    return max(TOLERANCE * record.fmse_composite, TOLERANCE_FLOOR)


GROUPINGS: dict[str, Callable[[Record], str]] = {
    OVERALL: lambda _: "all",
    "subset": lambda record: record.subset,
    **{fact: lambda record, fact=fact: record.facts.get(fact, "") for fact in FACTS},  # type: ignore[misc]
    "foreground ratio": lambda record: ratio_bin(record.foreground_ratio),
}


def summarise(records: Sequence[Record], figures: Sequence[Figure], *, seed: int = 0) -> list[Summary]:
    """Sum up records, overall and by every grouping that tells pictures apart.

    Parameters
    ----------
    records
        From `evaluate`.
    figures
        Those that the records hold.
    seed
        Of the bootstrap's draws.

    Returns
    -------
    list of Summary
        By grouping, then group, then method in the records' order.
    """
    methods = list(dict.fromkeys(record.method for record in records))
    summaries = []
    for by, group_of in GROUPINGS.items():
        groups = _ordered({group_of(record) for record in records})
        if by in ("subset", *FACTS) and len(groups) < 2:
            continue
        for group in groups:
            for method in methods:
                members = [record for record in records if record.method == method and group_of(record) == group]
                if members:
                    summaries.append(_summary(method, by, group, members, figures, seed))
    return summaries


def _ordered(groups: set[str]) -> list[str]:
    """Sort by leading number where there is one, so that 5-15 % stands before 15-100 %."""

    def rank(group: str) -> tuple[int, str]:
        number = group.split("-")[0]
        return (int(number) if number.isdigit() else -1, group)

    return sorted((group for group in groups if group), key=rank)


def _summary(
    method: str, by: str, group: str, records: Sequence[Record], figures: Sequence[Figure], seed: int
) -> Summary:
    columns = [[record.values[figure.id] for record in records] for figure in figures]
    columns += [[float(test(record)) for record in records] for test in (improved, harmed, doubled)]
    values = np.array(columns, np.float64).T
    means, medians = values.mean(axis=0), np.median(values, axis=0)
    low, high = np.percentile(bootstrap_means(values, seed), [2.5, 97.5], axis=0)
    estimates = {
        figure.id: Estimate(float(means[i]), float(low[i]), float(high[i]), float(medians[i]))
        for i, figure in enumerate(figures)
    }
    shares = [Share(float(means[i]), float(low[i]), float(high[i])) for i in range(len(figures), values.shape[1])]
    return Summary(method, by, group, len(records), estimates, *shares)


def bootstrap_means(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Give the means of 2,000 draws with replacement of the rows of (pictures, figures): (2000, figures)."""
    rng = np.random.default_rng(seed)
    pictures = len(values)
    means, left = [], RESAMPLES
    while left:
        draws = min(left, max(_BLOCK // pictures, 1))
        picks = rng.integers(0, pictures, (draws, pictures))
        means.append(np.stack([column[picks].mean(axis=1) for column in values.T], axis=1))
        left -= draws
    return np.concatenate(means)
