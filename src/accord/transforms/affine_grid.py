"""An affine map for each place: the parameter map of pixel-wise methods, held at low resolution."""

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


@dataclass(frozen=True, eq=False)
class AffineGrid(ColourMap):
    """`out = colour + amount * (matrix[:, :3] @ colour + matrix[:, 3] - colour)`, with parameters that depend on place.

    Parameters
    ----------
    grid
        (gh, gw, 3, 4) matrices, interpolated to the picture's pixels.
    amount
        (gh, gw) how far to go towards the affine result, interpolated likewise, or None for all the way. Some networks
        fit it beside the matrices; interpolating both and then multiplying is not the same as interpolating the
        product.
    interpolation
        bilinear, or bicubic (overshoots at steps; as published for PCT-Net).
    clip
        Whether the affine result is clipped to [0, 1] before `amount` counts; as published for PCT-Net, but light above
        white is lost.
    """

    grid: Floats
    amount: Floats | None = None
    interpolation: str = "bilinear"
    clip: bool = False
    kind: ClassVar[str] = "affine-grid"

    def __post_init__(self) -> None:
        grid = floats("grid", self.grid, (None, None, 3, 4))
        object.__setattr__(self, "grid", grid)
        if self.amount is not None:
            object.__setattr__(self, "amount", floats("amount", self.amount, grid.shape[:2]))
        choice("interpolation", self.interpolation, INTERPOLATIONS)

    @property
    def local(self) -> bool:
        """True: the result depends on place."""
        return True

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        result = weighted_by_grid(self.grid, tile, place, self.interpolation)
        if self.clip:
            np.clip(result, 0, 1, out=result)
        if self.amount is not None:
            amount = weighted_by_grid(self.amount[:, :, None, None], tile[:0], place, self.interpolation)
            result -= tile
            result *= amount
            result += tile
        return planes.colours(result)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {
            "kind": self.kind,
            "grid": pack(self.grid),
            "amount": None if self.amount is None else pack(self.amount),
            "interpolation": self.interpolation,
            "clip": self.clip,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AffineGrid:
        """Make the map that `to_dict` described."""
        amount = entry(data, "amount")
        return cls(
            unpack("grid", entry(data, "grid")),
            None if amount is None else unpack("amount", amount),
            entry(data, "interpolation"),
            bool(entry(data, "clip")),
        )
