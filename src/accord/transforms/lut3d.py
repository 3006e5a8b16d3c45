"""A three-dimensional lookup table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from accord.core import planes
from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, choice, doubles, entry, floats, pack, unpack

_UNIT_DOMAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@dataclass(frozen=True, eq=False)
class Lut3D(ColourMap):
    """Looks colours up in a regular lattice, and interpolates between its nodes.

    A colour outside the domain takes the value at the nearest point of the domain, plus how far outside it was: the map
    goes on by a shift, so that light above white keeps its order and its detail instead of collapsing onto the table's
    face.

    Parameters
    ----------
    table
        (n, n, n, 3), n >= 2, indexed [red, green, blue].
    domain
        (2, 3): the colours of the first and the last node along each axis.
    interpolation
        tetrahedral (keeps greys grey; the industry's choice) or trilinear.
    """

    table: Floats
    domain: Doubles = _UNIT_DOMAIN  # type: ignore[assignment]
    interpolation: str = "tetrahedral"
    kind: ClassVar[str] = "lut3d"

    def __post_init__(self) -> None:
        table = floats("table", self.table, (None, None, None, 3))
        size = table.shape[0]
        if size < 2 or table.shape[:3] != (size, size, size):
            raise BadInputError(f"table has shape {table.shape}, but (n, n, n, 3) with n >= 2 is wanted.")
        domain = doubles("domain", self.domain, (2, 3))
        if (domain[1] <= domain[0]).any():
            raise BadInputError("domain is empty along an axis: its second row must lie above its first.")
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "domain", domain)
        choice("interpolation", self.interpolation, tuple(_INTERPOLATIONS))

    @staticmethod
    def nodes(size: int, domain: Doubles | None = None) -> Doubles:
        """Give the colours of a lattice's nodes, (size, size, size, 3): also the table of the identity."""
        low, high = np.asarray(_UNIT_DOMAIN if domain is None else domain, np.float64)
        axes = [np.linspace(low[axis], high[axis], size) for axis in range(3)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    def transform(self, pixels: Floats, place: Place) -> Floats:  # noqa: ARG002 - the same everywhere
        """Map a tile, (h, w, 3)."""
        tile = planes.planes(pixels)
        low, high = self.domain.astype(np.float32)[..., None, None]
        inside = np.clip(tile, low, high)
        last = self.table.shape[0] - 1
        position = inside - low
        position *= np.float32(last) / (high - low)
        cell = np.minimum(position.astype(np.int32), last - 1)
        position -= cell
        result = _INTERPOLATIONS[self.interpolation](self._planes, _node(self.table, cell), position)
        result += tile - inside
        return planes.colours(result)

    @cached_property
    def _planes(self) -> Floats:
        """The table's channels one after another, (3, n * n * n)."""
        return np.ascontiguousarray(self.table.reshape(-1, 3).T)

    def to_dict(self) -> dict[str, Any]:
        """Describe the map in JSON-ready values."""
        return {
            "kind": self.kind,
            "domain": self.domain.tolist(),
            "interpolation": self.interpolation,
            "table": pack(self.table),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Lut3D:
        """Make the map that `to_dict` described."""
        return cls(unpack("table", entry(data, "table")), entry(data, "domain"), entry(data, "interpolation"))


def _trilinear(table: Floats, first: NDArray[np.intp], fraction: Floats) -> Floats:
    """Interpolate between the eight corners of a cell: along blue, then green, then red."""
    red_step, green_step, blue_step = _steps(table)
    low, high = 1 - fraction, fraction
    result = np.zeros(fraction.shape, np.float32)
    for corner in range(8):
        red, green, blue = corner >> 2 & 1, corner >> 1 & 1, corner & 1
        weight = (high if red else low)[0] * (high if green else low)[1]
        weight *= (high if blue else low)[2]
        _add(result, weight, table, first + (red * red_step + green * green_step + blue * blue_step))
    return result


def _tetrahedral(table: Floats, first: NDArray[np.intp], fraction: Floats) -> Floats:
    """Interpolate on the way from a cell's first corner to its last along the axes in order of falling fraction.

    The way's four corners span the tetrahedron that holds the colour. The first step is that of the largest fraction,
    the last that of the smallest; among equal ones red comes before green, and green before blue.
    """
    red_step, green_step, blue_step = _steps(table)
    red, green, blue = fraction
    largest = np.maximum(np.maximum(red, green), blue)
    smallest = np.minimum(np.minimum(red, green), blue)
    middle = np.maximum(np.minimum(red, green), np.minimum(np.maximum(red, green), blue))
    step = np.where(red == largest, red_step, np.where(green == largest, green_step, blue_step))
    result = np.zeros(fraction.shape, np.float32)
    _add(result, 1 - largest, table, first)
    _add(result, largest - middle, table, first + step)
    step = np.where(blue == smallest, blue_step, np.where(green == smallest, green_step, red_step))
    last = first + (red_step + green_step + blue_step)
    _add(result, middle - smallest, table, last - step)
    _add(result, smallest, table, last)
    return result


def _add(result: Floats, weight: Floats, table: Floats, node: NDArray[np.intp]) -> None:
    """Add the colours of nodes, (h, w), times their weights, (h, w), to planes (3, h, w)."""
    read = np.empty_like(weight)
    for plane, channel in zip(result, table, strict=True):
        np.take(channel, node, out=read, mode="clip")
        read *= weight
        plane += read


def _steps(table: Floats) -> tuple[int, int, int]:
    """Give how far the next node along red, green and blue is, in a table (3, n * n * n)."""
    size = round(table.shape[1] ** (1 / 3))
    return size * size, size, 1


def _node(table: Floats, cell: NDArray[np.int32]) -> NDArray[np.intp]:
    """Give where the first corner of cells, (3, h, w), lies in the table, (n, n, n, 3)."""
    size = table.shape[0]
    index: NDArray[np.intp] = (cell[0] * size + cell[1]).astype(np.intp) * size + cell[2]
    return index


_INTERPOLATIONS: dict[str, Callable[[Floats, NDArray[np.intp], Floats], Floats]] = {
    "tetrahedral": _tetrahedral,
    "trilinear": _trilinear,
}
