"""Go part of the way: a mix of a map's input and its output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.affine import Affine
from accord.transforms.base import ColourMap, Floats
from accord.transforms.identity import Identity
from accord.transforms.parameters import entry, number


@dataclass(frozen=True, eq=False)
class Blend(ColourMap):
    """`out = colour + strength * (inner(colour) - colour)`, in the space that the blend stands in.

    Parameters
    ----------
    inner
        The map to go towards.
    strength
        How far, in [0, 1].
    """

    inner: ColourMap
    strength: float
    kind: ClassVar[str] = "blend"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")
        object.__setattr__(self, "strength", number("strength", self.strength, 0.0, 1.0))

    @property
    def local(self) -> bool:
        """Whether the inner map depends on place."""
        return self.inner.local

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        return pixels + np.float32(self.strength) * (self.inner.transform(pixels, place) - pixels)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "strength": self.strength, "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Blend:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(from_dict(entry(data, "inner")), entry(data, "strength"))


def blend(colour_map: ColourMap, strength: float) -> ColourMap:
    """Give the simplest map that goes `strength` of the way from the identity to `colour_map`.

    Parameters
    ----------
    colour_map
        Where strength 1 leads: that very map is given back.
    strength
        In [0, 1]; 0 gives `Identity`, which is exact bit for bit.

    Raises
    ------
    BadInputError
        If the strength is outside [0, 1] or no number.
    """
    strength = number("strength", strength, 0.0, 1.0)
    if strength == 1.0 or isinstance(colour_map, Identity):
        return colour_map
    if strength == 0.0:
        return Identity()
    if isinstance(colour_map, Affine):
        return Affine((1 - strength) * np.eye(3, 4) + strength * colour_map.matrix)
    if isinstance(colour_map, Blend):
        return Blend(colour_map.inner, colour_map.strength * strength)
    return Blend(colour_map, strength)
