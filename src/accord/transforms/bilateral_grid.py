"""An affine map for each place and brightness: edge-aware, since two sides of an edge differ in brightness.

Source: J. Chen, S. Paris, F. Durand, "Real-time Edge-Aware Image Processing with the Bilateral Grid", SIGGRAPH 2007;
affine maps in the cells as in M. Gharbi et al., "Deep Bilateral Learning for Real-Time Image Enhancement", SIGGRAPH
2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from accord.core import planes
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import entry, floats, pack, unpack
from accord.transforms.sampling import weighted_by_grid

LUMA = (0.2126, 0.7152, 0.0722)
"""Weights of display-encoded red, green and blue in the guide (Rec. 709 luma)."""


@dataclass(frozen=True, eq=False)
class BilateralGrid(ColourMap):
    """Affine maps in a grid over height, width and luma, sliced trilinearly.

    Parameters
    ----------
    grid
        (gh, gw, gd, 3, 4) matrices. Along each of the three axes a cell's value stands at its centre; gd cells span
        luma 0 to 1, and luma outside reads the outermost cell, whose affine map goes on beyond.
    """

    grid: Floats
    kind: ClassVar[str] = "bilateral-grid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", floats("grid", self.grid, (None, None, None, 3, 4)))

    @property
    def local(self) -> bool:
        """True: the result depends on place."""
        return True

    def transform(self, pixels: Floats, place: Place) -> Floats:
        """Map a tile, (h, w, 3)."""
        height, width, depth = self.grid.shape[:3]
        tile = planes.planes(pixels)
        # How much each cell along luma counts at a pixel: a tent around its centre, level beyond the outermost.
        position = np.clip(luma(pixels) * np.float32(depth) - np.float32(0.5), 0, depth - 1)
        terms = np.empty((depth, 4, *pixels.shape[:2]), np.float32)
        for cell, share in enumerate(terms[:, 3]):
            np.subtract(position, np.float32(cell), out=share)
            np.abs(share, out=share)
            np.subtract(1, share, out=share)
            np.maximum(share, 0, out=share)
            np.multiply(tile, share, out=terms[cell, :3])
        factors = self.grid.transpose(0, 1, 3, 2, 4).reshape(height, width, 3, depth * 4)
        return planes.colours(weighted_by_grid(factors, terms.reshape(depth * 4, *pixels.shape[:2]), place))

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {"kind": self.kind, "grid": pack(self.grid)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BilateralGrid:
        """Make the map that `to_dict` described."""
        return cls(unpack("grid", entry(data, "grid")))


def luma(pixels: Floats) -> Floats:
    """Give the guide, (h, w), in [0, 1], of working-space pixels, (h, w, 3)."""
    red, green, blue = (np.float32(weight) for weight in LUMA)
    guide: Floats = red * pixels[..., 0]
    guide += green * pixels[..., 1]
    guide += blue * pixels[..., 2]
    return np.clip(guide, 0.0, 1.0, out=guide)
