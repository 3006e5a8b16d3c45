"""A cubic polynomial of colour: exposure, white balance, contrast, saturation and cross-talk in 39 numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core import planes
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry

TERMS = ("1", "r", "g", "b", "rr", "gg", "bb", "rg", "rb", "gb", "rrr", "ggg", "bbb")
"""The terms, of colours less 0.5, in the order of the coefficients' last axis."""

_CENTRE = np.float32(0.5)


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

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        terms = np.empty((len(TERMS), *pixels.shape[:2]), np.float32)
        terms[0] = 1
        centred = terms[1:4]
        np.clip(tile, 0, 1, out=centred)
        centred -= _CENTRE
        np.multiply(centred, centred, out=terms[4:7])
        np.multiply(centred[0], centred[1:], out=terms[7:9])
        np.multiply(centred[1], centred[2], out=terms[9])
        np.multiply(terms[4:7], centred, out=terms[10:])
        result = planes.mixed(self.coefficients.astype(np.float32), terms)
        result += tile
        return planes.colours(result)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "coefficients": self.coefficients.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Polynomial:
        """Make the map that `to_dict` described."""
        return cls(entry(data, "coefficients"))
