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
from accord.export.clf import clf_text, graded, operations, reaching, table
from accord.export.cube import cube_text, curves_text, graded_text, tabulated
from accord.export.graded import STEPS, fitted_table, graded_table
from accord.io.paths import whole_or_nothing
from accord.transforms import Chain, ColourMap, Curves, Lut3D

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

CUBE_SIZES = (17, 33, 65)
"""Nodes along each axis that programs can be relied on to read."""

MOST_OFF = 1.0
"""By how many code values of 255 a table may be off over the foreground's colours and still hold the map."""

SUFFIXES = (".cube", ".cdl", ".cc", ".ccc", ".clf")
"""What names the formats."""

_CLF_SIZE = 65
# The most of the foreground's colours that are looked at, taken evenly.
_COLOURS = 1 << 17
# Sizes to try, and how far off the sampled colours may be, so that those between them are within `MOST_OFF`.
_TRIED, _GOOD = (33, 65), 0.8


@dataclass(frozen=True)
class Exported:
    """A file that applies a colour map, and how true it is to it.

    Parameters
    ----------
    path
        The file.
    exact
        Whether the format holds this very map, but for rounding and, in tables, interpolation between nodes that is off
        by at most one code value. If not, the file holds what comes nearest over the foreground's colours.
    residual_mean, residual_max
        How far the file's colours are from the map's over the foreground's own colours: code values of 255,
        display-encoded sRGB clipped to [0, 1], the worst of three channels; mean and maximum over the colours.
    form
        What it is made of: "3-D table, 33 nodes"; "curves" (a table of one dimension); "curves and 3-D table, 65 nodes"
        (in a .cube, DaVinci Resolve's form: it and OpenColorIO read that, Photoshop and Premiere do not); "operations";
        "decision".
    """

    path: Path
    exact: bool
    residual_mean: float
    residual_max: float
    form: str

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON-ready values."""
        return {
            "path": str(self.path),
            "exact": self.exact,
            "residual_mean": self.residual_mean,
            "residual_max": self.residual_max,
            "form": self.form,
        }


def export(
    colour_map: ColourMap,
    path: str | PathLike[str],
    *,
    composite: Floats,
    mask: Floats,
    cube_size: int | None = None,
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
        Nodes along each axis of a .cube: 17, 33 or 65. By default the fewest, from 33 on, that hold the map to within
        one code value; where none do, curves alone for a map of curves, and else curves before the table.
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
    if cube_size is not None and cube_size not in CUBE_SIZES:
        raise BadInputError(f"cube_size is {cube_size!r}, but one of {', '.join(map(str, CUBE_SIZES))} is wanted.")
    before, after = foreground_pairs(colour_map, composite, mask, _COLOURS)
    overall = made_global(colour_map, before, after)
    if suffix == ".cube":
        made = _cube(overall, before, cube_size, name)
    elif suffix == ".clf":
        made = _clf(overall, before, name)
    else:
        made = _cdl(overall, before, after, suffix, name)
    off = made.off(after)
    exact = made.exact and off.max() <= MOST_OFF and not colour_map.local
    done = Exported(target, bool(exact), float(off.mean()), float(off.max()), made.form)
    with whole_or_nothing(target) as temporary:
        temporary.write_text(made.text.replace(_PLACEHOLDER, _note(done)), encoding="utf-8")
    return done


@dataclass(frozen=True, eq=False)
class _Made:
    """A file's text, what it is made of, and what programs make of the foreground's colours with it, (n, 3)."""

    text: str
    form: str
    given: Floats | Doubles
    exact: bool = True

    def off(self, wanted: Floats) -> Doubles:
        """Give how far that is from (n, 3) colours, (n,) code values of 255."""
        return np.asarray(255 * np.abs(np.clip(self.given, 0, 1) - np.clip(wanted, 0, 1)).max(axis=-1), np.float64)


# The residual is only known once the file's content is.
_PLACEHOLDER = "@residual@"
_NOTES = ["Made by accord. In and out: display-encoded sRGB.", _PLACEHOLDER]


def _note(done: Exported) -> str:
    what = "Holds the fitted map" if done.exact else "Comes nearest to the fitted map over the foreground's colours"
    return f"{what}: off by {done.residual_mean:.2f} of 255 on average, {done.residual_max:.2f} at most there."


def _domain(before: Floats) -> tuple[float, float]:
    return min(0.0, float(before.min())), max(1.0, float(before.max()))


def _cube(overall: ColourMap, before: Floats, size: int | None, name: str) -> _Made:
    low, high = _domain(before)
    wanted = _over(overall, before)
    plain = []
    for tried in _TRIED if size is None else (size,):
        lut = tabulated(overall, tried, low, high)
        plain.append(_table(lut, cube_text(lut, name, _NOTES), before))
        if size is not None or plain[-1].off(wanted).max() <= _GOOD:
            return plain[-1]
    if isinstance(overall, Curves):
        text = curves_text(overall, STEPS + 1, low, high, name, _NOTES)
        return _Made(text, "curves", wanted)
    curves, lut = graded_table(overall, _TRIED[-1], low, high, before)
    lut = fitted_table(curves, lut, before, wanted)
    text = graded_text(curves, lut, STEPS + 1, low, high, name, _NOTES)
    made = _Made(text, _graded_form(lut), _over(Chain((curves, lut)), before))
    # Not all programs read that form: it has to be worth it.
    return min(made, plain[-1], key=lambda each: float(each.off(wanted).max()))


def _clf(overall: ColourMap, before: Floats, name: str) -> _Made:
    low, high = _domain(before)
    wanted = _over(overall, before)
    if isinstance(overall, Lut3D):
        overall = reaching(overall, low, high, _CLF_SIZE) or overall
    nodes = operations(overall) if _in_reach(overall, before) else None
    if nodes is not None:
        return _Made(clf_text(nodes, name, _NOTES), "operations", wanted)
    lut = tabulated(overall, _CLF_SIZE, low, high)
    plain = _table(lut, clf_text(table(lut), name, _NOTES), before)
    if plain.off(wanted).max() <= _GOOD:
        return plain
    curves, lut = graded_table(overall, _CLF_SIZE, low, high, before)
    lut = fitted_table(curves, lut, before, wanted)
    text = clf_text(graded(curves, lut, low, high), name, _NOTES)
    made = _Made(text, _graded_form(lut), _over(Chain((curves, lut)), before))
    return min(made, plain, key=lambda each: float(each.off(wanted).max()))


def _cdl(overall: ColourMap, before: Floats, after: Floats, suffix: str, name: str) -> _Made:
    decision = as_decision(overall)
    exact = decision is not None
    decision = decision if decision is not None else fitted_decision(before, after)
    return _Made(cdl_text(decision, suffix, name, _NOTES), "decision", decision.apply(before), exact)


def _in_reach(colour_map: ColourMap, before: Floats) -> bool:
    """Tell whether colours lie where a CLF operation does not clamp them."""
    if isinstance(colour_map, Curves):
        return bool(before.min() >= 0 and before.max() <= 1)
    if isinstance(colour_map, Lut3D):
        return bool((before >= colour_map.domain[0]).all() and (before <= colour_map.domain[1]).all())
    return True


def _table(lut: Lut3D, text: str, before: Floats) -> _Made:
    return _Made(text, f"3-D table, {lut.table.shape[0]} nodes", _over(lut, before))


def _graded_form(lut: Lut3D) -> str:
    return f"curves and 3-D table, {lut.table.shape[0]} nodes"


def _over(colour_map: ColourMap, colours: Floats) -> Floats:
    mapped: Floats = colour_map.transform(colours[None], Place.whole(1, len(colours)))[0]
    return mapped
