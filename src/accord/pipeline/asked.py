"""What was asked for, checked before the work: shared by all that harmonize, and quick to import."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.errors import BadInputError
from accord.core.picture import Picture, code_range
from accord.methods import registry
from accord.methods.card import Method, MethodCard
from accord.pipeline.default import DEFAULT_METHOD
from accord.pipeline.edits import EDITS, read_edit
from accord.pipeline.working import strips
from accord.transforms.base import ColourMap


def check_runs_on(device: str | None, fitter: MethodCard | Method | ColourMap) -> None:
    """Refuse a device where no network is to run on it."""
    if device in (None, "cpu"):
        return
    if isinstance(fitter, ColourMap) or (isinstance(fitter, MethodCard) and fitter.kind != "network"):
        what = fitter.id if isinstance(fitter, MethodCard) else "a colour map"
        raise BadInputError(f"device is {device!r}, but {what} has no network that could run there: leave device out.")


def checked_strength(strength: float) -> float:
    """Give a strength as a number in [0, 1], or raise BadInputError."""
    try:
        value = float(strength)
    except (TypeError, ValueError):
        value = np.nan
    if not 0 <= value <= 1:
        raise BadInputError(
            f"strength is {strength!r}, and has to be a number from 0 (leave as it is) to 1 (all the way); "
            "a colour map is not stretched beyond what was fitted"
        )
    return value


def chosen(
    method: str | PathLike[str] | MethodCard | Method | ColourMap | None,
) -> MethodCard | Method | ColourMap:
    """Give the method or colour map that is meant; errors are `harmonize`'s."""
    if method is None:
        return registry.get(DEFAULT_METHOD)
    if isinstance(method, str | PathLike):
        name = fspath(method)
        return read_edit(name) if Path(name).suffix.lower() in EDITS else registry.get(name)
    if isinstance(method, MethodCard | ColourMap) or hasattr(method, "fit"):
        return method
    raise BadInputError(
        f"method is a {type(method).__name__}, and has to be the id of a method, a card, an object with a fit "
        "function, or a colour map. `accord methods` lists the ids."
    )


def no_mask() -> BadInputError:
    """Give the error for a composite that comes without a mask."""
    return BadInputError(
        "there is no mask, and the composite has no alpha that could serve as one. Give a mask, or ask for a "
        'guess with mask="auto" (needs a segmentation model on disk).'
    )


def refuse_useless(picture: Picture, mask: NDArray[Any]) -> None:
    """Refuse a mask, (H, W) of floats or of integers whose largest is full, that leaves nothing to do or to go by."""
    if not mask.any():
        raise BadInputError("the mask is 0 everywhere, so there is no foreground to harmonize: white (1) marks it")
    if mask.min() >= code_range(mask.dtype):
        raise BadInputError("the mask is 1 everywhere, so there is no background to harmonize with: black (0) marks it")
    rows_of_all = strips(slice(0, picture.height), picture.width)
    if picture.alpha is not None and not any(_shown(picture, mask, rows) for rows in rows_of_all):
        raise BadInputError(
            "the composite is transparent black outside the mask: it is a cut-out, without a background to harmonize "
            "with. Put it on one first, with accord.compose."
        )


def _shown(picture: Picture, mask: NDArray[Any], rows: slice) -> bool:
    """Tell whether anything but transparent black lies outside the mask."""
    outside = mask[rows] == 0
    if not outside.any():
        return bool((mask[rows] < code_range(mask.dtype)).any())
    return bool(
        picture.pixels[rows][outside].any() or (picture.alpha is not None and picture.alpha[rows][outside].any())
    )
