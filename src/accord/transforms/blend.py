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
from accord.transforms.curves import Curve, Curves
from accord.transforms.identity import Identity
from accord.transforms.lut3d import Lut3D
from accord.transforms.parameters import entry, number


@dataclass(frozen=True, eq=False)
class Blend(ColourMap):
    """`out = colour + strength * (inner(colour) - colour)`, in the space that the blend stands in.

    Parameters
    ----------
    inner
        The map to go towards.
    strength
        How far, in [0, 2]; above 1 beyond the map.
    """

    inner: ColourMap
    strength: float
    kind: ClassVar[str] = "blend"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")
        object.__setattr__(self, "strength", number("strength", self.strength, 0.0, 2.0))

    @property
    def local(self) -> bool:
        """Whether the inner map depends on place."""
        return self.inner.local

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        change = self.inner.transform(pixels, place)
        # In place where the map made a tile of its own: one less in memory.
        own = change.flags.writeable and not np.may_share_memory(change, pixels)
        change = np.subtract(change, pixels, out=change if own else None)
        change *= np.float32(self.strength)
        change += pixels
        return change

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
    if isinstance(colour_map, Curves):
        first, second, third = (
            _less(curve, strength) for curve in (colour_map.first, colour_map.second, colour_map.third)
        )
        return Curves(first, second, third)
    if isinstance(colour_map, Lut3D):
        nodes = Lut3D.nodes(colour_map.table.shape[0], colour_map.domain)
        table = nodes + strength * (colour_map.table - nodes)
        return Lut3D(table.astype(np.float32), colour_map.domain, colour_map.interpolation)
    if isinstance(colour_map, Blend):
        return Blend(colour_map.inner, colour_map.strength * strength)
    return Blend(colour_map, strength)


def _less(curve: Curve, strength: float) -> Curve:
    outputs = curve.inputs + strength * (curve.outputs - curve.inputs)
    return Curve(curve.inputs, outputs, 1 + strength * (curve.slopes - 1))
