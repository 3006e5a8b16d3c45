"""ASC CDL: slope, offset and power for each channel, and saturation: ten numbers that every grading program reads.

Source: American Society of Cinematographers, "ASC Color Decision List (ASC CDL) Transfer Functions and Interchange
Syntax", version 1.2, 2009. Saturation is about Rec. 709 luma. Results are clamped to [0, 1], as specified.
"""

from __future__ import annotations

import xml.etree.ElementTree as Tree
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accord.diagnose.least_squares import least_squares
from accord.transforms import Affine, ColourMap, Identity

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_LUMA = np.array([0.2126, 0.7152, 0.0722])
_NAMESPACE = "urn:ASC:CDL:v1.01"
# How far each number may be changed for about equal effect; slope and power must stay above 0.
_SCALE = np.repeat([0.1, 0.05, 0.1, 0.1], [3, 3, 3, 1])
_LEAST_SLOPE, _LEAST_POWER = 1e-4, 1e-2


@dataclass(frozen=True, eq=False)
class Decision:
    """A colour decision.

    Parameters
    ----------
    slope, offset, power
        (3,) each, for red, green, blue: ``clamp(slope * colour + offset) ** power``.
    saturation
        Factor on the distance from luma, then clamped again.
    """

    slope: Doubles
    offset: Doubles
    power: Doubles
    saturation: float

    def apply(self, colours: Floats) -> Doubles:
        """Give what programs make of display-encoded colours (..., 3): in [0, 1]."""
        toned = np.clip(colours * self.slope + self.offset, 0, 1) ** self.power
        luma = (toned @ _LUMA)[..., None]
        return np.asarray(np.clip(luma + self.saturation * (toned - luma), 0, 1))


def as_decision(colour_map: ColourMap) -> Decision | None:
    """Give the decision that equals a map within [0, 1], or None where none does."""
    if isinstance(colour_map, Identity):
        return Decision(np.ones(3), np.zeros(3), np.ones(3), 1.0)
    if not isinstance(colour_map, Affine):
        return None
    matrix = colour_map.matrix[:, :3]
    slope = np.diag(matrix)
    if (matrix - np.diag(slope)).any() or (slope <= 0).any():
        return None
    return Decision(slope.copy(), colour_map.matrix[:, 3].copy(), np.ones(3), 1.0)


def fitted_decision(before: Floats, after: Floats) -> Decision:
    """Give the decision nearest, by least squares, to what a map makes of the foreground's colours.

    Parameters
    ----------
    before, after
        (n, 3) display-encoded colours; `after` counts as clamped to [0, 1], as a decision's result is.
    """
    wanted = np.clip(after, 0, 1).astype(np.float64)

    def residuals(vector: Doubles) -> Doubles:
        return np.asarray(_decision(vector).apply(before) - wanted).ravel()

    start = np.repeat([1.0, 0.0, 1.0, 1.0], [3, 3, 3, 1])
    return _decision(least_squares(residuals, start, _SCALE))


def cdl_text(decision: Decision, suffix: str, name: str, notes: list[str]) -> str:
    """Give the text of a file.

    Parameters
    ----------
    decision
        The ten numbers.
    suffix
        .cc for one correction, .ccc for a collection of one, .cdl for a decision list of one.
    name
        The correction's id.
    notes
        Lines of description.
    """
    correction = Tree.Element("ColorCorrection", id=name)
    for note in notes:
        Tree.SubElement(correction, "Description").text = note
    sop = Tree.SubElement(correction, "SOPNode")
    for tag, values in (("Slope", decision.slope), ("Offset", decision.offset), ("Power", decision.power)):
        Tree.SubElement(sop, tag).text = " ".join(f"{value:.7f}" for value in values)
    saturation = Tree.SubElement(correction, "SatNode")
    Tree.SubElement(saturation, "Saturation").text = f"{decision.saturation:.7f}"
    root = correction
    if suffix == ".ccc":
        root = Tree.Element("ColorCorrectionCollection")
        root.append(correction)
    elif suffix == ".cdl":
        root = Tree.Element("ColorDecisionList")
        Tree.SubElement(root, "ColorDecision").append(correction)
    root.set("xmlns", _NAMESPACE)
    Tree.indent(root)
    return Tree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _decision(vector: Doubles) -> Decision:
    slope, offset, power = vector[:3], vector[3:6], vector[6:9]
    return Decision(
        np.maximum(slope, _LEAST_SLOPE), offset, np.maximum(power, _LEAST_POWER), max(float(vector[9]), 0.0)
    )
