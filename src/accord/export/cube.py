"""3-D lookup tables as .cube files.

Source: Adobe, "Cube LUT Specification", version 1.0, 2013. Red varies fastest; numbers are display-encoded sRGB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.transforms import ColourMap, Lut3D

Doubles = NDArray[np.float64]


def tabulated(colour_map: ColourMap, size: int, low: float, high: float) -> Lut3D:
    """Give a map that does not depend on place as a table.

    Parameters
    ----------
    colour_map
        The map.
    size
        Nodes along each axis.
    low, high
        The first and last node's colour, the same for all channels.
    """
    domain = np.array([[low] * 3, [high] * 3])
    nodes = Lut3D.nodes(size, domain).astype(np.float32).reshape(size * size, size, 3)
    table = colour_map.transform(nodes, Place.whole(size * size, size))
    # Programs interpolate linearly; OpenColorIO and DaVinci Resolve do so by default.
    return Lut3D(table.reshape(size, size, size, 3), domain, "trilinear")


def cube_text(lut: Lut3D, title: str, notes: list[str]) -> str:
    """Give the text of a .cube file.

    Parameters
    ----------
    lut
        The table.
    title
        One line without quotation marks.
    notes
        Lines of comment.
    """
    head = [*(f"# {note}" for note in notes), f'TITLE "{title}"', f"LUT_3D_SIZE {lut.table.shape[0]}"]
    if not np.array_equal(lut.domain, [[0, 0, 0], [1, 1, 1]]):
        head += [f"DOMAIN_{name} {_numbers(row)}" for name, row in zip(("MIN", "MAX"), lut.domain, strict=True)]
    return "\n".join(head) + "\n" + triples(lut.table.transpose(2, 1, 0, 3))


def triples(table: NDArray[np.float32]) -> str:
    """Give a table's colours (..., 3) as lines of three numbers, the last axis but one fastest."""
    # One format for all of it: a line at a time takes ten times as long.
    return ("%.7f %.7f %.7f\n" * (table.size // 3)) % tuple(table.ravel().tolist())


def _numbers(row: Doubles) -> str:
    return " ".join(f"{value:.7f}" for value in row)
