"""An offset for each place: what gradient-domain blending comes down to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from accord.core import planes
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import entry, floats, pack, unpack
from accord.transforms.sampling import weighted_by_grid


@dataclass(frozen=True, eq=False)
class OffsetGrid(ColourMap):
    """`out = colour + offset(place)`.

    Parameters
    ----------
    grid
        (gh, gw, 3) offsets in the working space, interpolated bilinearly to the picture's pixels.
    """

    grid: Floats
    kind: ClassVar[str] = "offset-grid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", floats("grid", self.grid, (None, None, 3)))

    @property
    def local(self) -> bool:
        """True: the result depends on place."""
        return True

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        result = weighted_by_grid(self.grid[..., None], tile[:0], place)
        result += tile
        return planes.colours(result)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "grid": pack(self.grid)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OffsetGrid:
        """Make the map that `to_dict` described."""
        return cls(unpack("grid", entry(data, "grid")))
