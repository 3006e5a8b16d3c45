"""How far several methods differ about the same foreground."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import linear_to_lab
from accord.colour.difference import ciede2000
from accord.core.encoding import SRGB

Floats = NDArray[np.float32]


def disagreement(opinions: Sequence[Floats]) -> float | None:
    """Give the mean CIEDE2000 between what methods make of the same colours, over all pairs of methods.

    Parameters
    ----------
    opinions
        For each method what it makes of the foreground's colours, (n, 3) in the working space. None with fewer than
        two.
    """
    labs = [linear_to_lab(SRGB.to_light(np.clip(colours, 0, 1))) for colours in opinions]
    pairs = [float(ciede2000(one, other).mean()) for one, other in combinations(labs, 2)]
    return sum(pairs) / len(pairs) if pairs else None
