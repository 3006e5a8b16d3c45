"""Making a picture mean the same in another container: its alpha convention and its default encoding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accord.core.encoding import LINEAR_SRGB, SRGB, Encoding
from accord.core.picture import Picture, code_range
from accord.io.formats import Format

_WITHOUT_PROFILE = ("openexr", "dpx")
_ONLY_STRAIGHT = ("png", "webp", "jpegxl", "dpx")
_STRIP = 256


def fitted(picture: Picture, form: Format) -> Picture:
    """Give the picture as a format can say it; the same picture, untouched, where nothing must change.

    A file goes back to its own format as it is. Otherwise, colours are multiplied by alpha for OpenEXR and divided
    by it for the formats that only know straight alpha (colours under alpha 0 then stay as they are), and pixels are
    converted to what
    the format will be read as (sRGB for integers, scene-linear sRGB for floats) where no profile can say it.
    """
    facts = picture.facts
    if facts is not None and facts.format == form.id:
        return picture
    says_profile = facts is not None and facts.icc is not None and form.id not in _WITHOUT_PROFILE
    plain = LINEAR_SRGB if picture.pixels.dtype.kind == "f" else SRGB
    target = picture.encoding if says_profile or picture.encoding is plain else plain
    premultiplied = picture.premultiplied
    if picture.alpha is not None and form.id == "openexr":
        premultiplied = True
    if form.id in _ONLY_STRAIGHT:
        premultiplied = False
    if target is picture.encoding and premultiplied == picture.premultiplied:
        return picture
    pixels = np.empty_like(picture.pixels)
    for top in range(0, picture.height, _STRIP):
        rows = slice(top, top + _STRIP)
        pixels[rows] = _converted(picture, rows, target, premultiplied)
    return replace(picture, pixels=pixels, encoding=target, premultiplied=premultiplied)


def _converted(picture: Picture, rows: slice, target: Encoding, premultiplied: bool) -> NDArray[Any]:
    white = code_range(picture.pixels.dtype)
    values = picture.pixels[rows].astype(np.float32) / np.float32(white)
    cover = None if picture.alpha is None else picture.alpha[rows, :, np.newaxis].astype(np.float32) / np.float32(white)
    if cover is not None and picture.premultiplied:
        values = np.divide(values, cover, out=values, where=cover > 0)
    if target is not picture.encoding:
        channels = values.shape[2]
        colour = np.repeat(values, 3, axis=2) if channels == 1 else values
        values = target.from_light(picture.encoding.to_light(colour))[..., :channels]
    if cover is not None and premultiplied:
        values = values * cover
    if picture.pixels.dtype.kind == "f":
        return values
    return np.asarray(np.rint(np.clip(values, 0, 1) * np.float32(white)), picture.pixels.dtype)
