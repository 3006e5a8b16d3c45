"""CLF, the Common LUT Format: a list of colour operations, which most maps become exactly.

Source: Academy S-2014-006, "Common LUT Format (CLF) - A Common File Format for Look-Up Tables", version 3.0, 2020.
Matrices, per-channel curves and what leads to linear light, CIELAB and Oklab have operations of their own; all else
becomes a 3-D table.
"""

from __future__ import annotations

import xml.etree.ElementTree as Tree
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.colour.oklab import CONES_FROM_LINEAR, LAB_FROM_ROOTS
from accord.colour.xyz import WHITE, XYZ_FROM_LINEAR
from accord.core.place import Place
from accord.export.cube import sampled, triples
from accord.transforms import Affine, Chain, ColourMap, Curves, Identity, InSpace, Lut3D

Doubles = NDArray[np.float64]

_CURVE_ENTRIES = 4096


def operations(colour_map: ColourMap) -> list[Tree.Element] | None:
    """Give the operations that make up a map without a 3-D table of its own making, or None where it needs one.

    A map of per-channel curves is exact to 1/4095 in its knots' position, and clamped to [0, 1]; a table is itself, and
    clamped to its domain; the others are exact.
    """
    if isinstance(colour_map, Identity):
        return [_matrix(np.eye(3, 4))]
    if isinstance(colour_map, Affine):
        return [_matrix(colour_map.matrix)]
    if isinstance(colour_map, Curves):
        return [_curves(colour_map, 0, 1)]
    if isinstance(colour_map, Lut3D):
        return table(colour_map)
    if isinstance(colour_map, InSpace) and isinstance(colour_map.inner, Affine | Chain | InSpace):
        inner, (there, back) = operations(colour_map.inner), _SPACES[colour_map.space]()
        return None if inner is None else [*there, *inner, *back]
    if isinstance(colour_map, Chain) and not any(isinstance(link, Curves | Lut3D) for link in colour_map.maps):
        lists = [operations(link) for link in colour_map.maps]
        return [node for nodes in lists if nodes for node in nodes] if all(lists) else None
    return None


def table(lut: Lut3D) -> list[Tree.Element]:
    """Give the operations that look up a table: one, or two where its domain is not [0, 1]."""
    size = lut.table.shape[0]
    nodes = [_node("LUT3D", f"{size} {size} {size} 3", triples(lut.table), interpolation=lut.interpolation)]
    return [*_to_unit(*lut.domain), *nodes]


def reaching(lut: Lut3D, low: float, high: float, most: int) -> Lut3D | None:
    """Give the same table with cells added around it, until none of [low, high] is outside, where it would be clamped.

    Beyond its domain a table goes on by a shift, which further cells of the same size hold exactly. None if that takes
    more than `most` nodes along an axis.
    """
    size = lut.table.shape[0]
    first, last = lut.domain
    cell = (last - first) / (size - 1)
    before = np.ceil(np.maximum(0, first - low) / cell).astype(int)
    after = np.ceil(np.maximum(0, high - last) / cell).astype(int)
    wider = int((size + before + after).max())
    if wider > most:
        return None
    domain = np.stack([first - before * cell, first + (wider - 1 - before) * cell])
    nodes = Lut3D.nodes(wider, domain).astype(np.float32).reshape(wider * wider, wider, 3)
    table = lut.transform(nodes, Place.whole(wider * wider, wider))
    return Lut3D(table.reshape(wider, wider, wider, 3), domain, lut.interpolation)


def graded(curves: Curves, lut: Lut3D, low: float, high: float) -> list[Tree.Element]:
    """Give the operations of curves from [low, high] and a table behind them."""
    return [*_to_unit(np.full(3, low), np.full(3, high)), _curves(curves, low, high), *table(lut)]


