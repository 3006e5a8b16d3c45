"""Maps one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import entry


@dataclass(frozen=True, eq=False)
class Chain(ColourMap):
    """Applies `maps` in order, each on the result of the one before.

    Parameters
    ----------
    maps
        At least one map; chains within are unrolled.
    """

    maps: tuple[ColourMap, ...]
    kind: ClassVar[str] = "chain"

    def __post_init__(self) -> None:
        flat: list[ColourMap] = []
        for link in self.maps:
            if not isinstance(link, ColourMap):
                raise BadInputError(f"a chain holds a {type(link).__name__}, but colour maps are wanted.")
            flat.extend(link.maps if isinstance(link, Chain) else [link])
        if not flat:
            raise BadInputError("a chain is empty; use Identity for a map that changes nothing.")
        object.__setattr__(self, "maps", tuple(flat))

    @property
    def local(self) -> bool:
        """Whether any of the maps depends on place."""
        return any(link.local for link in self.maps)

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        for link in self.maps:
            pixels = link.transform(pixels, place)
        return pixels

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "maps": [link.to_dict() for link in self.maps]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Chain:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(tuple(from_dict(link) for link in entry(data, "maps")))
