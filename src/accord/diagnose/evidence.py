"""What signals are measured on: three bounded views of a composite and its result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.score import Estimate

Floats = NDArray[np.float32]

LONGEST = 1024
"""Longest side of each view, in pixels, so that signals cost about the same for any picture."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A view of the composite and the same view of the result.

    Parameters
    ----------
    before, after
        (h, w, 3) in the working space: display-encoded sRGB, extended.
    mask
        (h, w) coverage of the foreground in [0, 1], 0 where nothing can be seen; not 0 everywhere.
    """

    before: Floats
    after: Floats
    mask: Floats

    @property
    def inside(self) -> NDArray[np.bool_]:
        """The pixels that are foreground: at least half covered, or as covered as any where none is."""
        return self.mask >= min(0.5, float(self.mask.max()))


@dataclass(frozen=True, eq=False)
class Evidence:
    """The views, each at most `LONGEST` pixels a side.

    Parameters
    ----------
    small
        The whole picture, averaged by area: what is seen on a screen.
    ring
        (h, w) weights in [0, 1] of a ring of background around the foreground, in `small`; all 0 if none is seen.
    spread
        Every n-th pixel of every n-th row of the foreground's bounding box, untouched: code values as they are.
    mapped
        (h, w, 3) what the colour map gave for `spread`, before it was clipped to what the picture can hold.
    window
        The part of the picture that holds most of the foreground, pixel for pixel: grain and steps as they are.
    background_untouched
        Whether all pixels of the whole picture where the mask is exactly 0 are the same, bit for bit.
    opinions
        For each of several methods what it makes of the same colours of the foreground, (n, 3).
    estimate
        Chance and error to expect; None where there is no learned default to ask.
    """

    small: Pair
    ring: Floats
    spread: Pair
    mapped: Floats
    window: Pair
    background_untouched: bool
    opinions: tuple[Floats, ...] = ()
    estimate: Estimate | None = None
