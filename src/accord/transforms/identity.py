"""The map that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats


@dataclass(frozen=True, eq=False)
class Identity(ColourMap):
    """Gives every colour back, bit for bit."""

    kind: ClassVar[str] = "identity"

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Give `pixels` as they are: the same array."""
        return pixels

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Identity:  # noqa: ARG003 - nothing to read
        """Make the map that `to_dict` described."""
        return cls()
