"""What every colour map is and can do.

A colour map is a function from colour (and place) to colour. It holds no pixels, so one fitted on a small version of a picture
applies at full resolution, and to the other pictures of a set. All maps speak the working space: display-encoded sRGB,
extended (see `accord.core.encoding`), float32, 0 black, 1 white, values outside [0, 1] allowed and not clipped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place

Floats = NDArray[np.float32]


class ColourMap(ABC):
    """A function from colour (and place) to colour."""

    kind: ClassVar[str]
    """Name of this kind of map in serialised form."""

    local: ClassVar[bool] = False
    """Whether the result depends on place. Maps that do not export exactly to a 3-D LUT."""

    @abstractmethod
    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map the tile `pixels`, (h, w, 3) in the working space, that lies at `place`. Never writes into its input."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values; `accord.transforms.from_dict` reads it back."""

    def at_strength(self, strength: float) -> ColourMap:
        """Give the map that goes `strength` of the way: 0 is the identity, exactly, 1 is this map; linear between."""
        from accord.transforms.blend import blend

        return blend(self, strength)
