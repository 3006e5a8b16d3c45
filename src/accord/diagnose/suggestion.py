"""How far a harmonizer would move the foreground: evidence of one that was trained to see mismatches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB
from accord.diagnose.figures import Figure

Floats = NDArray[np.float32]

UNIT = "CIEDE2000"


def suggested_change(colours: Floats, mask: Floats, proposals: Sequence[Floats]) -> Figure:
    """Give by how much proposals move the foreground: their median, and from the least to the furthest.

    Parameters
    ----------
    colours
        (h, w, 3) the composite in the working space.
    mask
        (h, w) weights in [0, 1] of the foreground, not all 0.
    proposals
        What it might become, each (h, w, 3); at least one.
    """
    inside = mask > 0
    weights, before = mask[inside], _lab(colours[inside])
    moves = [float(np.average(ciede2000(before, _lab(one[inside])), weights=weights)) for one in proposals]
    return Figure(float(np.median(moves)), min(moves), max(moves), UNIT)


def _lab(colours: Floats) -> Floats:
    return linear_to_lab(SRGB.to_light(np.clip(colours, 0, 1)))
