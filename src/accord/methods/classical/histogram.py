"""Give each of the foreground's channels the reference's histogram.

Source: R. C. Gonzalez, R. E. Woods, "Digital Image Processing", 4th edition, 2018, section 3.3, histogram
specification. Differs from the textbook: matches 32 quantiles rather than every code value, and bounds the curve's
slope, so that neither a flat foreground nor a spike in the reference bands or posterizes; works on values of any depth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import Doubles, foreground_and_reference
from accord.transforms import Curve, Curves

LEVELS = (np.arange(32) + 0.5) / 32
"""Shares of the pixels, from dark to bright, at which the histograms are matched."""

MIN_SLOPE, MAX_SLOPE = 0.1, 4.0
"""Bounds of the curve's slope: below, detail would drown; above, noise and steps of 8 bit would show."""


class Histogram:
    """Fits one curve per channel of display-encoded RGB."""

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> Curves:
        """Fit the curves that give the foreground the reference's histograms; see `Method.fit`."""
        foreground, wanted = foreground_and_reference(composite, mask, reference)
        inputs, outputs = foreground.quantiles(LEVELS), wanted.quantiles(LEVELS)
        # Values closer than this are one: a flat stretch, or equal code values after rounding.
        closeness = 1e-3 * float(np.ptp(inputs, axis=0).max())
        first, second, third = (match_quantiles(inputs[:, i], outputs[:, i], closeness) for i in range(3))
        return Curves(first, second, third)


def match_quantiles(inputs: Doubles, outputs: Doubles, closeness: float) -> Curve:
    """Give the curve from quantiles to quantiles, (n,) each and rising, with its slope bounded.

    Parameters
    ----------
    inputs, outputs
        Values at the same levels, on both sides.
    closeness
        Inputs no further apart than this share one knot, which takes the mean of their outputs.
    """
    starts = _merge(inputs, closeness)
    counts = np.diff(np.append(starts, len(inputs)))
    x = np.add.reduceat(inputs, starts) / counts
    y = np.add.reduceat(outputs, starts) / counts
    if len(x) == 1:
        return Curve(x, y, np.ones(2))
    steps = np.clip(np.diff(y) / np.diff(x), MIN_SLOPE, MAX_SLOPE)
    bounded = np.concatenate([[0.0], np.cumsum(steps * np.diff(x))])
    # Bounding a slope moves all values above it; the weighted mean is put back where it belongs.
    bounded += np.average(y - bounded, weights=counts)
    # Beyond the quantiles the overall ratio of spreads is a better guess than the outermost, noisiest step.
    beyond = float(np.clip(np.ptp(bounded) / np.ptp(x), MIN_SLOPE, MAX_SLOPE))
    return Curve(x, bounded, np.array([beyond, beyond]))


def _merge(values: Doubles, closeness: float) -> NDArray[np.intp]:
    starts = [0]
    for index, value in enumerate(values):
        if value - values[starts[-1]] > closeness:
            starts.append(index)
    return np.array(starts, np.intp)


CARD = MethodCard(
    id="histogram",
    title="Histogram of each channel",
    source="Gonzalez and Woods, Digital Image Processing, 2018, histogram specification",
    licence="Apache-2.0",
    works_in="srgb",
    load=Histogram,
    prefer="the same materials under another tone curve",
)