def clf_text(nodes: list[Tree.Element], name: str, notes: list[str]) -> str:
    """Give the text of a .clf file.

    Parameters
    ----------
    nodes
        The operations, in order.
    name
        The list's id.
    notes
        Lines of description.
    """
    root = Tree.Element("ProcessList", xmlns="urn:AMPAS:CLF:v3.0", id=name, compCLFversion="3.0")
    for note in notes:
        Tree.SubElement(root, "Description").text = note
    Tree.SubElement(root, "InputDescriptor").text = "display-encoded sRGB"
    Tree.SubElement(root, "OutputDescriptor").text = "display-encoded sRGB"
    root.extend(nodes)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _matrix(matrix: Doubles) -> Tree.Element:
    rows = [" ".join(f"{value:.9g}" for value in row) for row in matrix.tolist()]
    return _node("Matrix", "3 4", "\n".join([*rows, ""]))


def _curves(curves: Curves, low: float, high: float) -> Tree.Element:
    return _node("LUT1D", f"{_CURVE_ENTRIES} 3", triples(sampled(curves, _CURVE_ENTRIES, low, high)))


def _to_unit(low: Doubles, high: Doubles) -> list[Tree.Element]:
    """Give the operation that turns a domain into [0, 1], or none where it is that already."""
    if not low.any() and (high == 1).all():
        return []
    return [_matrix(np.column_stack([np.diag(1 / (high - low)), -low / (high - low)]))]


def _exponent(style: str, exponent: float, offset: float | None = None) -> Tree.Element:
    node = Tree.Element("Exponent", inBitDepth="32f", outBitDepth="32f", style=style)
    numbers = (
        {"exponent": f"{exponent:g}"} if offset is None else {"exponent": f"{exponent:g}", "offset": f"{offset:g}"}
    )
    Tree.SubElement(node, "ExponentParams", numbers)
    return node


_Ways = tuple[list[Tree.Element], list[Tree.Element]]


def _linear() -> _Ways:
    return [_exponent("monCurveMirrorFwd", 2.4, 0.055)], [_exponent("monCurveMirrorRev", 2.4, 0.055)]


def _lab() -> _Ways:
    # CIELAB's root with its straight start is the same curve as sRGB's, with power 3 and offset 0.16, of 0.01 L*.
    to_light, to_code = _linear()
    to_ratio = np.diag(1 / WHITE) @ XYZ_FROM_LINEAR
    to_lab = np.array([[0, 100, 0], [500 / 1.16, -500 / 1.16, 0], [0, 200 / 1.16, -200 / 1.16]])
    there = [_linear_matrix(to_ratio), _exponent("monCurveRev", 3, 0.16), _linear_matrix(to_lab)]
    back = [_linear_matrix(np.linalg.inv(to_lab)), _exponent("monCurveFwd", 3, 0.16)]
    return [*to_light, *there], [*back, _linear_matrix(np.linalg.inv(to_ratio)), *to_code]


def _oklab() -> _Ways:
    to_light, to_code = _linear()
    there = [_linear_matrix(CONES_FROM_LINEAR), _exponent("basicMirrorRev", 3), _linear_matrix(LAB_FROM_ROOTS)]
    back = [_linear_matrix(np.linalg.inv(LAB_FROM_ROOTS)), _exponent("basicMirrorFwd", 3)]
    return [*to_light, *there], [*back, _linear_matrix(np.linalg.inv(CONES_FROM_LINEAR)), *to_code]


_SPACES: dict[str, Callable[[], _Ways]] = {"linear": _linear, "lab": _lab, "oklab": _oklab}


def _linear_matrix(matrix: NDArray[Any]) -> Tree.Element:
    return _matrix(np.column_stack([matrix, np.zeros(3)]))


def _node(tag: str, dimensions: str, rows: str, **attributes: Any) -> Tree.Element:
    node = Tree.Element(tag, inBitDepth="32f", outBitDepth="32f", **attributes)
    Tree.SubElement(node, "Array", dim=dimensions).text = "\n" + rows
    return node
