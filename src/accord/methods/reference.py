"""Which pixels' look the foreground should take: the whole background, or a ring around the foreground."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError

Floats = NDArray[np.float32]

KINDS = ("background", "ring")

RING_WIDTH = 0.5
"""The ring's width over the foreground's size, the latter being the square root of its area. A round foreground's ring
of
this width covers about 2.5 times the foreground's area."""


def reference_weights(mask: Floats, kind: str = "background") -> Floats:
    """Give the weight of each pixel in the statistics to match.

    Parameters
    ----------
    mask
        (h, w) coverage of the foreground in [0, 1]. Meant for the small version that a method is fitted on: a ring's
        cost grows with its width.
    kind
        background: every pixel by its share of background. ring: the same, but only within `RING_WIDTH` times the
        foreground's size of a pixel that is at least half foreground (or of any foreground, where none is), and at
        least within two pixels; the light near the foreground is likelier to be its own.

    Returns
    -------
    Floats
        (h, w) weights in [0, 1]; all 0 where the mask covers everything.

    Raises
    ------
    BadInputError
        If the kind is unknown.
    """
    if kind not in KINDS:
        raise BadInputError(f"reference is {kind!r}, but one of {', '.join(KINDS)}, or a mask, is wanted.")
    background = (1.0 - mask).astype(np.float32)
    if kind == "background":
        return background
    solid = mask >= 0.5 if (mask >= 0.5).any() else mask > 0
    width = max(2.0, RING_WIDTH * math.sqrt(float(mask.sum(dtype=np.float64))))
    return np.where(_within(solid, width), background, np.float32(0))


def _within(region: NDArray[np.bool_], distance: float) -> NDArray[np.bool_]:
    """Give where the Euclidean distance to the region, in pixels, is at most `distance`."""
    along_row = _distance_in_row(region)
    height = region.shape[0]
    reach = min(int(distance), height - 1)
    near = np.zeros(region.shape, np.bool_)
    for step in range(-reach, reach + 1):
        # A pixel `step` rows away may still be that far aside.
        aside = math.sqrt(distance**2 - step**2)
        target = slice(max(0, -step), min(height, height - step))
        source = slice(max(0, step), min(height, height + step))
        near[target] |= along_row[source] <= aside
    return near


def _distance_in_row(region: NDArray[np.bool_]) -> Floats:
    width = region.shape[1]
    columns = np.arange(width, dtype=np.float32)
    from_left = np.maximum.accumulate(np.where(region, columns, -np.inf), axis=1)
    from_right = np.minimum.accumulate(np.where(region, columns, np.inf)[:, ::-1], axis=1)[:, ::-1]
    distance: Floats = np.minimum(columns - from_left, from_right - columns).astype(np.float32)
    return distance
