"""Keep the chroma and hue of protected colours and places, while their lightness may move."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

import numpy as np

from accord.colour.difference import ciede2000
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.holding import from_lab, held, smooth_step, to_lab
from accord.transforms.parameters import Doubles, doubles, entry, floats, number, pack, unpack
from accord.transforms.sampling import GridReader

NEAR, FAR = 4.0, 12.0
"""CIEDE2000 without lightness: up to the first a colour counts as a protected one in full, from the second not at all.
"""

# What is aimed for, accepted, and borne, of the tolerance. The rest is for rounding to 8 bit, which moves colours by
# 0.14 at the median and by 0.6 at most in 99 of 100 random ones.
_AIM, _ACCEPTED, _BORNE = 0.75, 0.77, 0.8
_ROUNDS = 20


class Area(ABC):
    """What is protected: some colours, or some part of the picture."""

    kind: ClassVar[str]

    @abstractmethod
    def weight(self, lab: Floats, place: Place) -> Floats:
        """Give how far a tile's colours, (h, w, 3) CIELAB before the change, are protected: (h, w) in [0, 1]."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Describe the area in JSON-ready values."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Area) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(repr(self.to_dict()))


@dataclass(frozen=True, eq=False)
class Palette(Area):
    """Colours wherever they are, at any lightness: CIEDE2000 without its lightness term tells how near one is.

    Parameters
    ----------
    colours
        (n, 3) display-encoded sRGB in [0, 1].
    """

    colours: Doubles
    kind: ClassVar[str] = "palette"

    def __post_init__(self) -> None:
        colours = doubles("colours", self.colours, (None, 3))
        object.__setattr__(self, "colours", colours)

    def weight(self, lab: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Give 1 up to `NEAR` from a colour, 0 from `FAR` on."""
        own = to_lab(self.colours.astype(np.float32))
        nearest = reduce(np.minimum, (ciede2000(lab, colour, lightness=False) for colour in own))
        return smooth_step(nearest, FAR, NEAR)

    def to_dict(self) -> dict[str, Any]:
        """Describe the area in JSON-ready values."""
        return {"kind": self.kind, "colours": self.colours.tolist()}


@dataclass(frozen=True, eq=False)
class Skin(Area):
    """The range of colours that skin of all kinds has in photos taken in, or balanced to, about white light.

    CIELAB hue from red-orange to yellow-orange, moderate chroma, neither black nor white. Colour is all that is looked
    at: wood, sand, brick and fair hair are in the range too, and skin in coloured light is not.
    """

    kind: ClassVar[str] = "skin"

    def weight(self, lab: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Give 1 within the range, 0 well outside."""
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        hue = np.rad2deg(np.arctan2(lab[..., 2], lab[..., 1]))
        inside = smooth_step(hue, 10, 25) * smooth_step(hue, 90, 78)
        inside *= smooth_step(chroma, 5, 11) * smooth_step(chroma, 60, 48)
        return np.asarray(inside * smooth_step(lab[..., 0], 4, 14), np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Describe the area in JSON-ready values."""
        return {"kind": self.kind}


@dataclass(frozen=True, eq=False)
class Region(Area):
    """A part of the picture, held small like any map's grid.

    Parameters
    ----------
    grid
        (gh, gw) how far each place is protected, in [0, 1], interpolated bilinearly.
    """

    grid: Floats
    kind: ClassVar[str] = "region"

    def __post_init__(self) -> None:
        grid = floats("grid", self.grid, (None, None))
        if grid.min() < 0 or grid.max() > 1:
            raise BadInputError("grid of a protected region leaves [0, 1]: it holds how far each place is protected.")
        object.__setattr__(self, "grid", grid)

    def weight(self, lab: Floats, place: Place) -> Floats:  # noqa: ARG002 - whatever the colour
        """Give the grid's value at each place."""
        return GridReader(place, *self.grid.shape).read(self.grid)

    def to_dict(self) -> dict[str, Any]:
        """Describe the area in JSON-ready values."""
        return {"kind": self.kind, "grid": pack(self.grid)}


@dataclass(frozen=True, eq=False)
class Protected(ColourMap):
    """`inner`, with the change of chroma and hue held back where a colour is protected; lightness moves as it would.

    What is protected in full stays within `tolerance`. Beside it the guard fades out over colours that are less and
    less alike, or over a stretch of the picture, so that it draws no edge of its own.

    Parameters
    ----------
    inner
        The map.
    areas
        What is protected, at least one; where several count, the strongest does.
    tolerance
        The most that a protected colour moves, CIEDE2000 without its lightness term.
    clipped
        Whether results will be clipped to [0, 1], as whole-number pictures are: colours that clipping alone would move
        further are then held back altogether, in lightness too.
    """

    inner: ColourMap
    areas: tuple[Area, ...]
    tolerance: float
    clipped: bool
    kind: ClassVar[str] = "protected"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")
        areas = tuple(self.areas)
        if not areas or not all(isinstance(area, Area) for area in areas):
            raise BadInputError("areas are to hold a Palette, Skin or Region at least; leave the guard out for none.")
        object.__setattr__(self, "areas", areas)
        object.__setattr__(self, "tolerance", number("tolerance", self.tolerance, 0.0, 100.0))

    @property
    def local(self) -> bool:
        """Whether place matters, to the inner map or to what is protected."""
        return self.inner.local or any(isinstance(area, Region) for area in self.areas)

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        mapped = self.inner.transform(pixels, place)
        before = to_lab(pixels)
        weight = reduce(np.maximum, (area.weight(before, place) for area in self.areas))
        where = (weight > 0) & (mapped != pixels).any(axis=-1)
        if not where.any():
            return mapped
        start, wanted = before[where], to_lab(mapped[where])
        kept = held(start, self._pulled_back(start, wanted), self._beyond, clipped=self.clipped)
        changed = (kept != wanted).any(axis=-1)
        result = mapped.copy()
        share = np.where(changed, weight[where], 0)[:, None]
        result[where] += share * (from_lab(kept) - mapped[where])
        return result

    def _pulled_back(self, before: Floats, after: Floats) -> Floats:
        """Scale the change of a* and b* until it is within the tolerance."""
        aim = np.float32(_AIM * self.tolerance)
        way = after - before
        way[:, 0] = 0
        share = np.ones(len(before), np.float32)
        moved = ciede2000(before, after, lightness=False)
        far = moved > aim
        # The difference grows nearly in proportion to the way, so a few steps of proportion do.
        for _ in range(_ROUNDS):
            if not far.any():
                break
            share[far] *= aim / moved[far]
            moved[far] = ciede2000(before[far], before[far] + share[far, None] * way[far], lightness=False)
            far &= moved > 1.01 * aim
        share[far] = 0
        result = after.copy()
        pulled = share < 1
        result[pulled, 1:] = before[pulled, 1:] + share[pulled, None] * way[pulled, 1:]
        return result

    def _beyond(self, before: Floats, seen: Floats) -> Floats:
        # A colour kept exactly is off by rounding.
        accepted, borne = _ACCEPTED * self.tolerance + 2e-3, _BORNE * self.tolerance + 4e-3
        moved = ciede2000(before, seen, lightness=False)
        return np.asarray((moved - accepted) / (borne - accepted), np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {
            "kind": self.kind,
            "areas": [area.to_dict() for area in self.areas],
            "tolerance": self.tolerance,
            "clipped": self.clipped,
            "inner": self.inner.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Protected:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        areas = tuple(_area(area) for area in entry(data, "areas"))
        return cls(from_dict(entry(data, "inner")), areas, entry(data, "tolerance"), bool(entry(data, "clipped")))


def _area(data: Mapping[str, Any]) -> Area:
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if kind == Palette.kind:
        return Palette(entry(data, "colours"))
    if kind == Skin.kind:
        return Skin()
    if kind == Region.kind:
        return Region(unpack("grid", entry(data, "grid")))
    raise BadInputError(f"no protected area of kind {kind!r}; there are: palette, skin, region.")
