"""3-D lookup tables as .cube files.

Source: Adobe, "Cube LUT Specification", version 1.0, 2013. Red varies fastest; numbers are display-encoded sRGB. A
table with curves before it is DaVinci Resolve's form of the same, which OpenColorIO reads as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from accord.core.place import Place
from accord.transforms import ColourMap, Curves, Lut3D

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


def curves_text(curves: Curves, entries: int, low: float, high: float, title: str, notes: list[str]) -> str:
    """Give the text of a .cube file that holds a curve for each channel: a table of one dimension.

    Parameters
    ----------
    curves
        The map.
    entries
        How many values of each curve are written, from `low` to `high`.
    low, high
        The first and last entry's colour, the same for all channels.
    title, notes
        As for `cube_text`.
    """
    head = [*(f"# {note}" for note in notes), f'TITLE "{title}"', f"LUT_1D_SIZE {entries}"]
    if (low, high) != (0, 1):
        head += [f"DOMAIN_{name} {_numbers(np.full(3, value))}" for name, value in (("MIN", low), ("MAX", high))]
    return "\n".join(head) + "\n" + triples(sampled(curves, entries, low, high))


def graded_text(curves: Curves, lut: Lut3D, entries: int, low: float, high: float, title: str, notes: list[str]) -> str:
    """Give the text of a .cube file in DaVinci Resolve's form: curves that go before the table; see `curves_text`."""
    head = [
        # In this form a title is a comment: OpenColorIO knows no other.
        *(f"# {note}" for note in (title, *notes)),
        f"LUT_1D_SIZE {entries}",
        f"LUT_1D_INPUT_RANGE {low:.7f} {high:.7f}",
        f"LUT_3D_SIZE {lut.table.shape[0]}",
        "LUT_3D_INPUT_RANGE 0.0 1.0",
    ]
    return (
        "\n".join(head) + "\n" + triples(sampled(curves, entries, low, high)) + triples(lut.table.transpose(2, 1, 0, 3))
    )


def sampled(curves: Curves, entries: int, low: float, high: float) -> NDArray[np.float32]:
    """Give the values of curves at evenly spaced entries, (entries, 3)."""
    at = np.linspace(low, high, entries).astype(np.float32)
    return np.stack([curve(at) for curve in (curves.first, curves.second, curves.third)], axis=-1)


def triples(table: NDArray[np.float32]) -> str:
    """Give a table's colours (..., 3) as lines of three numbers, the last axis but one fastest."""
    # One format for all of it: a line at a time takes ten times as long.
    return ("%.7f %.7f %.7f\n" * (table.size // 3)) % tuple(table.ravel().tolist())


def _numbers(row: Doubles) -> str:
    return " ".join(f"{value:.7f}" for value in row)
