"""A quadratic map for each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core import planes
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import choice, entry, floats, pack, unpack
from accord.transforms.sampling import INTERPOLATIONS, weighted_by_grid

TERMS = ("r", "g", "b", "rr", "gg", "bb", "rg", "rb", "gb", "1")
"""The polynomial's terms, in the order of the grid's last axis."""


@dataclass(frozen=True, eq=False)
class PolynomialGrid(ColourMap):
    """A polynomial of second degree in red, green and blue, with coefficients that depend on place.

    A quadratic turns back on itself far from where it was fitted. Colours outside [0, 1] are therefore mapped at their
    nearest point of [0, 1], plus how far outside they were.

    Parameters
    ----------
    grid
        (gh, gw, 3, 10): for each output channel the coefficients of `TERMS`, interpolated to the picture's pixels.
    interpolation
        bilinear or bicubic.
    """

    grid: Floats
    interpolation: str = "bilinear"
    kind: ClassVar[str] = "polynomial-grid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", floats("grid", self.grid, (None, None, 3, len(TERMS))))
        choice("interpolation", self.interpolation, INTERPOLATIONS)

    @property
    def local(self) -> bool:
        """True: the result depends on place."""
        return True

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        terms = planes.stacked(len(TERMS) - 1, *pixels.shape[:2])
        inside = terms[:3]
        np.clip(tile, 0, 1, out=inside)
        np.multiply(inside, inside, out=terms[3:6])
        np.multiply(inside[0], inside[1:], out=terms[6:8])
        np.multiply(inside[1], inside[2], out=terms[8])
        result = weighted_by_grid(self.grid, terms, place, self.interpolation)
        result += tile - inside
        return planes.colours(result)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "grid": pack(self.grid), "interpolation": self.interpolation}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PolynomialGrid:
        """Make the map that `to_dict` described."""
        return cls(unpack("grid", entry(data, "grid")), entry(data, "interpolation"))
