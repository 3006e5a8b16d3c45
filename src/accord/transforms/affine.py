"""Affine maps: a matrix and an offset; gain and offset per channel are the special case that most gradings are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, doubles, entry


@dataclass(frozen=True, eq=False)
class Affine(ColourMap):
    """`out = matrix[:, :3] @ colour + matrix[:, 3]`.

    Parameters
    ----------
    matrix
        (3, 4), row for row the output channels: three factors and an offset, in units of the space it is used in.
    """

    matrix: Doubles
    kind: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", doubles("matrix", self.matrix, (3, 4)))

    @classmethod
    def gain_offset(cls, gain: ArrayLike = 1.0, offset: ArrayLike = 0.0) -> Affine:
        """Make `out = gain * colour + offset`; one number, or three, one for each channel."""
        gains = np.broadcast_to(np.asarray(gain, np.float64), (3,))
        offsets = np.broadcast_to(np.asarray(offset, np.float64), (3,))
        return cls(np.column_stack([np.diag(gains), offsets]))

    @classmethod
    def about(cls, matrix: ArrayLike, centre: ArrayLike, target: ArrayLike) -> Affine:
        """Make `out = matrix @ (colour - centre) + target`, as fitted from means and spreads."""
        linear = np.asarray(matrix, np.float64)
        shift = np.asarray(target, np.float64) - linear @ np.asarray(centre, np.float64)
        return cls(np.column_stack([linear, shift]))

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        return apply_matrix(pixels, self.matrix)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "matrix": self.matrix.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Affine:
        """Make the map that `to_dict` described."""
        return cls(entry(data, "matrix"))


def apply_matrix(pixels: Floats, matrix: Doubles) -> Floats:
    """Apply a (3, 4) matrix to (..., 3).

    Written out, since BLAS may sum in another order for another tile size, and tiles must fit without a seam. Zero
    factors are skipped: cheaper for gain and offset, and an infinite value in one channel does not spread as NaN.
    """
    result = np.empty_like(pixels, dtype=np.float32)
    part = np.empty_like(pixels[..., 0])
    for row, (factors, offset) in enumerate(zip(matrix[:, :3], matrix[:, 3], strict=True)):
        plane = result[..., row]
        plane[...] = 0
        for channel, factor in enumerate(factors):
            if factor != 0:
                np.multiply(pixels[..., channel], np.float32(factor), out=part)
                plane += part
        plane += np.float32(offset)
    return result
