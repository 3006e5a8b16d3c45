"""A map that is applied in another colour space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from accord.colour.spaces import space
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import entry


@dataclass(frozen=True, eq=False)
class InSpace(ColourMap):
    """Goes to another space, applies `inner` there, and comes back.

    Parameters
    ----------
    space
        linear, lab or oklab (see `accord.colour.spaces`).
    inner
        The map, its parameters in units of that space.
    """

    space: str
    inner: ColourMap
    kind: ClassVar[str] = "in-space"

    def __post_init__(self) -> None:
        space(self.space)
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")

    @property
    def local(self) -> bool:
        """Whether the inner map depends on place."""
        return self.inner.local

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        other = space(self.space)
        return other.to_working(self.inner.transform(other.from_working(pixels), place))

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "space": self.space, "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> InSpace:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(entry(data, "space"), from_dict(entry(data, "inner")))
