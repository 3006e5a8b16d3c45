"""What users protect, in their words, as areas of a colour map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.io import as_mask
from accord.io.paths import existing_file
from accord.pipeline.shrink import fitted_size
from accord.transforms.protected import Area, Palette, Region, Skin

if TYPE_CHECKING:
    from PIL import Image

SKIN = "skin"
PALETTES = (".gpl", ".hex", ".txt")
"""What palette files are named."""

CELLS = 192
"""Longest side of a protected region's grid."""

FALLOFF = 0.03
"""Over how much of the picture's longest side a region's protection fades out around it."""

Protect: TypeAlias = "str | PathLike[str] | NDArray[Any] | Image.Image | tuple[int, int, int]"

_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_TRIPLE = re.compile(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*")
_LINE = re.compile(r"\s*(?:(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\b|#?([0-9a-fA-F]{6})\b).*")


def protected_areas(protect: Protect | Sequence[Protect] | None, size: tuple[int, int]) -> dict[str, Area]:
    """Give what is to be protected by the words that it was asked for in.

    Parameters
    ----------
    protect
        One or several of: a colour ("#1a2b3c", "26,43,60", or three whole numbers), of display-encoded sRGB; a palette
        (a .gpl, .hex or .txt file with a colour a line); "skin"; a region: a mask's file, image or array of the
        picture's size, where white is protected.
    size
        The picture's height and width.

    Raises
    ------
    BadInputError
        If one is none of these, or cannot be read.
    """
    if protect is None:
        return {}
    areas: dict[str, Area] = {}
    for index, one in enumerate(_listed(protect), 1):
        label, area = _area(one, size)
        areas[label if label not in areas else f"{label} {index}"] = area
    return areas


def region_grid(mask: Floats) -> Floats:
    """Give a region's grid: 1 wherever a pixel of the mask, (H, W), is at least 0.5, fading out around it."""
    height, width = mask.shape
    down, across = fitted_size(height, width, CELLS, square=False)
    rows, columns = _pooled_edges(height, down), _pooled_edges(width, across)
    inside = mask >= np.float32(0.5)
    cells = np.array([[inside[top:bottom, left:right].any() for left, right in columns] for top, bottom in rows])
    # A pixel reads its own cell and neighbours: all of them are 1, so the region itself is protected in full.
    reach = max(4, round(FALLOFF * max(cells.shape)))
    around = np.pad(cells, reach + 1).astype(np.float32)
    grid = np.zeros(cells.shape, np.float32)
    for drop, shift in np.ndindex(2 * reach + 3, 2 * reach + 3):
        distance = max(0.0, float(np.hypot(drop - reach - 1, shift - reach - 1)) - np.sqrt(2)) / reach
        if distance < 1:
            weight = np.float32(1 - distance**2 * (3 - 2 * distance))
            np.maximum(grid, weight * around[drop : drop + down, shift : shift + across], out=grid)
    return grid


def _listed(protect: Protect | Sequence[Protect]) -> list[Any]:
    whole = isinstance(protect, tuple | list) and len(protect) == 3 and all(_is_number(value) for value in protect)
    return list(protect) if isinstance(protect, tuple | list) and not whole else [protect]


def _area(one: Any, size: tuple[int, int]) -> tuple[str, Area]:
    if isinstance(one, tuple | list):
        return _coloured(one, repr(one))
    if isinstance(one, PathLike):
        one = fspath(one)
    if not isinstance(one, str):
        return "region", _region(one, size)
    if one == SKIN:
        return SKIN, Skin()
    if found := _HEX.fullmatch(one.strip()):
        return one.strip(), Palette(np.array([_from_hex(found[1])]))
    if found := _TRIPLE.fullmatch(one):
        return _coloured([int(value) for value in found.groups()], one)
    if one.startswith("#"):
        raise BadInputError(f"protect is {one!r}: a colour is # and six hexadecimal digits, as in #1a2b3c.")
    path = Path(one)
    return path.name, _palette(path) if path.suffix.lower() in PALETTES else _region(one, size)


def _region(source: Any, size: tuple[int, int]) -> Region:
    mask = as_mask(source, *size)
    if not (mask >= np.float32(0.5)).any():
        raise BadInputError("a region to protect is black everywhere: white (1) marks what is protected.")
    return Region(region_grid(mask))


def _coloured(values: Sequence[Any], text: str) -> tuple[str, Area]:
    if len(values) != 3 or not all(_is_number(value) and 0 <= value <= 255 for value in values):
        raise BadInputError(f"protect holds {text}: a colour is three whole numbers from 0 to 255, or #1a2b3c.")
    return ",".join(str(value) for value in values), Palette(np.array([values], np.float64) / 255)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _palette(path: Path) -> Palette:
    try:
        text = existing_file(path, "palette").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInputError(f"the palette {path} cannot be read: {error.strerror}.") from None
    colours = []
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            values = [int(value) / 255 for value in found.groups()[:3]] if found[1] else list(_from_hex(found[4]))
            if max(values) > 1:
                raise BadInputError(f"the palette {path} holds {line.strip()!r}: colours go from 0 to 255.")
            colours.append(values)
    if not colours:
        raise BadInputError(f"the palette {path} holds no colour: one a line is wanted, as #1a2b3c or 26 43 60.")
    return Palette(np.array(colours))


def _from_hex(digits: str) -> tuple[float, float, float]:
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _pooled_edges(length: int, cells: int) -> list[tuple[int, int]]:
    """Give the pixels that each cell touches: a pixel that lies in two cells counts for both."""
    return [(index * length // cells, -(-(index + 1) * length // cells)) for index in range(cells)]
