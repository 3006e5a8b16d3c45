"""Take only a map's tone, and perhaps one white balance, and leave every other change of colour undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.colour.xyz import luminance, multiply
from accord.core.encoding import SRGB
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry

# Darker light has no ratio worth keeping: the first 8-bit code above black is at 3e-4.
_DARKEST = np.float32(1e-4)
# Lifted by more than three stops, near black, colour is mostly noise: what is more is added as grey.
_LARGEST_GAIN = np.float32(8)


@dataclass(frozen=True, eq=False)
class Tone(ColourMap):
    """`out = matrix @ light`, scaled to the luminance that `inner` gives; both in linear sRGB light.

    Chromaticity is that of the white-balanced input, so `inner` moves no colour but along the greys' axis.

    Parameters
    ----------
    inner
        Whose luminance is taken.
    matrix
        (3, 3) white balance in linear sRGB; the identity leaves chromaticity as it is.
    """

    inner: ColourMap
    matrix: Doubles
    kind: ClassVar[str] = "tone"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, ColourMap):
            raise BadInputError(f"inner is a {type(self.inner).__name__}, but a colour map is wanted.")
        object.__setattr__(self, "matrix", doubles("matrix", self.matrix, (3, 3)))

    @property
    def local(self) -> bool:
        """Whether the inner map depends on place."""
        return self.inner.local

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        return toned(pixels, self.inner.transform(pixels, place), self.matrix)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "matrix": self.matrix.tolist(), "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tone:
        """Make the map that `to_dict` described."""
        from accord.transforms.reading import from_dict

        return cls(from_dict(entry(data, "inner")), entry(data, "matrix"))


def toned(before: Floats, after: Floats, matrix: Doubles) -> Floats:
    """Give what `Tone` makes of colours: white-balanced, and scaled to the luminance of others.

    Parameters
    ----------
    before, after
        (..., 3) display-encoded sRGB, extended values allowed: the colours, and those whose luminance they get.
    matrix
        (3, 3) white balance in linear sRGB.
    """
    wanted = luminance(SRGB.to_light(after))
    light = multiply(matrix, SRGB.to_light(before))
    gain = np.minimum(np.maximum(wanted, 0) / np.maximum(luminance(light), _DARKEST), _LARGEST_GAIN)
    light *= gain[..., None]
    light += (wanted - luminance(light))[..., None]
    return SRGB.from_light(light)
