"""How much colour maps tremble from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accord.core.encoding import Floats
from accord.core.place import Place
from accord.pipeline.shrink import shrink
from accord.transforms import ColourMap

_SIDE = 24


@dataclass(frozen=True, eq=False)
class Probe:
    """Colours, and places, on which maps are compared: a small composite's, weighted by its foreground.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space.
    weights
        (h, w) >= 0.
    """

    colours: Floats
    weights: Floats

    @classmethod
    def of(cls, composite: Floats, cover: Floats) -> Probe:
        """Take a composite, (h, w, 3), and its mask, (h, w), shrunk to 24 pixels a side at most."""
        size = cover.shape
        to = min(_SIDE, size[0]), min(_SIDE, size[1])
        return cls(
            shrink(lambda rows: composite[rows], size, to), shrink(lambda rows: cover[rows, :, None], size, to)[..., 0]
        )

    def response(self, colour_map: ColourMap) -> Floats:
        """Give what a map makes of the colours, (h, w, 3)."""
        return colour_map.transform(self.colours, Place.whole(*self.weights.shape))

    def weighted_response(self, colour_map: ColourMap) -> Floats:
        """Give the same times the square root of the weights, so that squared differences are weighted ones, (n,)."""
        shown = self.weights > 0
        return (self.response(colour_map)[shown] * np.sqrt(self.weights[shown])[:, None]).ravel()


class Jitter:
    """Sums up the jitter of maps as they come.

    The jitter is the root of the mean, over the foreground's colours and places at a shot's first fitted frame,
    channels and frames, of a sixth of the squared second difference over time, (M(t-1) - 2 M(t) + M(t+1))^2 / 6, in
    255ths of white, display-encoded sRGB. A steady map and a steady fade have none; maps with independent noise of
    standard deviation s on each frame have s. Nothing is compared across a cut, nor across a frame without a map.
    """

    def __init__(self) -> None:
        self._probe: Probe | None = None
        self._last: list[Floats] = []
        self._sum = self._weight = 0.0

    def add(self, colour_map: ColourMap | None, probe: Probe, *, begins: bool) -> None:
        """Take the map of the next frame; `probe` is that frame's."""
        if begins:
            self._probe = None
        if colour_map is None or begins:
            self._last = []
        if colour_map is None:
            return
        if self._probe is None:
            self._probe = probe
        self._last.append(self._probe.response(colour_map))
        if len(self._last) == 3:
            before, now, after = self._last
            second = ((before - 2 * now + after).astype(np.float64) ** 2).mean(axis=-1) / 6
            self._sum += float((second * self._probe.weights).sum())
            self._weight += float(self._probe.weights.sum())
            self._last.pop(0)

    def value(self) -> float | None:
        """Give the jitter of all that came, in 255ths; None if no shot had three fitted frames in a row."""
        return 255 * (self._sum / self._weight) ** 0.5 if self._weight > 0 else None
