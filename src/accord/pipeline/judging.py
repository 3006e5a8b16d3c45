"""Judge results without the truth: the learned network's proposals for a composite are guesses of the real picture.

The network is asked for more than one guess: of the composite as it is, with only a ring as reference, of two crops
around the foreground, of its own result, and of the composite with another exposure or white balance given to the
foreground, which a network that is sure of itself takes back. `accord.diagnose.score` turns where a result lies among
them into a probability and an expected error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from accord.core.encoding import SRGB, Floats
from accord.core.picture import Picture
from accord.core.place import Place
from accord.diagnose.score import Estimate, Outlook, Score, features, shipped
from accord.methods.card import Method, MethodCard
from accord.methods.learned.crop import Crop, for_whole_picture
from accord.methods.ready import ready
from accord.pipeline.default import default_network
from accord.pipeline.reference import ring_around
from accord.pipeline.shrink import fitted_size
from accord.pipeline.small import drawn, small_mask, small_version
from accord.pipeline.working import WorkingView
from accord.transforms import ColourMap, Mean

PADDING = {"near": 0.5, "nearer": 0.2}
"""Crops around the foreground: how much is added on each side, in longest sides of the foreground's box."""

# Stops of exposure, and of red against green (and green against blue).
_NUDGES = ((0.6, 0.0), (-0.6, 0.0), (0.0, 0.2), (0.0, -0.2))
_PIXELS, _AROUND = 768, 512


@dataclass(frozen=True, eq=False)
class Small:
    """What a network is shown.

    Parameters
    ----------
    colours
        (h, w, 3) in the working space.
    mask, rest
        (h, w) weights of foreground and background, where the picture is there.
    """

    colours: Floats
    mask: Floats
    rest: Floats

    @property
    def usable(self) -> bool:
        """Whether there is a foreground and a background."""
        return bool(self.mask.any() and self.rest.any())

    def with_foreground(self, colours: Floats) -> Small:
        """Give the same with other colours in the foreground, clipped."""
        moved = self.colours + self.mask[..., None] * (colours - self.colours)
        return Small(np.clip(moved, 0, 1, dtype=np.float32), self.mask, self.rest)


class Judge:
    """Judges results of one composite.

    Parameters
    ----------
    view
        The composite.
    mask
        (H, W) coverage of the foreground in [0, 1].
    network
        The card of a network from `accord export`; that which the score was fitted with.
    score
        What turns features into estimates; by default the one that ships.
    """

    def __init__(self, view: WorkingView, mask: Floats, network: MethodCard, score: Score | None = None) -> None:
        self._view, self._mask, self._score = view, mask, score
        self._side = network.fit_size
        self._size = self._sized(mask)
        self._network: Method = ready(network)
        self.small = self._seen()

    @property
    def able(self) -> bool:
        """Whether there is anything to judge: a foreground and a background that can be seen."""
        return self.small.usable

    @cached_property
    def maps(self) -> dict[str, ColourMap]:
        """What the network proposes for the composite: of the whole, with a ring as reference, of two crops."""
        maps = {"whole": self._fit(self.small)}
        ring = ring_around(self.small.mask) * self.small.rest
        maps["ring"] = self._fit(Small(self.small.colours, self.small.mask, ring)) if ring.any() else maps["whole"]
        for name, padding in PADDING.items():
            rows, columns = _around(self._mask, padding)
            part = self._seen(rows, columns)
            crop = Crop.of(rows, columns, self._mask.shape)
            maps[name] = for_whole_picture(self._fit(part), crop) if part.usable else maps["whole"]
        return maps

    @cached_property
    def mean(self) -> ColourMap:
        """The mean of these proposals."""
        return Mean(tuple(self.maps.values()), np.full(len(self.maps), 1 / len(self.maps)))

    @cached_property
    def outlook(self) -> Outlook:
        """What is known before any result."""
        small = self.small
        proposals = [self.applied(colour_map) for colour_map in self.maps.values()]
        proposals.append(self._proposal(small.with_foreground(proposals[0])))
        proposals += [self._proposal(small.with_foreground(_nudged(small.colours, *nudge))) for nudge in _NUDGES]
        ring = ring_around(small.mask) * small.rest
        return Outlook(
            before=self._foreground(small.colours),
            ring=drawn(small.colours, ring if ring.any() else small.rest, _AROUND),
            background=drawn(small.colours, small.rest, _AROUND),
            share=float(small.mask.mean()),
            proposals=np.stack([self._foreground(proposal) for proposal in proposals]),
        )

    def applied(self, colour_map: ColourMap) -> Floats:
        """Give what a map makes of the small composite, (h, w, 3), everywhere."""
        return colour_map.transform(self.small.colours, Place.whole(*self._size))

    def describe(self, result: Small) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Give the features of a small result."""
        return features(self.outlook, self._foreground(result.colours), self._foreground(self._proposal(result)))

    def estimate(self, results: list[Small]) -> list[Estimate]:
        """Estimate small results, as `small_result` and `Small.with_foreground` give them."""
        estimates = (self._score or shipped()).estimate(np.stack([self.describe(result) for result in results]))
        still = [np.array_equal(result.colours, self.small.colours) for result in results]
        return [Estimate(0.0, 1.0) if same else estimate for same, estimate in zip(still, estimates, strict=True)]

    def small_result(self, picture: Picture) -> Small:
        """Give a result as networks see it."""
        colours, _ = small_version(WorkingView(picture, self._view.alpha_covers), self._size)
        return Small(colours, self.small.mask, self.small.rest)

    def _seen(self, rows: slice = slice(None), columns: slice = slice(None)) -> Small:
        mask = self._mask[rows, columns]
        to = self._sized(mask)
        colours, seen = small_version(self._view, to, rows, columns)
        cover = small_mask(mask, to)
        return Small(colours, cover * seen, (1 - cover) * seen)

    def _sized(self, mask: Floats) -> tuple[int, int]:
        """Give the size that a part of the picture with this mask is shown at."""
        height, width = mask.shape
        return fitted_size(height, width, self._side, square=True)

    def _fit(self, small: Small) -> ColourMap:
        return self._network.fit(small.colours, small.mask, small.rest)

    def _proposal(self, small: Small) -> Floats:
        return self._fit(small).transform(small.colours, Place.whole(*self._size))

    def _foreground(self, colours: Floats) -> Floats:
        return drawn(colours, self.small.mask, _PIXELS)


def judge_of(view: WorkingView, mask: Floats) -> Judge | None:
    """Give the judge of a composite's results; None where nothing can be seen."""
    judge = Judge(view, mask, default_network())
    return judge if judge.able else None


def _around(mask: Floats, padding: float) -> tuple[slice, slice]:
    """Give the box of the foreground (what is at least half covered, or at all) with `padding` on each side."""
    inside = mask >= 0.5
    inside = inside if inside.any() else mask > 0
    ranges = [np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0)]
    spans = [(int(found[0]), int(found[-1]) + 1) for found in ranges]
    more = padding * max(stop - start for start, stop in spans) + 2
    rows, columns = (
        slice(max(0, int(start - more)), min(length, int(stop + more + 1)))
        for (start, stop), length in zip(spans, mask.shape, strict=True)
    )
    return rows, columns


def _nudged(colours: Floats, stops: float, warmth: float) -> Floats:
    gains = np.exp2(np.array([stops + warmth, stops, stops - warmth], np.float32))
    return SRGB.from_light(SRGB.to_light(np.clip(colours, 0, 1)) * gains)
