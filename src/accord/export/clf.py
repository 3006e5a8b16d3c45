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
from accord.export.cube import triples
from accord.transforms import Affine, Chain, ColourMap, Curves, Identity, InSpace, Lut3D

Doubles = NDArray[np.float64]

_CURVE_ENTRIES = 4096


def operations(colour_map: ColourMap) -> list[Tree.Element] | None:
    """Give the operations that make up a map without a 3-D table, or None where it needs one.

    A map of per-channel curves is exact to 1/4095 in its knots' position, and clamped to [0, 1]; the others are exact.
    """
    if isinstance(colour_map, Identity):
        return [_matrix(np.eye(3, 4))]
    if isinstance(colour_map, Affine):
        return [_matrix(colour_map.matrix)]
    if isinstance(colour_map, Curves):
        return [_curves(colour_map)]
    if isinstance(colour_map, InSpace) and isinstance(colour_map.inner, Affine | Chain | InSpace):
        inner, (there, back) = operations(colour_map.inner), _SPACES[colour_map.space]()
        return None if inner is None else [*there, *inner, *back]
    if isinstance(colour_map, Chain):
        lists = [operations(link) for link in colour_map.maps]
        return [node for nodes in lists if nodes for node in nodes] if all(lists) else None
    return None


def table(lut: Lut3D) -> list[Tree.Element]:
    """Give the operations that look up a table: one, or two where its domain is not [0, 1]."""
    size = lut.table.shape[0]
    nodes = [_node("LUT3D", f"{size} {size} {size} 3", triples(lut.table), interpolation="trilinear")]
    low, high = lut.domain
    if (low != 0).any() or (high != 1).any():
        nodes.insert(0, _matrix(np.column_stack([np.diag(1 / (high - low)), -low / (high - low)])))
    return nodes


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


def _curves(curves: Curves) -> Tree.Element:
    at = np.linspace(0, 1, _CURVE_ENTRIES, dtype=np.float32)
    values = np.stack([curve(at) for curve in (curves.first, curves.second, curves.third)], axis=-1)
    return _node("LUT1D", f"{_CURVE_ENTRIES} 3", triples(values))


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
