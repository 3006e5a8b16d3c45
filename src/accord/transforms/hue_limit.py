"""Keep every hue within an angle of what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.holding import from_lab, held, smooth_step, to_lab
from accord.transforms.parameters import entry, number

GREY, CHROMATIC = 3.0, 8.0
"""CIELAB chroma up to which a colour has no hue to keep, and from which it is kept in full."""

# What is aimed for, accepted, and borne, of the angle. The rest is for blending and rounding.
_AIM, _ACCEPTED, _BORNE = 0.9, 0.92, 0.95


@dataclass(frozen=True, eq=False)
class HueLimit(ColourMap):
    """`inner`, with hues that would turn further brought to the nearest colour that has turned by the limit.

    That is a projection onto a wedge around the hue before, in CIELAB's plane of a* and b*: a colour turned further
    loses chroma, down to grey, instead of flipping between the wedge's two sides. Lightness is `inner`'s. Greys take
    any cast, and colours between grey and chromatic are led over smoothly.

    Parameters
    ----------
    inner
        The map.
    degrees
        The most that a hue turns, in [0, 90], degrees of CIELAB hue.
    clipped
        Whether results will be clipped to [0, 1], as whole-number pictures are: colours whose hue clipping alone would
        turn further are then held back as well.
    """

    inner: ColourMap
    degrees: float
    clipped: bool
    kind: ClassVar[str] = "hue-limit"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")
        object.__setattr__(self, "degrees", number("degrees", self.degrees, 0.0, 90.0))

    @property
    def local(self) -> bool:
        """Whether the inner map depends on place."""
        return self.inner.local

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        mapped = self.inner.transform(pixels, place)
        before = to_lab(pixels)
        weight = smooth_step(np.hypot(before[..., 1], before[..., 2]), GREY, CHROMATIC)
        where = (weight > 0) & (mapped != pixels).any(axis=-1)
        if not where.any():
            return mapped
        start, wanted = before[where], to_lab(mapped[where])
        limited = held(start, self._in_wedge(start, wanted), self._beyond, clipped=self.clipped)
        changed = (limited != wanted).any(axis=-1)
        result = mapped.copy()
        share = np.where(changed, weight[where], 0)[:, None]
        result[where] += share * (from_lab(limited) - mapped[where])
        return result

    def _in_wedge(self, before: Floats, after: Floats) -> Floats:
        along, aside = turned(before, after)
        angle = np.deg2rad(self.degrees * _AIM)
        cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        outside = np.abs(aside) * cosine > along * sine
        length = np.maximum(along * cosine + np.abs(aside) * sine, 0)
        along = np.where(outside, length * cosine, along)
        aside = np.where(outside, length * sine * np.sign(aside), aside)
        hue = np.arctan2(before[:, 2], before[:, 1])
        result = after.copy()
        result[:, 1] = np.where(outside, along * np.cos(hue) - aside * np.sin(hue), after[:, 1])
        result[:, 2] = np.where(outside, along * np.sin(hue) + aside * np.cos(hue), after[:, 2])
        return result

    def _beyond(self, before: Floats, seen: Floats) -> Floats:
        along, aside = turned(before, seen)
        # Greys have no hue, and a hue kept exactly is off by rounding.
        accepted = np.deg2rad(self.degrees * _ACCEPTED) + 1e-3
        borne = np.deg2rad(self.degrees * _BORNE) + 2e-3
        excess = (np.abs(np.arctan2(aside, along)) - accepted) / (borne - accepted)
        return np.asarray(np.where(np.hypot(along, aside) < CHROMATIC / 2, 0, excess), np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "degrees": self.degrees, "clipped": self.clipped, "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> HueLimit:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(from_dict(entry(data, "inner")), entry(data, "degrees"), bool(entry(data, "clipped")))


def turned(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Give a* and b* after, (n,) each, in axes along the hue before and a quarter turn ahead of it."""
    hue = np.arctan2(before[:, 2], before[:, 1])
    cosine, sine = np.cos(hue), np.sin(hue)
    return after[:, 1] * cosine + after[:, 2] * sine, after[:, 2] * cosine - after[:, 1] * sine
