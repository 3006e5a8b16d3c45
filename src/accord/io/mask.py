"""Masks: coverage of the foreground in [0, 1], from whatever people have.

What a source means:

* one channel: coverage;
* an alpha channel (grey or RGB with alpha): coverage is the alpha, as in a cut-out, unless alpha is full everywhere;
* three channels: if they are equal, one of them; otherwise their luma (Rec. 709 weights on code values).

Integers are divided by the largest value of their type (never by the mask's own maximum; a mask of 0 and 1 in integers
is refused, since next to nothing would be harmonized), booleans are 0 and 1,
floats are taken as they are and must lie in [0, 1]. Code values are coverage: no transfer curve is applied.

An OpenEXR mask lies where its windows say: it is put into the picture's pixels where both have the same frame.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from accord.composite.placement import Box
from accord.core.errors import BadInputError
from accord.core.picture import Picture, code_range
from accord.io.memory import as_picture
from accord.io.windows import cut, display_window

if TYPE_CHECKING:
    from PIL import Image

Floats = NDArray[np.float32]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_ROUNDING = 1e-4
_LABEL = 1.001 / 255  # 1 of 255, and 255 or a little more of 65535


def as_mask(
    source: str | os.PathLike[str] | NDArray[Any] | Image.Image | Picture,
    height: int,
    width: int,
    frame: Box | None = None,
) -> Floats:
    """Make coverage of a mask file, image or array; its size must be that of the picture it belongs to.

    Parameters
    ----------
    source
        A path, a Pillow image, a `Picture`, or an array (H, W) or (H, W, 1 to 4) of bool, uint8, uint16 or floats in
        [0, 1].
    height, width
        Size of the picture, upright.
    frame
        Where the picture's display window lies in its pixels (see `accord.io.windows`); by default it is all of them.
        An OpenEXR mask with a display window of that size is placed in it, with no coverage where it has no pixels.

    Returns
    -------
    float32 (height, width)
        Coverage in [0, 1]; 1 is foreground.

    Raises
    ------
    BadInputError
        If it cannot be read, has another size, holds NaN, or values outside [0, 1] (float overshoot up to 1e-4 is
        cut), or is of integers that are nowhere above 1/255 of their range.
    """
    return unit(stored_mask(source, height, width, frame))


def stored_mask(
    source: str | os.PathLike[str] | NDArray[Any] | Image.Image | Picture,
    height: int,
    width: int,
    frame: Box | None = None,
) -> NDArray[Any]:
    """Make what `as_mask` does, in the depth in which it came: integers of which the largest is full, or floats."""
    if isinstance(source, np.ndarray):
        if source.dtype == np.bool_:
            source = source.astype(np.uint8) * np.uint8(255)
        elif source.dtype == np.float64:
            source = source.astype(np.float32)
        elif source.dtype.kind in "iu" and source.dtype.name not in ("uint8", "uint16"):
            raise BadInputError(
                f"a mask array of {source.dtype} came, whose full coverage cannot be told; bool, uint8, uint16 or "
                "floats in [0, 1] were wanted. Give mask > 0 as booleans if it holds labels."
            )
    picture = as_picture(source, encoding="linear", what="mask")
    stored = _coverage(picture, _part(picture, height, width, frame or Box(0, 0, height, width)))
    full = code_range(stored.dtype)
    low, high = float(stored.min()) / full, float(stored.max()) / full
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise BadInputError(
            f"mask has values from {low:.6g} to {high:.6g}, coverage from 0 to 1 was wanted. "
            "Divide by the value that means full."
        )
    if picture.pixels.dtype.kind == "u" and 0 < high <= _LABEL:
        raise BadInputError(
            f"mask is nowhere above {round(high * code_range(picture.pixels.dtype))}, where "
            f"{code_range(picture.pixels.dtype):.0f} means full coverage: it looks like labels, or 8-bit values in 16 "
            "bit. Give mask > 0 as booleans, or scale it to the whole range of its type."
        )
    return np.clip(stored, 0, 1) if low < 0 or high > 1 else stored


def mask_of(picture: Picture) -> Floats | None:
    """Give a picture's alpha as coverage, float32 (H, W) in [0, 1], or None where it has none."""
    return None if picture.alpha is None else unit(stored_alpha(picture.alpha))


def stored_alpha(alpha: NDArray[Any]) -> NDArray[Any]:
    """Give alpha (H, W) as coverage in its own depth: renderers add up floats to more than 1, and filters ring."""
    return np.clip(alpha, 0, 1) if alpha.dtype.kind == "f" and (alpha.min() < 0 or alpha.max() > 1) else alpha


def check_mask_splits(mask: Floats, name: str = "mask") -> None:
    """Refuse a mask that leaves no foreground or no background.

    Raises
    ------
    BadInputError
        If `mask` (H, W) is 0 everywhere or above 0 everywhere.
    """
    if not mask.any():
        raise BadInputError(
            f"{name} is 0 everywhere, so there is no foreground to harmonize. White marks the foreground."
        )
    if mask.all():
        raise BadInputError(
            f"{name} is above 0 everywhere, so there is no background to take the look from. "
            "Black marks the background."
        )


def _part(picture: Picture, height: int, width: int, frame: Box) -> Box:
    """Give the part of a mask that belongs to a picture: where their frames are the same, or else all of it."""
    own, size = display_window(picture), (picture.height, picture.width)
    is_exr = picture.facts is not None and picture.facts.format == "openexr"
    if is_exr and (own.height, own.width) == (frame.height, frame.width):
        return Box(0, 0, height, width).moved(own.top - frame.top, own.left - frame.left)
    if size == (height, width):
        return Box(0, 0, height, width)
    hint = ": it looks transposed" if size == (width, height) else "; resize one of them to the other"
    if own != Box(0, 0, *size):
        hint = (
            f", and their display windows are {(own.height, own.width)} and {(frame.height, frame.width)}: bring one "
            "of these to the other"
        )
    raise BadInputError(f"mask is {size}, picture is {(height, width)} (height, width){hint}.")


def _coverage(picture: Picture, part: Box) -> NDArray[Any]:
    """Give coverage in a part of a mask, (h, w), in the mask's depth; 0 beyond its pixels."""
    alpha = picture.alpha
    seen = part.within(display_window(picture)) or part
    if alpha is not None and cut(alpha, seen).min() != code_range(alpha.dtype):
        return cut(alpha, part)
    values = cut(picture.pixels, part)
    if values.shape[2] == 1:
        return values[..., 0]
    if _equal_channels(values):
        return np.ascontiguousarray(values[..., 0])  # a view would keep all three
    return np.asarray(unit(values) @ _LUMA, np.float32)


def _equal_channels(values: NDArray[Any]) -> bool:
    first = values[..., 0]
    return bool(np.array_equal(first, values[..., 1]) and np.array_equal(first, values[..., 2]))


def unit(values: NDArray[Any]) -> Floats:
    """Give coverage as floats, integers over the largest of their type; floats as they are."""
    if values.dtype == np.float32:
        return values
    return np.asarray(np.divide(values, np.float32(code_range(values.dtype)), dtype=np.float32))
