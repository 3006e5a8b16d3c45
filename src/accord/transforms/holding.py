"""Hold a colour's change back until a limit holds for what will be seen of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from accord.colour.cielab import lab_to_linear, linear_to_lab
from accord.core.encoding import SRGB
from accord.transforms.base import Floats

_BISECTIONS = 10


def to_lab(colours: Floats) -> Floats:
    """Turn working-space colours (..., 3) into CIELAB."""
    return linear_to_lab(SRGB.to_light(colours))


def from_lab(lab: Floats) -> Floats:
    """Turn CIELAB (..., 3) into working-space colours, not clipped."""
    return SRGB.from_light(lab_to_linear(lab))


def held(before: Floats, after: Floats, beyond: Callable[[Floats, Floats], Floats], *, clipped: bool) -> Floats:
    """Give colours on the way from `before` to `after`, as far along it as the limit holds for what is seen of them.

    Parameters
    ----------
    before
        (n, 3) CIELAB, for which the limit holds.
    after
        (n, 3) CIELAB, wanted.
    beyond
        Tells, (n,), of colours before and as they will be seen, (n, 3) CIELAB each, how far they are beyond the limit:
        0 or less where it holds, and up to 1 what may still be borne.
    clipped
        Whether what is seen is clipped to [0, 1] of sRGB, or to where the colour already was outside: clipping alone
        can turn a hue.

    Returns
    -------
    Floats
        (n, 3) CIELAB; `after` itself where that holds. Between, chroma, hue and lightness go together, so neighbours
        stay neighbours. Clipping bends the way: the limit may hold again beyond where it first does not, and a little
        more would mean a long way back. So the way back is gone in part while `after` is beyond by less than 1.
    """
    source = from_lab(before)
    low, high = np.minimum(source, 0), np.maximum(source, 1)

    def excess(lab: Floats, which: NDArray[np.bool_]) -> Floats:
        seen = to_lab(np.clip(from_lab(lab), low[which], high[which])) if clipped else lab
        return beyond(before[which], seen)

    in_all = excess(after, np.ones(len(before), bool))
    broken = in_all > 0
    result = after.copy()
    if not broken.any():
        return result
    start, way = before[broken], after[broken] - before[broken]
    good, bad = np.zeros(len(start), np.float32), np.ones(len(start), np.float32)
    for _ in range(_BISECTIONS):
        middle = (good + bad) / 2
        holding = excess(start + middle[:, None] * way, broken) <= 0
        good, bad = np.where(holding, middle, good), np.where(holding, bad, middle)
    part = good + (1 - good) * np.maximum(1 - in_all[broken], 0)
    good = np.where(excess(start + part[:, None] * way, broken) <= 1, part, good)
    result[broken] = start + good[:, None] * way
    return result


def smooth_step(values: Floats, start: float, end: float) -> Floats:
    """Rise from 0 at `start` to 1 at `end` (or fall, if that is the smaller) without a corner at either."""
    share = np.clip((values - np.float32(start)) / np.float32(end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
