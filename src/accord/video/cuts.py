"""Where one shot ends and the next begins.

A cut is a frame that differs from the one before it far more than the frames around it do from theirs. So motion and
fades are none; a light that is switched on is, and rightly, since colour maps before and after have nothing in common.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from accord.core.encoding import Floats
from accord.pipeline.shrink import shrink

Item = TypeVar("Item")

AROUND = 3
"""Frames on each side that a change is compared with."""

BACKGROUND_CHANGE, FOREGROUND_CHANGE = 0.03, 0.06
"""The least change that can be a cut, in display-encoded values, white at 1."""

TIMES = 4.0
"""How many times the median change around it a cut exceeds."""

_SIDE = 12


@dataclass(frozen=True, eq=False)
class Look:
    """What a frame looks like, roughly.

    Parameters
    ----------
    thumb
        (12, 12, 3) of the composite.
    outside
        (12, 12) share of background in each.
    foreground
        Mean and spread of the foreground's colours, (2, 3), or None where there is none.
    """

    thumb: Floats
    outside: Floats
    foreground: Floats | None

    @classmethod
    def of(cls, composite: Floats, cover: Floats) -> Look:
        """Look at a small composite, (h, w, 3), and its mask, (h, w)."""
        size = cover.shape
        to = (min(_SIDE, size[0]), min(_SIDE, size[1]))
        thumb = shrink(lambda rows: composite[rows], size, to)
        outside = 1 - shrink(lambda rows: cover[rows, :, None], size, to)[..., 0]
        total = float(cover.sum(dtype=np.float64))
        if total <= 0:
            return cls(thumb, outside, None)
        mean = np.einsum("hwc,hw->c", composite, cover) / total
        spread = np.sqrt(np.einsum("hwc,hw->c", (composite - mean) ** 2, cover) / total)
        return cls(thumb, outside, np.stack([mean, spread]).astype(np.float32))

    def change(self, before: Look) -> tuple[float, float]:
        """Give how much background and foreground differ from another frame's: mean absolute differences."""
        weights = self.outside * before.outside
        if float(weights.mean()) < 0.02:  # no background to speak of: the whole picture tells
            weights = np.ones_like(weights)
        background = float(np.average(np.abs(self.thumb - before.thumb).mean(axis=-1), weights=weights))
        if self.foreground is None or before.foreground is None:
            return background, 0.0
        return background, float(np.abs(self.foreground - before.foreground).mean())


class Marked(Generic[Item]):
    """An item with whether a new shot begins with it."""

    __slots__ = ("begins", "item")

    def __init__(self, item: Item, *, begins: bool) -> None:
        self.item, self.begins = item, begins


def marked(items: Iterable[tuple[Item, Look]]) -> Iterator[Marked[Item]]:
    """Mark where shots begin; runs `AROUND` items behind what it reads."""
    waiting: deque[Item] = deque()
    changes: deque[tuple[float, float]] = deque()  # those of the last AROUND items given, then of those waiting
    last: Look | None = None
    for item, look in items:
        changes.append((np.inf, np.inf) if last is None else look.change(last))
        waiting.append(item)
        last = look
        if len(waiting) > AROUND:
            yield _next(waiting, changes)
    while waiting:
        yield _next(waiting, changes)


def _next(waiting: deque[Item], changes: deque[tuple[float, float]]) -> Marked[Item]:
    at = len(changes) - len(waiting)
    begins = is_cut(list(changes), at)
    while at >= AROUND:
        changes.popleft()
        at -= 1
    return Marked(waiting.popleft(), begins=begins)


def is_cut(changes: list[tuple[float, float]], at: int) -> bool:
    """Tell whether the change at a position stands out from those up to `AROUND` before and after it."""
    if np.isinf(changes[at][0]):
        return True
    around = [change for index, change in enumerate(changes) if index != at and np.isfinite(change[0])]
    for part, least in enumerate((BACKGROUND_CHANGE, FOREGROUND_CHANGE)):
        usual = float(np.median([change[part] for change in around])) if around else 0.0
        if changes[at][part] > max(least, TIMES * usual):
            return True
    return False
