"""What every colour map is and can do.

A colour map is a function from colour (and place) to colour. It holds no pixels, so one fitted on a small version of a
picture applies at full resolution, and to the other pictures of a set. All maps speak the working space:
display-encoded sRGB, extended (see `accord.core.encoding`), float32, 0 black, 1 white, values outside [0, 1] allowed
and not clipped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place

Floats = NDArray[np.float32]
AnyMap = TypeVar("AnyMap", bound="ColourMap")


class ColourMap(ABC):
    """A function from colour (and place) to colour.

    Maps are frozen dataclasses (`eq=False`): two are equal if they are of one kind and hold equal values.
    """

    kind: ClassVar[str]
    """Name of this kind of map in serialised form."""

    @property
    def local(self) -> bool:
        """Whether the result depends on place. Maps that do cannot be exported exactly to a 3-D LUT."""
        return False

    @abstractmethod
    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map the tile `pixels`, (h, w, 3) in the working space, that lies at `place`.

        Never writes into its input; may give it back as it is. A picture mapped tile by tile equals the picture mapped
        whole.
        """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values; `accord.transforms.from_dict` reads it back exactly."""

    @classmethod
    @abstractmethod
    def from_dict(cls: type[AnyMap], data: Mapping[str, Any]) -> AnyMap:
        """Make the map that `to_dict` of this kind described; raises BadInputError where the data is broken."""

    def at_strength(self, strength: float) -> ColourMap:
        """Give the map that goes `strength` of the way: 0 is the identity, exactly, 1 is this map; linear between."""
        from accord.transforms.blend import blend

        return blend(self, strength)

    def apply(self, image: NDArray[Any], *, strength: float = 1.0) -> NDArray[Any]:
        """Map a whole picture from memory, for instance another picture of the set that the map was fitted on.

        Parameters
        ----------
        image
            (H, W, 3), display-encoded sRGB: uint8 or uint16 (their whole range), or float16, float32 or float64 with
            1.0 at white, values outside [0, 1] allowed.
        strength
            How far to go, in [0, 1].

        Returns
        -------
        NDArray
            Same shape and dtype. Integers are rounded to nearest and clipped to their range; floats are not clipped.

        Raises
        ------
        BadInputError
            If shape, dtype or strength are others.
        """
        from accord.transforms.applying import apply_to_array

        return apply_to_array(self.at_strength(strength), image)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not is_dataclass(self):
            return NotImplemented
        return all(_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self))

    def __hash__(self) -> int:
        values: list[Any] = [getattr(self, field.name) for field in fields(self)] if is_dataclass(self) else []
        return hash((self.kind, *(value.tobytes() if isinstance(value, np.ndarray) else value for value in values)))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)
