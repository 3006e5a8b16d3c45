"""A measured figure with its unit and its uncertainty."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

RESAMPLES = 200
"""How often blocks of the picture are drawn anew to tell the uncertainty."""


@dataclass(frozen=True)
class Figure:
    """A figure that was measured on a picture.

    Parameters
    ----------
    value
        The figure, or None where it cannot be told.
    low, high
        Its 95 % interval: what it would be on other pieces of the same material, by drawing blocks of the picture with
        replacement. None where it cannot be told.
    unit
        What it is counted in.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str

    def to_dict(self) -> dict[str, Any]:
        """Give value, interval and unit as JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "unknown"
        digits = 4 if self.unit == "Duv" else 0 if self.unit in ("K", "degrees") else 2
        if self.low == self.high:
            return f"{self.value:.{digits}f} {self.unit}"
        return f"{self.value:.{digits}f} {self.unit} ({self.low:.{digits}f} to {self.high:.{digits}f})"

    @property
    def beyond(self) -> float:
        """How far the interval keeps from 0, with the value's sign; 0 if it holds 0 or is unknown."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return 0.0
        return self.low if self.low > 0 else self.high


def figure(draws: Doubles, unit: str) -> Figure:
    """Make a figure from (1 + n,) values: the picture's own, then those of n draws; NaN where none can be told."""
    known = draws[1:][np.isfinite(draws[1:])]
    if not np.isfinite(draws[0]) or not len(known):
        return Figure(None, None, None, unit)
    low, high = np.percentile(known, (2.5, 97.5))
    return Figure(float(draws[0]), float(low), float(high), unit)


def resampling(blocks: int, seed: int) -> Doubles:
    """Give how often each of `blocks` blocks counts, (1 + RESAMPLES, blocks): once each first, then as drawn."""
    drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), RESAMPLES)
    return np.concatenate([np.ones((1, blocks)), drawn]).astype(np.float64)
