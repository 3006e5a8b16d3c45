"""Between several maps: their weighted mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry


@dataclass(frozen=True, eq=False)
class Mean(ColourMap):
    """`out = sum(weight * map(colour))`, in the space that the mean stands in.

    Parameters
    ----------
    maps
        At least one map.
    weights
        (n,) one for each, at least 0, summing to 1.
    """

    maps: tuple[ColourMap, ...]
    weights: Doubles
    kind: ClassVar[str] = "mean"

    def __post_init__(self) -> None:
        if not self.maps or not all(isinstance(part, ColourMap) for part in self.maps):
            raise BadInputError("a mean holds no map, or something that is none; at least one colour map is wanted.")
        weights = doubles("weights", self.weights, (len(self.maps),))
        if (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
            raise BadInputError(f"weights are {weights.tolist()}; at least 0 each, and 1 in all, are wanted.")
        object.__setattr__(self, "maps", tuple(self.maps))
        object.__setattr__(self, "weights", weights)

    @property
    def local(self) -> bool:
        """Whether any of the maps depends on place."""
        return any(part.local for part in self.maps)

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        # Each map's change counts, so that equal maps give exactly what one of them does.
        first = self.maps[0].transform(pixels, place)
        total = first.copy()
        for part, weight in zip(self.maps[1:], self.weights[1:], strict=True):
            total += np.float32(weight) * (part.transform(pixels, place) - first)
        return total

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "weights": self.weights.tolist(), "maps": [part.to_dict() for part in self.maps]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Mean:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(tuple(from_dict(part) for part in entry(data, "maps")), entry(data, "weights"))
