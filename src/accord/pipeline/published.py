"""A published network's own full-size result, background included."""

from __future__ import annotations

import numpy as np

from accord.core.encoding import Floats
from accord.core.errors import BadInputError
from accord.core.picture import Picture
from accord.methods.card import FullPicture, Method, PublishedMethod
from accord.pipeline.working import WorkingView


def as_published(view: WorkingView, mask: Floats, method: Method, strength: float) -> Picture:
    """Harmonize as the method's authors do: out = C + strength * (published - C) in the working space, everywhere.

    A pixel whose colour the authors' code leaves as it is is the source's bit for bit.

    Parameters
    ----------
    view
        The composite.
    mask
        (H, W) coverage in [0, 1].
    method
        What harmonizes.
    strength
        How far to go, in [0, 1].

    Raises
    ------
    BadInputError
        If the method has no published form.
    """
    if not isinstance(method, PublishedMethod):
        raise BadInputError(
            "as_published is for the published networks, whose authors' code treats background and full size in its "
            "own way; this method has no other form: leave as_published out."
        )
    picture = view.picture
    columns = slice(0, picture.width)
    pixels = picture.pixels.copy()
    full = FullPicture(picture.height, picture.width, lambda rows: view.read(rows, columns), mask)
    for rows, colours in method.as_published(full):
        before = view.read(rows, columns)
        change = np.float32(strength) * (colours - before)
        changed = (change != 0).any(axis=-1, keepdims=True)
        np.copyto(pixels[rows], view.write(before + change, rows, columns), where=changed)
    return picture.with_pixels(pixels)
