"""A three-dimensional lookup table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.transforms.base import ColourMap, Floats
from accord.transforms.parameters import Doubles, choice, doubles, entry, floats, pack, unpack

_UNIT_DOMAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
_CORNERS = tuple((r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1))


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
        low, high = self.domain.astype(np.float32)
        inside = np.clip(pixels, low, high)
        last = self.table.shape[0] - 1
        position = (inside - low) * (last / (high - low))
        cell = np.minimum(position.astype(np.int32), last - 1)
        fraction = position - cell.astype(np.float32)
        return _INTERPOLATIONS[self.interpolation](self.table, cell, fraction) + (pixels - inside)

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


def _trilinear(table: Floats, cell: NDArray[np.int32], fraction: Floats) -> Floats:
    flat, first = table.reshape(-1, 3), _node(table, cell)
    size = table.shape[0]
    result = np.zeros(fraction.shape, np.float32)
    for red, green, blue in _CORNERS:
        weight = np.ones(fraction.shape[:-1], np.float32)
        for channel, upper in enumerate((red, green, blue)):
            weight *= fraction[..., channel] if upper else 1 - fraction[..., channel]
        result += weight[..., None] * flat[first + ((red * size + green) * size + blue)]
    return result


def _tetrahedral(table: Floats, cell: NDArray[np.int32], fraction: Floats) -> Floats:
    # The way from a cell's first corner to its last goes along the axes in order of falling fraction; the colour lies
    # in the tetrahedron that this way spans. All six cases are one, once the axes' steps are sorted.
    flat, node = table.reshape(-1, 3), _node(table, cell)
    size = table.shape[0]
    steps = np.array([size * size, size, 1], np.int32)
    order = np.argsort(-fraction, axis=-1, kind="stable")
    falling = np.take_along_axis(fraction, order, axis=-1)
    result = (1 - falling[..., :1]) * flat[node]
    for rank in range(3):
        node = node + steps[order[..., rank]]
        following = falling[..., rank + 1 : rank + 2] if rank < 2 else np.float32(0)
        result += (falling[..., rank : rank + 1] - following) * flat[node]
    return result


def _node(table: Floats, cell: NDArray[np.int32]) -> NDArray[np.int32]:
    size = table.shape[0]
    index: NDArray[np.int32] = (cell[..., 0] * size + cell[..., 1]) * size + cell[..., 2]
    return index


_INTERPOLATIONS: dict[str, Callable[[Floats, NDArray[np.int32], Floats], Floats]] = {
    "tetrahedral": _tetrahedral,
    "trilinear": _trilinear,
}
