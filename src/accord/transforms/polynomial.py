"""A cubic polynomial of colour: exposure, white balance, contrast, saturation and cross-talk in 39 numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from accord.core import planes
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry

TERMS = ("1", "r", "g", "b", "rr", "gg", "bb", "rg", "rb", "gb", "rrr", "ggg", "bbb")
"""The terms, of colours less 0.5, in the order of the coefficients' last axis."""


@dataclass(frozen=True, eq=False)
class Polynomial(ColourMap):
    """`out = colour + coefficients @ terms(colour - 0.5)`.

    A cubic turns back on itself far from where it was fitted. Colours outside [0, 1] are therefore mapped at their
    nearest point of [0, 1], plus how far outside they were.

    Parameters
    ----------
    coefficients
        (3, 13): for each output channel what `TERMS` add to it. All 0 is the identity.
    """

    coefficients: Doubles
    kind: ClassVar[str] = "polynomial"

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", doubles("coefficients", self.coefficients, (3, len(TERMS))))

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        height, width = pixels.shape[:2]
        start, stop = planes.blocks(place, width)
        here = slice(place.left - start, place.left - start + width)
        with planes.scratch(len(TERMS), height, stop - start) as wide:
            wide[..., : here.start] = wide[..., here.stop :] = 0
            terms = wide[..., here]
            inside = terms[1:4]
            beyond = not (tile.min() >= 0 and tile.max() <= 1)
            if beyond:
                np.clip(tile, 0, 1, out=inside)
            else:
                inside[...] = tile
            terms[0] = 1
            np.multiply(inside, inside, out=terms[4:7])
            np.multiply(inside[0], inside[1:], out=terms[7:9])
            np.multiply(inside[1], inside[2], out=terms[9])
            np.multiply(terms[4:7], inside, out=terms[10:])
            sums = planes.stacked(3, height, stop - start)
            with np.errstate(all="ignore"):  # what overflows is infinite, or not a number, as in any sum
                for left in range(0, stop - start, planes.BLOCK):
                    block = np.s_[..., left : left + planes.BLOCK]
                    planes.mixed(self._factors, wide[block], sums[block])
            result = sums[..., here]
            if beyond:
                result += tile - inside
        return planes.colours(result)

    @cached_property
    def _factors(self) -> Floats:
        """What the terms of colours themselves, not less 0.5, come to in the result, (3, 13), float32."""
        c = self.coefficients
        half = np.float64(0.5)
        factors = c.copy()
        one, linear, square = slice(0, 1), slice(1, 4), slice(4, 7)
        # (x - h)^2 = x^2 - 2h x + h^2, and so on for each channel, then for products of two.
        cube = c[:, 10:13]
        factors[:, one] += (-half * c[:, linear] + half**2 * c[:, square] - half**3 * cube).sum(1, keepdims=True)
        factors[:, linear] += -2 * half * c[:, square] + 3 * half**2 * cube
        factors[:, square] += -3 * half * cube
        for term, (one_channel, other) in enumerate(((0, 1), (0, 2), (1, 2)), start=7):
            factors[:, 0] += half**2 * c[:, term]
            factors[:, 1 + one_channel] -= half * c[:, term]
            factors[:, 1 + other] -= half * c[:, term]
        factors[:, linear] += np.eye(3)
        return factors.astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "coefficients": self.coefficients.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Polynomial:
        """Make the map that `to_dict` described."""
        return cls(entry(data, "coefficients"))
