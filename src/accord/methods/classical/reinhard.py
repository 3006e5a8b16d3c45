"""Give the foreground the reference's mean and spread, channel by channel, in an opponent colour space.

Source: E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley, "Color Transfer between Images", IEEE Computer Graphics and
Applications 21(5), 2001, doi:10.1109/38.946629.
Differs from the paper: works in CIELAB (id reinhard) or Oklab (id reinhard-oklab) instead of the logarithmic
l-alpha-beta, whose logarithm blows up the noise of dark pixels, and bounds each channel's gain, so that a flat region
on either side neither erases texture nor turns its noise into colour.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from accord.colour.spaces import space
from accord.methods.card import Floats, MethodCard
from accord.methods.statistics import foreground_and_reference
from accord.transforms import Affine, InSpace

MAX_GAIN = 3.0
"""Largest growth in a channel's spread, and its inverse the largest shrinking."""


class Reinhard:
    """Fits gain and offset per channel.

    Parameters
    ----------
    space
        lab (CIELAB) or oklab.
    """

    def __init__(self, space: str = "lab") -> None:
        self.space = space

    def fit(self, composite: Floats, mask: Floats, reference: Floats) -> InSpace:
        """Fit the map that gives the foreground the reference's mean and spread; see `Method.fit`."""
        foreground, wanted = foreground_and_reference(space(self.space).from_working(composite), mask, reference)
        spread, wanted_spread = (np.sqrt(np.diag(sample.covariance())) for sample in (foreground, wanted))
        # Where both sides are flat any gain fits, and none is the least change.
        flat = spread <= 1e-6 * (spread.max() + wanted_spread.max())
        gain = np.where(flat, 1.0, wanted_spread / np.where(flat, 1.0, spread)).clip(1 / MAX_GAIN, MAX_GAIN)
        return InSpace(self.space, Affine.about(np.diag(gain), foreground.mean(), wanted.mean()))


CARD = MethodCard(
    id="reinhard",
    title="Mean and spread per channel, in CIELAB",
    source="Reinhard et al., Color Transfer between Images, IEEE CG&A 21(5), 2001",
    licence="Apache-2.0",
    works_in="lab",
    load=Reinhard,
    prefer="foreground and reference of the same materials that differ in exposure, cast and contrast",
)

OKLAB_CARD = MethodCard(
    id="reinhard-oklab",
    title="Mean and spread per channel, in Oklab",
    source="Reinhard et al., Color Transfer between Images, IEEE CG&A 21(5), 2001",
    licence="Apache-2.0",
    works_in="oklab",
    load=partial(Reinhard, "oklab"),
    prefer="as reinhard, where CIELAB turns blues purple",
)
