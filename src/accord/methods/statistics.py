"""Statistics of a region of a picture, weighted by a soft mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """The colours of a region, each with a weight.

    Parameters
    ----------
    colours
        (n, 3), in whatever space the method works in.
    weights
        (n,), positive, summing to 1.
    """

    colours: Doubles
    weights: Doubles

    def mean(self) -> Doubles:
        """Give the weighted mean, (3,)."""
        return np.asarray(self.weights @ self.colours)

    def covariance(self) -> Doubles:
        """Give the weighted covariance, (3, 3)."""
        centred = self.colours - self.mean()
        return np.asarray((centred * self.weights[:, None]).T @ centred)

    def quantiles(self, levels: Doubles) -> Doubles:
        """Give each channel's weighted quantiles, (levels, 3).

        A value's level is the middle of the weight it takes up among the sorted values; between values it is
        interpolated.
        """
        result = np.empty((len(levels), 3))
        for channel in range(3):
            order = np.argsort(self.colours[:, channel], kind="stable")
            weights = self.weights[order]
            result[:, channel] = np.interp(levels, np.cumsum(weights) - weights / 2, self.colours[order, channel])
        return result


def foreground_and_reference(composite: Floats, mask: Floats, reference: Floats) -> tuple[Sample, Sample]:
    """Give the colours to change and the colours to match.

    Parameters
    ----------
    composite
        (h, w, 3), in any space.
    mask, reference
        (h, w) weights in [0, 1]; see `accord.methods.card.Method.fit`.

    Raises
    ------
    BadInputError
        If sizes differ, values are not finite, the mask leaves no foreground, or the reference no pixels.
    """
    check_regions(composite, mask, reference)
    return _sample(composite, mask), _sample(composite, reference)


def check_regions(composite: Floats, mask: Floats, reference: Floats) -> None:
    """Refuse what no method can be fitted on; parameters and errors are `foreground_and_reference`'s."""
    if composite.ndim != 3 or composite.shape[2] != 3:
        raise BadInputError(f"composite has shape {composite.shape}, but (height, width, 3) is wanted.")
    size = composite.shape[:2]
    for name, weights in (("mask", mask), ("reference", reference)):
        if weights.shape != size:
            raise BadInputError(
                f"{name} is {weights.shape}, composite is {size} (height, width); they must be of one size."
            )
        if not np.isfinite(weights).all():
            raise BadInputError(f"{name} holds NaN or infinite values; weights in [0, 1] are wanted.")
    if not (mask > 0).any():
        raise BadInputError("mask is 0 everywhere, so there is no foreground to harmonize.")
    if not (reference > 0).any():
        raise BadInputError(
            "the reference is empty, so there is nothing to match: the mask may cover the whole picture. "
            "Give a mask that leaves some background, or another reference."
        )
    if not np.isfinite(composite).all():
        for weights in (mask, reference):
            _sample(composite, weights)  # what lies in neither may be anything


def _sample(composite: Floats, weights: Floats) -> Sample:
    inside = weights > 0
    colours = composite[inside].astype(np.float64)
    if not np.isfinite(colours).all():
        raise BadInputError("composite holds NaN or infinite values where its statistics are taken; repair it first.")
    taken = weights[inside].astype(np.float64)
    return Sample(colours, taken / taken.sum())
