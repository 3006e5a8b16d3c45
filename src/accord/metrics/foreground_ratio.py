"""How much of a picture is foreground, and the bins that benchmarks report by."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

BINS: dict[str, tuple[float, float]] = {"0-5 %": (0.0, 0.05), "5-15 %": (0.05, 0.15), "15-100 %": (0.15, 1.0)}
"""The bins of the iHarmony4 tables: name, and bounds as fractions of the picture's area."""


def foreground_ratio(mask: NDArray[Any]) -> float:
    """Give the share of pixels whose coverage exceeds 0.5; mask is (H, W) in [0, 1], at the size that is evaluated."""
    return float((mask > 0.5).mean())


def ratio_bin(ratio: float) -> str:
    """Give the name of the one bin that a foreground ratio falls into; a bin holds its lower bound, the last both.

    iDIH's evaluation closes bins at both ends and so counts a ratio of exactly 0.05 or 0.15 twice.
    """
    return next((name for name, (_, high) in BINS.items() if ratio < high), "15-100 %")
