"""Write a colour map in the format that a file name asks for, and say how true the file is to the map."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.place import Place
from accord.diagnose.explanation import foreground_pairs
from accord.export.approximation import made_global
from accord.export.cdl import as_decision, cdl_text, fitted_decision
from accord.export.clf import clf_text, operations, table
from accord.export.cube import cube_text, tabulated
from accord.io.paths import whole_or_nothing
from accord.transforms import ColourMap, Curves

Floats = NDArray[np.float32]

CUBE_SIZES = (17, 33, 65)
"""Nodes along each axis that programs can be relied on to read."""

SUFFIXES = (".cube", ".cdl", ".cc", ".ccc", ".clf")
"""What names the formats."""

_CLF_SIZE = 65


@dataclass(frozen=True)
class Exported:
    """A file that applies a colour map, and how true it is to it.

    Parameters
    ----------
    path
        The file.
    exact
        Whether the format holds this very map, but for rounding and, in tables, interpolation between nodes. If not,
        the file holds what comes nearest over the foreground's colours.
    residual_mean, residual_max
        How far the file's colours are from the map's over the foreground's own colours: code values of 255,
        display-encoded sRGB clipped to [0, 1], the worst of three channels; mean and maximum over the colours.
    """

    path: Path
    exact: bool
    residual_mean: float
    residual_max: float

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return {
            "path": str(self.path),
            "exact": self.exact,
            "residual_mean": self.residual_mean,
            "residual_max": self.residual_max,
        }


def export(
    colour_map: ColourMap,
    path: str | PathLike[str],
    *,
    composite: Floats,
    mask: Floats,
    cube_size: int = 33,
    name: str = "accord",
) -> Exported:
    """Write a colour map as .cube, ASC CDL (.cdl, .cc, .ccc) or CLF (.clf). The file appears whole or not at all.

    All take display-encoded sRGB in and give it out.

    Parameters
    ----------
    colour_map
        The map. One that depends on place is written as the global map that comes nearest.
    path
        Where to; the suffix names the format.
    composite, mask
        (h, w, 3) in the working space and (h, w) in [0, 1]: whose foreground's colours count where the file cannot hold
        the map itself. Where they leave [0, 1], a table's domain is widened to hold them.
    cube_size
        Nodes along each axis of a .cube: 17, 33 or 65.
    name
        Title of the table, or id of the correction.

    Raises
    ------
    BadInputError
        If suffix or size are others, the mask is empty, or the file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInputError(f"{target}: colour maps are exported as {', '.join(SUFFIXES)}; use one of these suffixes.")
    if cube_size not in CUBE_SIZES:
        raise BadInputError(f"cube_size is {cube_size!r}, but one of {', '.join(map(str, CUBE_SIZES))} is wanted.")
    before, after = foreground_pairs(colour_map, composite, mask)
    overall = made_global(colour_map, before, after)
    if suffix == ".cube":
        text, exact, given = _cube(overall, before, cube_size, name)
    elif suffix == ".clf":
        text, exact, given = _clf(overall, before, name)
    else:
        text, exact, given = _cdl(overall, before, after, suffix, name)
    off = 255 * np.abs(np.clip(given, 0, 1) - np.clip(after, 0, 1)).max(axis=-1)
    done = Exported(target, exact and not colour_map.local, float(off.mean()), float(off.max()))
    with whole_or_nothing(target) as temporary:
        temporary.write_text(text.replace(_PLACEHOLDER, _note(done)), encoding="utf-8")
    return done


# The residual is only known once the file's content is.
_PLACEHOLDER = "@residual@"
_NOTES = ["Made by accord. In and out: display-encoded sRGB.", _PLACEHOLDER]


def _note(done: Exported) -> str:
    what = "Holds the fitted map" if done.exact else "Comes nearest to the fitted map over the foreground's colours"
    return f"{what}: off by {done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most there."


def _domain(before: Floats) -> tuple[float, float]:
    return min(0.0, float(before.min())), max(1.0, float(before.max()))


def _cube(overall: ColourMap, before: Floats, size: int, name: str) -> tuple[str, bool, Any]:
    lut = tabulated(overall, size, *_domain(before))
    return cube_text(lut, name, _NOTES), True, _over(lut, before)


def _clf(overall: ColourMap, before: Floats, name: str) -> tuple[str, bool, Any]:
    low, high = _domain(before)
    nodes = None if isinstance(overall, Curves) and (low < 0 or high > 1) else operations(overall)
    if nodes is not None:
        return clf_text(nodes, name, _NOTES), True, _over(overall, before)
    lut = tabulated(overall, _CLF_SIZE, low, high)
    return clf_text(table(lut), name, _NOTES), True, _over(lut, before)


def _cdl(overall: ColourMap, before: Floats, after: Floats, suffix: str, name: str) -> tuple[str, bool, Any]:
    decision = as_decision(overall)
    exact = decision is not None
    decision = decision if decision is not None else fitted_decision(before, after)
    return cdl_text(decision, suffix, name, _NOTES), exact, decision.apply(before)


def _over(colour_map: ColourMap, colours: Floats) -> Floats:
    mapped: Floats = colour_map.transform(colours[None], Place.whole(1, len(colours)))[0]
    return mapped
